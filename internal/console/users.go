package console

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// usersBody is the content of the list of users.
type usersBody struct {
	View       ui.Query
	Search     string
	Filters    []ui.Field // in the toolbar
	More       []ui.Field // in the menu of further filters
	Sort       string
	Columns    []columnChoice
	Heads      []columnHead
	Rows       []userLine
	Pager      ui.Pager
	Empty      ui.Empty
	Operations []bulkChoice
	Clear      string // path of the list without filters; "" if there are none
	Export     string
	NoTime     bool // whether no time of activity is shown
}

// columnChoice is a column that can be shown.
type columnChoice struct {
	Key, Title string
	Shown      bool
}

// columnHead is the head of a column. Path changes the order; it is "" where the list has no such order.
type columnHead struct {
	Key, Title, Path string
	Sorted           string // "ascending", "descending", or "" if the list is not in this order
}

// userLine is one row of the list.
type userLine struct {
	ID            model.UserID
	Title, Second string // name and username
	Initials      string
	State         ui.Badge
	Blocked       bool // whether the user can be unblocked
	Admin         bool
	Service       bool
	Email         string
	Organizations []string
	Factors       []string
	Created, Seen time.Time
	Columns       []string
}

// Has reports whether a row shows a column.
func (l userLine) Has(column string) bool { return slices.Contains(l.Columns, column) }

// userEndpoints returns the pages of users.
func (p *pages) userEndpoints() []browser.Endpoint {
	return []browser.Endpoint{
		expensive(p.show(usersPath, model.UsersRead, p.showUsers)),
		expensive(p.show(exportRoute, model.UsersRead, p.exportUsers)),
		p.form(bulkPath, model.UsersRead, p.changeSelected),

		p.showOf("", model.UsersRead, p.showUser),
		p.form(userRoute+"/state", model.UsersManage, p.changeState),
		p.formOf("/reset-password", model.UsersManage, "", "reset-sent", p.sendReset),
		p.formOf("/invite", model.UsersInvite, "", "invited", p.inviteUserAgain),
		p.formOf("/administrator", model.UsersManage, "", "administrator", p.setAdministrator),
		p.showOf(editBelow, model.UsersManage, p.showEdit),
		p.form(userRoute+editBelow, model.UsersManage, p.saveEdit),
		expensive(p.showOf(offboardBelow, model.UsersManage, p.showOffboard)),
		p.form(userRoute+offboardBelow, model.UsersManage, p.offboard),

		expensive(p.showOf(accessBelow, model.UsersRead, p.showAccess)),
		p.formOf("/role", model.MembersManage, accessBelow, "user-role", p.changeMemberRole),
		p.formOf("/join", model.UsersManage, accessBelow, "joined", p.joinOrganization),
		p.formOf("/leave", model.MembersManage, accessBelow, "left", p.removeFromOrganization),
		p.formOf("/project", model.ProjectsManage, accessBelow, "projects", p.changeUserProject),

		p.showOf(credentialsBelow, model.UsersManage, p.showCredentials),
		p.form(userRoute+"/emails", model.UsersManage, p.addEmail),
		p.formOf("/emails/{email}/resend", model.UsersManage, credentialsBelow, "resent", p.resendVerification),
		p.formOf("/emails/{email}/primary", model.UsersManage, credentialsBelow, "primary", p.makePrimary),
		p.formOf("/emails/{email}/remove", model.UsersManage, credentialsBelow, "email-removed", p.removeEmail),
		p.form(userRoute+"/keys", model.UsersManage, p.addUserKey),
		p.formOf("/keys/{key}/remove", model.UsersManage, credentialsBelow, "key-removed", p.removeUserKey),
		p.formOf("/tokens/{token}/revoke", model.UsersManage, credentialsBelow, "token-revoked", p.revokeUserToken),
		p.formOf("/second-factor/reset", model.UsersManage, credentialsBelow, "factor-reset", p.resetFactors),

		p.showOf(sessionsBelow, model.UsersManage, p.showSessions),
		p.formOf("/sessions/{session}/revoke", model.UsersManage, sessionsBelow, "session-ended", p.revokeUserSession),
		p.formOf("/sessions/revoke", model.UsersManage, sessionsBelow, "sessions-ended", p.revokeUserSessions),
		p.showOf(historyBelow, model.UsersManage, p.showHistory),
	}
}

func (p *pages) showUsers(w http.ResponseWriter, r *http.Request, a admin) error {
	in, err := ui.ReadQuery(r)
	if err != nil {
		return err
	}
	v, err := p.readView(r, a, in, "")
	if err != nil {
		return err
	}
	found, err := p.Directory.UserRows(r.Context(), a.Actor, v.filter)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("console.users"), usersPath)
	page.Frame.Tabs = userTabs(m, a, v)
	page.Fragment = "users"
	body := usersBody{View: v.Query, Search: v.filter.Search, Sort: v.Get(sortParam), Operations: bulkChoices(m, a), Export: exportPath(v)}
	if body.Filters, body.More, err = p.userFilters(r, a, v); err != nil {
		return err
	}
	body.Columns, body.Heads = columnChoices(m, a, v), columnHeads(m, v)
	body.Rows, body.Pager = linesOf(m, v, found)
	body.Empty = emptyUsers(m, v)
	body.Clear = body.Empty.Link.Path
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "users", page)
}

// linesOf returns the rows of a page and the links to the pages beside it.
func linesOf(m *ui.Messages, v userView, found model.Page[directory.UserRow]) ([]userLine, ui.Pager) {
	rows := found.Items
	more := len(rows) > v.rows
	if more {
		rows = rows[:v.rows]
	}
	if v.backward {
		slices.Reverse(rows)
	}
	pager := ui.Pager{Count: countText(m, v, found, len(rows))}
	first, last := "", ""
	if len(rows) > 0 {
		first, last = v.filter.Order.At(rows[0].User).String(), v.filter.Order.At(rows[len(rows)-1].User).String()
	}
	if more || v.backward {
		pager.Next = v.With(afterParam, last, beforeParam, "")
	}
	if v.backward && more || !v.backward && v.Get(afterParam) != "" {
		pager.Previous = v.With(beforeParam, first, afterParam, "")
	}
	lines := make([]userLine, 0, len(rows))
	for _, row := range rows {
		lines = append(lines, lineOf(m, v, row))
	}
	return lines, pager
}

func countText(m *ui.Messages, v userView, found model.Page[directory.UserRow], shown int) string {
	switch {
	case v.filter.SkipTotal:
		return m.Count("console.users_shown", shown)
	case found.Capped:
		return m.Text("console.more_users", "n", m.Number(found.Total))
	}
	return m.Count("console.count_users", found.Total)
}

func lineOf(m *ui.Messages, v userView, row directory.UserRow) userLine {
	u := row.User
	line := userLine{
		ID: u.ID, Title: u.Label(), Second: u.Username, Initials: ui.Frame{Name: u.Label()}.Initials(), State: stateBadge(m, u), Blocked: u.State == model.Blocked,
		Admin: u.Admin, Service: u.Service, Email: u.Primary().Address, Created: u.CreatedAt, Seen: u.LastActivity, Columns: v.columns,
	}
	if line.Second == "" {
		line.Second = line.Email
	}
	for _, membership := range row.Memberships {
		text := membership.Role.Name
		if v.org.ID == 0 {
			text = membership.Organization.Name + ": " + text
		} else if membership.Organization.ID != v.org.ID {
			continue
		}
		line.Organizations = append(line.Organizations, text)
	}
	for _, kind := range row.Factors {
		line.Factors = append(line.Factors, factorText(m, kind))
	}
	return line
}

func factorText(m *ui.Messages, kind model.AuthenticatorKind) string {
	if kind == model.PasskeyAuthenticator {
		return m.Text("console.passkey")
	}
	return m.Text("console.codes")
}

// stateBadge returns the state of a user as the pages show it.
func stateBadge(m *ui.Messages, u model.User) ui.Badge {
	switch {
	case u.Shown() == model.Active:
		return ui.Badge{Text: m.Text("console.state_active"), Tone: "ok"}
	case u.Shown() == model.Blocked:
		return ui.Badge{Text: m.Text("console.state_blocked"), Tone: "bad"}
	case u.Shown() == model.Deactivated:
		return ui.Badge{Text: m.Text("console.state_deactivated")}
	case u.IsPendingRegistration():
		return ui.Badge{Text: m.Text("console.state_pending"), Tone: "warn"}
	}
	return ui.Badge{Text: m.Text("console.state_invited"), Tone: "accent"}
}

// The keys of the columns.
const (
	stateColumn   = "state"
	orgsColumn    = "organizations"
	emailColumn   = "email"
	factorColumn  = "factor"
	createdColumn = "created"
	seenColumn    = "seen"
)

// allColumns lists the columns that the actor can see, in their order.
func allColumns(a admin) []string {
	if a.Server {
		return []string{stateColumn, orgsColumn, emailColumn, factorColumn, createdColumn, seenColumn}
	}
	return []string{stateColumn, orgsColumn, emailColumn, createdColumn}
}

// columnsOf returns the columns of a view: those that the query names, or the usual ones.
func columnsOf(a admin, named []string) []string {
	shown := slices.DeleteFunc(allColumns(a), func(c string) bool { return !slices.Contains(named, c) })
	switch {
	case len(shown) > 0:
		return shown
	case a.Server:
		return []string{stateColumn, orgsColumn, factorColumn, seenColumn}
	}
	return []string{stateColumn, orgsColumn, emailColumn}
}

func columnTitle(m *ui.Messages, v userView, key string) string {
	titles := map[string]string{
		stateColumn: m.Text("console.state"), orgsColumn: m.Text("console.organizations"), emailColumn: m.Text("form.email"),
		factorColumn: m.Text("console.second_factor"), createdColumn: m.Text("console.created"), seenColumn: m.Text("console.last_activity"),
	}
	if key == orgsColumn && v.org.ID != 0 {
		return m.Text("console.role")
	}
	return titles[key]
}

func columnChoices(m *ui.Messages, a admin, v userView) []columnChoice {
	var choices []columnChoice
	for _, key := range allColumns(a) {
		choices = append(choices, columnChoice{key, columnTitle(m, v, key), slices.Contains(v.columns, key)})
	}
	return choices
}

// columnHeads returns the heads of the shown columns, with that of the user first.
func columnHeads(m *ui.Messages, v userView) []columnHead {
	heads := []columnHead{v.head("user", m.Text("console.user"), "name")}
	for _, key := range v.columns {
		order := ""
		if key == createdColumn {
			order = "created"
		}
		heads = append(heads, v.head(key, columnTitle(m, v, key), order))
	}
	return heads
}

// head returns the head of a column. Its link sorts by the column, and then the other way.
func (v *userView) head(key, title, order string) columnHead {
	h := columnHead{Key: key, Title: title}
	if order == "" {
		return h
	}
	next := order
	switch v.Get(sortParam) {
	case order:
		h.Sorted, next = "ascending", "-"+order
	case "-" + order:
		h.Sorted = "descending"
	}
	h.Path = v.With(sortParam, next, afterParam, "", beforeParam, "")
	return h
}

// userTabs returns the usual views. A view that someone changed is a bookmark of the browser.
func userTabs(m *ui.Messages, a admin, v userView) []ui.Tab {
	views := [][]string{{m.Text("console.all")}, {m.Text("console.state_blocked"), stateParam, string(model.Blocked)}, {m.Text("console.state_invited"), stateParam, string(model.Invited)}}
	if a.Server {
		views = append(views,
			[]string{m.Text("console.administrators"), adminParam, "yes"},
			[]string{m.Text("console.no_factor"), factorParam, none, stateParam, string(model.Active)},
			[]string{m.Text("console.dormant"), seenParam, seenDormant, stateParam, string(model.Active)})
	}
	var tabs []ui.Tab
	for _, view := range views {
		target := ui.NewQuery(usersPath, nil).With(append(slices.Clone(view[1:]), orgSlugParam, v.Get(orgSlugParam))...)
		tabs = append(tabs, ui.Tab{Link: ui.Link{Text: view[0], Path: target}, Current: v.onlyFilters(view[1:])})
	}
	return tabs
}

// filterParams are the parameters that select users, besides the organization.
var filterParams = []string{searchParam, roleParam, projectParam, stateParam, adminParam, factorParam, seenParam, keyParam}

// onlyFilters reports whether the view has these filters, pairs of a name and a value, and no others.
func (v *userView) onlyFilters(pairs []string) bool {
	want := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		want[pairs[i]] = pairs[i+1]
	}
	return !slices.ContainsFunc(filterParams, func(name string) bool { return v.Get(name) != want[name] })
}

// emptyUsers is shown in place of a list without users.
func emptyUsers(m *ui.Messages, v userView) ui.Empty {
	if v.onlyFilters(nil) && v.Get(afterParam)+v.Get(beforeParam) == "" {
		return ui.Empty{Icon: "users", Title: m.Text("console.no_users"), Text: m.Text("console.no_users_text")}
	}
	clear := ui.NewQuery(usersPath, nil).With(orgSlugParam, v.Get(orgSlugParam))
	return ui.Empty{Icon: "search", Title: m.Text("console.no_match"), Text: m.Text("console.no_match_text"), Link: ui.Link{Text: m.Text("console.clear_filters"), Path: clear}}
}

// userFilters returns the fields of the filters: those in the toolbar, and the others.
func (p *pages) userFilters(r *http.Request, a admin, v userView) (toolbar, more []ui.Field, err error) {
	m := p.UI.MessagesFor(r)
	org, err := p.organizationField(r, a, v)
	if err != nil {
		return nil, nil, err
	}
	toolbar = []ui.Field{org, choice(v, stateParam, m.Text("console.state"), m.Text("console.any_state"), []string{
		string(model.Active), m.Text("console.state_active"), string(model.Blocked), m.Text("console.state_blocked"),
		string(model.Deactivated), m.Text("console.state_deactivated"), string(model.Invited), m.Text("console.state_invited"),
	})}
	anyText := m.Text("console.any")
	more = append(more, choice(v, roleParam, m.Text("console.role"), anyText, pairs(v.roles, func(role model.Role) (string, string) {
		return strconv.FormatInt(int64(role.ID), 10), role.Name
	})))
	if len(v.projects) > 0 {
		more = append(more, choice(v, projectParam, m.Text("console.project"), anyText, pairs(v.projects, func(one model.Project) (string, string) {
			return one.Permalink, one.Name
		})))
	}
	if a.Server {
		more = append(more,
			choice(v, factorParam, m.Text("console.second_factor"), anyText, []string{
				string(model.PasskeyAuthenticator), m.Text("console.passkey"), string(model.TOTPAuthenticator), m.Text("console.codes"), none, m.Text("console.none")}),
			choice(v, seenParam, m.Text("console.last_activity"), m.Text("console.any_time"), []string{
				seenDay, m.Text("console.seen_day"), seenMonth, m.Text("console.seen_month"), seenDormant, m.Text("console.seen_dormant"), seenNever, m.Text("console.seen_never")}),
			choice(v, keyParam, m.Text("console.ssh_key"), anyText, append(keyTypes(), none, m.Text("console.none"))),
			choice(v, adminParam, m.Text("console.administration"), anyText, []string{"yes", m.Text("console.administrators")}))
	}
	return toolbar, more, nil
}

// keyTypes are pairs of the types of SSH keys and their names.
func keyTypes() []string {
	return []string{"ssh-ed25519", "ED25519", "ssh-rsa", "RSA", "ecdsa-sha2-nistp256", "ECDSA P-256", "ecdsa-sha2-nistp384", "ECDSA P-384", "ecdsa-sha2-nistp521", "ECDSA P-521",
		"sk-ssh-ed25519@openssh.com", "ED25519-SK", "sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK"}
}

func pairs[T any](all []T, pair func(T) (value, text string)) []string {
	var list []string
	for _, one := range all {
		value, text := pair(one)
		list = append(list, value, text)
	}
	return list
}

// choice returns the field of a filter. values are pairs of a value and its text.
func choice(v userView, name, label, anyText string, values []string) ui.Field {
	f := ui.Field{Name: name, Label: label, Type: "select", Options: []ui.Option{{Label: anyText}}}
	if anyText == "" {
		f.Options = nil
	}
	for i := 0; i < len(values); i += 2 {
		f.Options = append(f.Options, ui.Option{Value: values[i], Label: values[i+1], Selected: v.Get(name) == values[i]})
	}
	return f
}

// maxOrganizations is the number of organizations up to which a field offers them all. Beyond it, their
// short name is typed.
const maxOrganizations = 100

var errEnough = errors.New("there are more")

// organizationField returns the field that selects an organization, by its short name.
func (p *pages) organizationField(r *http.Request, a admin, v userView) (ui.Field, error) {
	m := p.UI.MessagesFor(r)
	var all []model.Organization
	anyText := m.Text("console.any_organization")
	if !a.Server {
		anyText = ""
		for _, membership := range a.Organizations {
			if a.HasIn(membership.Organization.ID, model.UsersRead) {
				all = append(all, membership.Organization)
			}
		}
	} else if err := p.Directory.EachOrganization(r.Context(), a.Actor, func(batch []model.Organization) error {
		if all = append(all, batch...); len(all) > maxOrganizations {
			return errEnough
		}
		return nil
	}); err != nil && !errors.Is(err, errEnough) {
		return ui.Field{}, err
	}
	if len(all) > maxOrganizations {
		return ui.Field{Name: orgSlugParam, Label: m.Text("console.organization_slug"), Type: "text", Autocomplete: "off", Value: v.Get(orgSlugParam), Optional: true}, nil
	}
	slices.SortFunc(all, func(x, y model.Organization) int {
		return strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name))
	})
	return choice(v, orgSlugParam, m.Text("console.organization"), anyText, pairs(all, func(o model.Organization) (string, string) { return o.Slug, o.Name })), nil
}
