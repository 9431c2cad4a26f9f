package console

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// The pages of the invitations of an organization, below its path.
const (
	invitationsTab = "/invitations"
	checkRest      = invitationsTab + "/check"
	sendRest       = invitationsTab + "/send"
	selectedRest   = invitationsTab + "/selected"
)

// The operations on invitations.
const (
	invitationResend = "resend"
	invitationRevoke = "revoke"
)

// undelivered is the value of the filter by state for invitations whose email was given up.
const undelivered = "undelivered"

func (p *pages) invitationEndpoints() []browser.Endpoint {
	return []browser.Endpoint{
		expensive(p.showOrganization(invitationsTab, model.UsersInvite, p.showInvitations)),
		p.changeOrganization(checkRest, model.UsersInvite, p.checkInvitations),
		p.changeOrganization(sendRest, model.UsersInvite, p.sendInvitations),
		p.changeOrganization(selectedRest, model.UsersInvite, p.changeInvitations),
	}
}

// invitationRow is one invitation of the list.
type invitationRow struct {
	model.Invitation
	State   ui.Badge
	Role    string
	Pending bool
}

// invitationsBody is the content of the list of invitations.
type invitationsBody struct {
	Action, Selected string
	Search           string
	State            ui.Field
	New              *ui.Form
	Rows             []invitationRow
	Pager            ui.Pager
	Empty            ui.Empty
}

func (p *pages) showInvitations(w http.ResponseWriter, r *http.Request, a orgAdmin) error {
	page, body, err := p.invitationsPage(r, a, "", "")
	if err != nil {
		return err
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "invitations", page)
}

// invitationsPage returns the list, and the form with what was typed.
func (p *pages) invitationsPage(r *http.Request, a orgAdmin, addresses, chosen string) (ui.Page, invitationsBody, error) {
	m := p.UI.MessagesFor(r)
	list := organizationPath(a.org.ID, invitationsTab)
	body := invitationsBody{Action: list, Selected: organizationPath(a.org.ID, selectedRest)}
	page := p.organizationPage(r, a, m.Text("invites.to", "organization", a.org.Name), invitationsTab)
	page.Fragment = "invitations"
	in, err := ui.ReadQuery(r)
	if err != nil {
		return page, body, err
	}
	state := in.Text("state")
	body.Search = in.Line(listSearch)
	filter := invitation.ListFilter{Search: body.Search, Limit: rowsOfList}
	switch state {
	case undelivered:
		filter.Undelivered = true
	case "":
	default:
		filter.State = model.InvitationState(state)
	}
	if text := in.Text(listBefore); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return page, body, fault.Missing("invitation")
		}
		filter.Before = model.InvitationID(id)
	}
	if err := in.Err(); err != nil {
		return page, body, err
	}
	roles, err := p.invitableRoles(r, a)
	if err != nil {
		return page, body, err
	}
	rows, next, err := p.Directory.InvitationRows(r.Context(), a.Actor, a.org.ID, filter)
	if err != nil {
		return page, body, err
	}
	for _, i := range rows {
		body.Rows = append(body.Rows, invitationRow{i, invitationState(m, i), roleName(roles, i.Role), i.IsPending()})
	}
	body.State = stateField(m, state)
	body.New = inviteForm(m, a, roles, addresses, chosen)
	body.Pager.Count = m.Count("invites.shown", len(body.Rows))
	if next != 0 {
		body.Pager.Next = pathWith(list, listSearch, body.Search, "state", state, listBefore, strconv.FormatInt(int64(next), 10))
	}
	if filter.Before != 0 {
		body.Pager.Previous = pathWith(list, listSearch, body.Search, "state", state)
	}
	body.Empty = ui.Empty{Icon: "invite", Title: m.Text("invites.none"), Text: m.Text("invites.none_text")}
	if body.Search+state != "" {
		body.Empty = ui.Empty{Icon: "search", Title: m.Text("orgs.no_match"), Text: m.Text("invites.no_match_text"), Link: ui.Link{Text: m.Text("orgs.show_all"), Path: list}}
	}
	return page, body, nil
}

// invitableRoles returns the roles to choose from. Actors that may not read roles invite with the default.
func (p *pages) invitableRoles(r *http.Request, a orgAdmin) ([]model.Role, error) {
	if !a.has(model.RolesRead) {
		return nil, nil
	}
	return p.Directory.Roles(r.Context(), a.Actor, a.org.ID)
}

func roleName(roles []model.Role, id model.RoleID) string {
	i := slices.IndexFunc(roles, func(role model.Role) bool { return role.ID == id })
	if i < 0 {
		return ""
	}
	return roles[i].Name
}

func invitationState(m *ui.Messages, i model.Invitation) ui.Badge {
	switch {
	case i.Status == model.InvitationAccepted:
		return ui.Badge{Text: m.Text("invites.accepted"), Tone: "ok"}
	case i.Status == model.InvitationRevoked:
		return ui.Badge{Text: m.Text("invites.revoked")}
	case i.Undelivered != "":
		return ui.Badge{Text: m.Text("invites.undelivered"), Tone: "bad"}
	case i.Status == model.InvitationExpired:
		return ui.Badge{Text: m.Text("invites.expired")}
	}
	return ui.Badge{Text: m.Text("invites.open"), Tone: "warn"}
}

func stateField(m *ui.Messages, chosen string) ui.Field {
	f := ui.Field{Name: "state", Label: m.Text("orgs.state"), Type: "select", Options: []ui.Option{{Label: m.Text("invites.any_state")}}}
	for _, o := range []ui.Option{
		{Value: string(model.InvitationOpen), Label: m.Text("invites.open")},
		{Value: undelivered, Label: m.Text("invites.undelivered")},
		{Value: string(model.InvitationExpired), Label: m.Text("invites.expired")},
		{Value: string(model.InvitationAccepted), Label: m.Text("invites.accepted")},
		{Value: string(model.InvitationRevoked), Label: m.Text("invites.revoked")},
	} {
		o.Selected = o.Value == chosen
		f.Options = append(f.Options, o)
	}
	return f
}

func inviteForm(m *ui.Messages, a orgAdmin, roles []model.Role, addresses, chosen string) *ui.Form {
	form := &ui.Form{Action: organizationPath(a.org.ID, checkRest), Submit: m.Text("invites.check"), Small: true, Fields: []ui.Field{
		{Name: "addresses", Label: m.Text("invites.addresses"), Type: "textarea", Value: addresses, Hint: m.Text("invites.addresses_hint", "n", m.Number(model.MaxBulk)), Drop: true},
	}}
	if len(roles) == 0 {
		return form
	}
	role := ui.Field{Name: "role", Label: m.Text("orgs.role"), Type: "select"}
	for _, one := range roles {
		value := strconv.FormatInt(int64(one.ID), 10)
		role.Options = append(role.Options, ui.Option{Value: value, Label: one.Name, Selected: value == chosen || chosen == "" && one.Default})
	}
	form.Fields = append(form.Fields, role)
	return form
}

// inBrackets is an address behind a name, as email programs copy it.
var inBrackets = regexp.MustCompile(`<([^<>\s]*)>`)

// splitAddresses returns the addresses in a text that was pasted: one a line, or separated by commas,
// semicolons or blanks, with or without names. In front of an address in brackets only words with an @
// are addresses: the others are a name, which may contain commas.
func splitAddresses(text string) []string {
	var all []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(";\r\n", r) }) {
		rest := part
		for at := inBrackets.FindStringSubmatchIndex(rest); at != nil; at = inBrackets.FindStringSubmatchIndex(rest) {
			for _, word := range words(rest[:at[0]]) {
				if strings.Contains(word, "@") {
					all = append(all, word)
				}
			}
			all = append(all, rest[at[2]:at[3]])
			rest = rest[at[1]:]
		}
		all = append(all, words(rest)...)
	}
	return all
}

// words splits a text at commas and blanks.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// judgedRow is one address with what its invitation would do.
type judgedRow struct {
	Email string
	State ui.Badge
	Text  string
}

// judgedBody is the content of the page before invitations are sent.
type judgedBody struct {
	Rows []judgedRow
	Back string
}

func readRoleID(text string) model.RoleID {
	if text == "" {
		return 0
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return -1 // no role has it
	}
	return model.RoleID(id)
}

// checkInvitations shows for each address what its invitation would do.
func (p *pages) checkInvitations(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	text, chosen := in.Text("addresses"), in.Text("role")
	if err := in.Err(); err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	addresses := splitAddresses(text)
	judged, err := p.Directory.JudgeInvitations(r.Context(), a.Actor, a.org.ID, readRoleID(chosen), addresses)
	if len(addresses) == 0 || fault.Has(err, "addresses", fault.TooMany) {
		page, body, err := p.invitationsPage(r, a, text, chosen)
		if err != nil {
			return err
		}
		problem := m.Text("invites.no_address")
		if len(addresses) > 0 {
			problem = m.Text("invites.too_many", "n", m.Number(model.MaxBulk))
		}
		body.New.Reject("addresses", problem)
		page.Form, page.Body = body.New, body
		return p.UI.Write(w, r, http.StatusUnprocessableEntity, "invitations", page)
	}
	if err != nil {
		return err
	}
	list := organizationPath(a.org.ID, invitationsTab)
	page := p.organizationPage(r, a, m.Text("invites.judged"), invitationsTab, ui.Link{Text: m.Text("invites.title"), Path: list})
	body := judgedBody{Back: list}
	page.Form = &ui.Form{Action: organizationPath(a.org.ID, sendRest), Small: true, Hidden: map[string]string{"role": chosen}}
	for _, one := range judged {
		row, sent := judgedRowOf(m, one)
		if sent {
			page.Form.Again = append(page.Form.Again, ui.SentField{Name: "email[]", Value: one.Email})
		}
		body.Rows = append(body.Rows, row)
	}
	n := len(page.Form.Again)
	page.Lead = m.Text("invites.can_be_sent", "n", m.Number(n), "all", m.Number(len(judged)))
	if page.Form.Submit = m.Count("invites.send_n", n); n == 0 {
		page.Form = nil
	}
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "invitations-judged", page)
}

// judgedRowOf returns the row of an address, and whether its invitation is sent.
func judgedRowOf(m *ui.Messages, one invitation.Judged) (judgedRow, bool) {
	switch one.Verdict {
	case invitation.VerdictNew:
		return judgedRow{one.Email, ui.Badge{Text: m.Text("invites.ready"), Tone: "ok"}, m.Text("invites.is_new")}, true
	case invitation.VerdictAgain:
		return judgedRow{one.Email, ui.Badge{Text: m.Text("invites.ready"), Tone: "ok"}, m.Text("invites.is_again")}, true
	case invitation.VerdictDuplicate:
		return judgedRow{one.Email, ui.Badge{Text: m.Text("invites.left_out"), Tone: "warn"}, m.Text("invites.is_duplicate")}, false
	case invitation.VerdictMember:
		return judgedRow{one.Email, ui.Badge{Text: m.Text("invites.left_out"), Tone: "warn"}, m.Text("invites.is_member")}, false
	}
	return judgedRow{one.Email, ui.Badge{Text: m.Text("orgs.rejected"), Tone: "bad"}, ui.ErrorText(m, one.Err)}, false
}

func (p *pages) sendInvitations(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	chosen := in.Text("role")
	var all []invitation.NewInvitation
	for _, email := range in.List("email") {
		all = append(all, invitation.NewInvitation{Org: a.org.ID, Email: email, Role: readRoleID(chosen)})
	}
	if err := in.Err(); err != nil {
		return err
	}
	results, err := p.Directory.InviteMany(r.Context(), a.Actor, all)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	var rows []memberResult
	for i, result := range results {
		if browser.NeedsReauthentication(result.Err) {
			return result.Err
		}
		rows = append(rows, resultOf(m, all[i].Email, m.Text("invites.sent"), result.Err))
	}
	return p.writeResults(w, r, a, rows, "invitations-sent")
}

func resultOf(m *ui.Messages, title, done string, err error) memberResult {
	if err != nil {
		return memberResult{title, false, ui.ErrorText(m, err)}
	}
	return memberResult{title, true, done}
}

// writeResults leads back to the list if everything was done, and else shows the results.
func (p *pages) writeResults(w http.ResponseWriter, r *http.Request, a orgAdmin, rows []memberResult, done string) error {
	m := p.UI.MessagesFor(r)
	list := organizationPath(a.org.ID, invitationsTab)
	failed := 0
	for _, row := range rows {
		if !row.Done {
			failed++
		}
	}
	if failed == 0 {
		return p.backTo(w, list, done)
	}
	page := p.organizationPage(r, a, m.Text("orgs.results"), invitationsTab, ui.Link{Text: m.Text("invites.title"), Path: list})
	page.Lead = m.Text("orgs.results_text", "done", m.Number(len(rows)-failed), "failed", m.Number(failed))
	page.Body = memberResultsBody{rows, list}
	return p.UI.Write(w, r, http.StatusOK, "members-results", page)
}

// changeInvitations sends the selected invitations again, or revokes them.
func (p *pages) changeInvitations(w http.ResponseWriter, r *http.Request, a orgAdmin, in *ui.Input) error {
	op, ids := in.Text("op"), in.List("id")
	if one, id, found := strings.Cut(in.Text("one"), ":"); found {
		op, ids = one, []string{id}
	}
	if op != invitationResend && op != invitationRevoke {
		in.Reject(fault.InvalidField("op", fault.Unknown, 0))
	}
	if len(ids) > model.MaxBulk {
		in.Reject(fault.InvalidField("invitations", fault.TooMany, model.MaxBulk))
	}
	if err := in.Err(); err != nil {
		return err
	}
	if len(ids) == 0 {
		return p.backTo(w, organizationPath(a.org.ID, invitationsTab), "no-invitation")
	}
	m := p.UI.MessagesFor(r)
	var rows []memberResult
	for _, text := range ids {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fault.Missing("invitation")
		}
		var sent invitation.Sent
		if op == invitationResend {
			sent, err = p.Directory.ResendInvitation(r.Context(), a.Actor, a.org.ID, model.InvitationID(id))
		} else {
			err = p.Directory.RevokeInvitation(r.Context(), a.Actor, a.org.ID, model.InvitationID(id))
		}
		if browser.NeedsReauthentication(err) || len(ids) == 1 && fault.KindOf(err) == fault.NotFound {
			return err
		}
		title := m.Text("invites.number", "id", id)
		if sent.Invitation.Email != "" {
			title = sent.Invitation.Email
		}
		rows = append(rows, resultOf(m, title, m.Text("orgs.done"), err))
	}
	return p.writeResults(w, r, a, rows, "invitation-"+op)
}
