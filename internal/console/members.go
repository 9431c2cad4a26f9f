package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

const membersRest = "/members"

// The operations on members.
const (
	memberRole   = "role"
	memberRemove = "remove"
)

// membersBody is the content of the list of members.
type membersBody struct {
	Organization model.Organization
	Search       string
	Manages      bool // whether the actor may change members
	Rows         []memberRow
	Pager        ui.Pager
	Empty        ui.Empty
	Action       string // path of the form with the selected members
}

// memberRow is one member.
type memberRow struct {
	ID                      model.UserID
	Title, Second, Initials string
	State                   ui.Badge
	Admin                   bool
	Role                    string
}

func (p *pages) showMembers(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	at, err := readPosition(r)
	if err != nil {
		return err
	}
	filter, err := membersFilter(a.org.ID, at)
	if err != nil {
		return err
	}
	found, err := p.Directory.MembersPage(r.Context(), a.Actor, filter)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.organizationPage(r, a, m.Text("orgs.members_of", "organization", a.org.Name), "")
	page.Fragment = "members"
	body := membersBody{Organization: a.org, Search: at.search, Manages: a.has(model.MembersManage), Action: organizationPath(a.org.ID, membersRest)}
	members, pager := cut(organizationPath(a.org.ID, ""), at, found.Items, rowsOfList, func(u directory.MemberUser) string { return filter.Order.At(u.User).String() })
	for _, one := range members {
		body.Rows = append(body.Rows, memberRowOf(m, one))
	}
	body.Pager = pager
	body.Pager.Count = m.Count("orgs.member_count", found.Total)
	if found.Capped {
		body.Pager.Count = m.Text("orgs.members_more", "n", m.Number(found.Total))
	}
	body.Empty = ui.Empty{Icon: "users", Title: m.Text("orgs.no_members"), Text: m.Text("orgs.no_members_text")}
	if at.search != "" {
		body.Empty = ui.Empty{Icon: "search", Title: m.Text("orgs.no_member_match"), Text: m.Text("orgs.no_match_text"), Link: ui.Link{Text: m.Text("orgs.show_all"), Path: organizationPath(a.org.ID, "")}}
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "members", page)
}

// membersFilter returns the filter of a page of members, ordered by name.
func membersFilter(org model.OrgID, at position) (model.UserFilter, error) {
	filter := model.UserFilter{Org: org, Search: at.search, Order: model.ByName, Limit: rowsOfList + 1, Descending: at.before != ""}
	if text := at.after + at.before; text != "" {
		cursor, err := model.ParseCursor(text)
		if err != nil {
			return filter, err
		}
		filter.After = &cursor
	}
	return filter, nil
}

func memberRowOf(m *ui.Messages, one directory.MemberUser) memberRow {
	u := one.User
	row := memberRow{ID: u.ID, Title: u.Label(), Second: u.Username, Initials: ui.Frame{Name: u.Label()}.Initials(), State: stateBadge(m, u), Admin: u.Admin, Role: one.Role.Name}
	if row.Second == "" || row.Second == row.Title {
		row.Second = u.Primary().Address
	}
	return row
}

// memberSelection is a change of selected members.
type memberSelection struct {
	op    string
	users []model.UserID
	role  model.RoleID
	sure  bool // whether the page that describes the change was confirmed
}

// readSelection reads the form of the list: the checked members, or the member of one button.
func readSelection(in *ui.Input) (memberSelection, error) {
	s := memberSelection{op: in.Text("op"), sure: in.Text("sure") != ""}
	ids := in.List("id")
	if op, id, found := strings.Cut(in.Text("one"), ":"); found {
		s.op, ids = op, []string{id}
	}
	for _, text := range ids {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id <= 0 {
			return s, fault.Missing("user")
		}
		s.users = append(s.users, model.UserID(id))
	}
	slices.Sort(s.users)
	s.users = slices.Compact(s.users)
	if text := in.Text("role"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return s, fault.Missing("role")
		}
		s.role = model.RoleID(id)
	}
	if s.op != memberRole && s.op != memberRemove {
		in.Reject(fault.InvalidField("op", fault.Unknown, 0))
	}
	if len(s.users) > model.MaxBulk {
		in.Reject(fault.InvalidField("users", fault.TooMany, model.MaxBulk))
	}
	return s, in.Err()
}

// changeMembers shows what a change of members does, and carries it out when it is confirmed.
func (p *pages) changeMembers(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	s, err := readSelection(in)
	switch {
	case err != nil:
		return err
	case len(s.users) == 0:
		return p.backTo(w, organizationPath(a.org.ID, ""), "no-member")
	case !s.sure:
		return p.describeMembers(w, r, a, s)
	}
	return p.carryOutMembers(w, r, a, s)
}

// memberChangeBody is the content of the page that describes a change of members.
type memberChangeBody struct {
	directory.MembersImpact
	Remove bool
	Cancel string
}

func (p *pages) describeMembers(w http.ResponseWriter, r *http.Request, a orgAdmin, s memberSelection) error {
	m := p.UI.MessagesFor(r)
	impact, err := p.Directory.MembersImpact(r.Context(), a.Actor, a.org.ID, s.users)
	if err != nil {
		return err
	}
	n := len(impact.Members)
	if n == 0 {
		return p.backTo(w, organizationPath(a.org.ID, ""), "no-longer-member")
	}
	form := &ui.Form{Action: organizationPath(a.org.ID, membersRest), Small: true, Hidden: map[string]string{"op": s.op, "sure": "yes"}}
	for _, one := range impact.Members {
		form.Again = append(form.Again, ui.SentField{Name: "id[]", Value: strconv.FormatInt(int64(one.User.ID), 10)})
	}
	title := m.Text("orgs.change_role")
	if s.op == memberRemove {
		title, form.Danger, form.Submit = m.Text("orgs.remove_members"), true, m.Count("orgs.remove_n", n)
	} else {
		roles, err := p.Directory.Roles(r.Context(), a.Actor, a.org.ID)
		if err != nil {
			return err
		}
		form.Submit = m.Count("orgs.change_n", n)
		form.Fields = []ui.Field{{Name: "role", Label: m.Text("orgs.new_role"), Type: "select", Options: roleOptions(roles, impact.Members)}}
	}
	page := p.organizationPage(r, a, title, "", ui.Link{Text: m.Text("console.members"), Path: organizationPath(a.org.ID, "")})
	page.Wide, page.Form = false, form
	page.Body = memberChangeBody{impact, s.op == memberRemove, organizationPath(a.org.ID, "")}
	return p.UI.Write(w, r, http.StatusOK, "members-change", page)
}

// roleOptions returns the roles to choose from; that of the first member is selected.
func roleOptions(roles []model.Role, members []directory.MemberImpact) []ui.Option {
	var options []ui.Option
	for _, role := range roles {
		selected := len(members) > 0 && members[0].Role.ID == role.ID
		options = append(options, ui.Option{Value: strconv.FormatInt(int64(role.ID), 10), Label: role.Name, Selected: selected})
	}
	return options
}

// memberResult is the result of a change of one member.
type memberResult struct {
	Title string
	Done  bool
	Text  string
}

// memberResultsBody is the content of the page with the results.
type memberResultsBody struct {
	Results []memberResult
	Back    string
}

// carryOutMembers changes each member in a transaction of its own, so that one that is rejected does not
// prevent the others.
func (p *pages) carryOutMembers(w http.ResponseWriter, r *http.Request, a orgAdmin, s memberSelection) error {
	m := p.UI.MessagesFor(r)
	impact, err := p.Directory.MembersImpact(r.Context(), a.Actor, a.org.ID, s.users)
	if err != nil {
		return err
	}
	var results []memberResult
	failed := 0
	for _, one := range impact.Members {
		text, err := p.changeMember(r, a, s, one.User.ID)
		if browser.NeedsReauthentication(err) {
			return err
		}
		if err != nil {
			text = ui.ErrorText(m, err)
			failed++
		}
		results = append(results, memberResult{one.User.Label(), err == nil, text})
	}
	list := organizationPath(a.org.ID, "")
	switch {
	case len(results) == 0:
		return p.backTo(w, list, "no-longer-member")
	case failed == 0 && len(results) == 1:
		if a.UserID() == impact.Members[0].User.ID && s.op == memberRemove {
			list = organizationsPath // the actor has left
		}
		return p.backTo(w, list, "member-"+s.op)
	}
	page := p.organizationPage(r, a, m.Text("orgs.results"), "", ui.Link{Text: m.Text("console.members"), Path: list})
	page.Lead = m.Text("orgs.results_text", "done", m.Number(len(results)-failed), "failed", m.Number(failed))
	page.Body = memberResultsBody{results, list}
	return p.UI.Write(w, r, http.StatusOK, "members-results", page)
}

// changeMember returns what was done.
func (p *pages) changeMember(r *http.Request, a orgAdmin, s memberSelection, user model.UserID) (string, error) {
	m := p.UI.MessagesFor(r)
	if s.op == memberRemove {
		return m.Text("orgs.removed"), p.Directory.RemoveMembers(r.Context(), a.Actor, a.org.ID, []model.UserID{user})
	}
	n, err := p.Directory.SetMemberRoles(r.Context(), a.Actor, a.org.ID, []model.UserID{user}, s.role)
	if n == 0 {
		return m.Text("orgs.had_role"), err
	}
	return m.Text("orgs.role_changed"), err
}
