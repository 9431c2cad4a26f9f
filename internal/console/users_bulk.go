package console

import (
	"context"
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

// Operations on many users.
//
// A form of the list names an operation and the users: some by id, or all that match the query of the list.
// If the operation needs more, such as a role, a page asks for it. One request carries out the operation for
// up to bulkBatch users and shows the result for each. For more users the page has a form that continues
// after the last user; a script sends it at once. All state is in the form, so every node can continue, and
// nothing runs on after the page was closed. What was confirmed and done before is encrypted there
// ([continuation]), so that no form begins in the middle without the confirmation.
const bulkPath = usersPath + "/selected"

// bulkBatch is the number of users that one request changes.
const bulkBatch = 100

// bulkOperation is an operation on many users.
type bulkOperation struct {
	name, icon string
	needs      model.Permission
	server     bool // whether only administrators of the server have it
	first      bool // whether it has a button of its own in the list
	danger     bool
	inverse    string        // operation that undoes it; "" for none
	undoes     []model.State // states that the inverse operation restores
	asks       []string      // parameters that it needs
	run        func(d *directory.Directory, ctx context.Context, actor model.Actor, b *bulk, u model.User) (changed bool, err error)
}

// The names of parameters of operations.
const (
	opOrg     = "op_org" // slug
	opRole    = "op_role"
	opProject = "op_project" // permalink
	opConfirm = "op_confirm" // what was typed
)

// bulkOperations lists the operations in the order of the menu.
func bulkOperations() []bulkOperation {
	state := func(change func(*directory.Directory, context.Context, model.Actor, model.UserID) (model.User, error)) func(*directory.Directory, context.Context, model.Actor, *bulk, model.User) (bool, error) {
		return func(d *directory.Directory, ctx context.Context, actor model.Actor, _ *bulk, u model.User) (bool, error) {
			changed, err := change(d, ctx, actor, u.ID)
			return changed.Shown() != u.Shown(), err
		}
	}
	usable := []model.State{model.Active, model.Invited}
	return []bulkOperation{
		{name: "block", icon: "block", needs: model.UsersManage, server: true, first: true, inverse: "unblock", undoes: usable, run: state((*directory.Directory).BlockUser)},
		{name: "unblock", icon: "ok", needs: model.UsersManage, server: true, inverse: "block", undoes: []model.State{model.Blocked}, run: state((*directory.Directory).UnblockUser)},
		{name: "deactivate", icon: "minus", needs: model.UsersManage, server: true, inverse: "reactivate", undoes: usable, run: state((*directory.Directory).DeactivateUser)},
		{name: "reactivate", icon: "refresh", needs: model.UsersManage, server: true, inverse: "deactivate", undoes: []model.State{model.Deactivated}, run: state((*directory.Directory).ReactivateUser)},
		{name: "role", icon: "role", needs: model.MembersManage, first: true, asks: []string{opOrg, opRole}, run: setRole},
		{name: "leave", icon: "leave", needs: model.MembersManage, asks: []string{opOrg}, run: leaveOrganization},
		{name: "assign", icon: "project", needs: model.ProjectsManage, asks: []string{opOrg, opProject}, inverse: "unassign", run: assign(true)},
		{name: "unassign", icon: "project", needs: model.ProjectsManage, asks: []string{opOrg, opProject}, inverse: "assign", run: assign(false)},
		{name: exportOperation, icon: "export", needs: model.UsersRead},
		{name: "invite", icon: "invite", needs: model.UsersInvite, run: inviteAgain},
		{name: "delete", icon: "trash", needs: model.UsersManage, server: true, danger: true, asks: []string{opConfirm}, run: deleteUser},
	}
}

func setRole(d *directory.Directory, ctx context.Context, actor model.Actor, b *bulk, u model.User) (bool, error) {
	return true, d.SetMemberRole(ctx, actor, b.org.ID, u.ID, b.role)
}

func leaveOrganization(d *directory.Directory, ctx context.Context, actor model.Actor, b *bulk, u model.User) (bool, error) {
	impact, err := d.MembersImpact(ctx, actor, b.org.ID, []model.UserID{u.ID})
	if err != nil || len(impact.Members) == 0 {
		return false, err // not a member
	}
	return true, d.RemoveMembers(ctx, actor, b.org.ID, []model.UserID{u.ID})
}

func assign(assigned bool) func(*directory.Directory, context.Context, model.Actor, *bulk, model.User) (bool, error) {
	return func(d *directory.Directory, ctx context.Context, actor model.Actor, b *bulk, u model.User) (bool, error) {
		return d.SetAssigned(ctx, actor, b.org.ID, b.project, u.ID, assigned)
	}
}

func inviteAgain(d *directory.Directory, ctx context.Context, actor model.Actor, _ *bulk, u model.User) (bool, error) {
	n, err := d.InviteAgain(ctx, actor, u.ID)
	return n > 0, err
}

func deleteUser(d *directory.Directory, ctx context.Context, actor model.Actor, _ *bulk, u model.User) (bool, error) {
	_, err := d.DeleteUser(ctx, actor, u.ID)
	return err == nil, err
}

// bulkTexts are the texts of one operation.
type bulkTexts struct{ button, title, effect, done string }

// bulkTextsOf returns the texts of an operation. {n} in done is the number of users.
func bulkTextsOf(m *ui.Messages, name string, n int) bulkTexts {
	switch name {
	case "block":
		return bulkTexts{m.Text("console.op_block"), m.Text("console.block_title"), m.Text("console.block_effect"), m.Count("console.block_done", n)}
	case "unblock":
		return bulkTexts{m.Text("console.op_unblock"), m.Text("console.unblock_title"), m.Text("console.unblock_effect"), m.Count("console.unblock_done", n)}
	case "deactivate":
		return bulkTexts{m.Text("console.op_deactivate"), m.Text("console.deactivate_title"), m.Text("console.deactivate_effect"), m.Count("console.deactivate_done", n)}
	case "reactivate":
		return bulkTexts{m.Text("console.op_reactivate"), m.Text("console.reactivate_title"), m.Text("console.reactivate_effect"), m.Count("console.reactivate_done", n)}
	case "role":
		return bulkTexts{m.Text("console.op_role"), m.Text("console.role_title"), m.Text("console.role_effect"), m.Count("console.role_done", n)}
	case "leave":
		return bulkTexts{m.Text("console.op_leave"), m.Text("console.leave_title"), m.Text("console.leave_effect"), m.Count("console.leave_done", n)}
	case "assign":
		return bulkTexts{m.Text("console.op_assign"), m.Text("console.assign_title"), m.Text("console.assign_effect"), m.Count("console.assign_done", n)}
	case "unassign":
		return bulkTexts{m.Text("console.op_unassign"), m.Text("console.unassign_title"), m.Text("console.unassign_effect"), m.Count("console.unassign_done", n)}
	case exportOperation:
		return bulkTexts{button: m.Text("console.export")}
	case "invite":
		return bulkTexts{m.Text("console.op_invite"), m.Text("console.invite_title"), m.Text("console.invite_effect"), m.Count("console.invite_done", n)}
	}
	return bulkTexts{m.Text("console.op_delete"), m.Text("console.delete_title"), m.Text("console.delete_effect"), m.Count("console.delete_done", n)}
}

// bulkChoice is an operation that a page offers.
type bulkChoice struct {
	Name, Icon, Text string
	First, Danger    bool
}

// bulkChoices returns the operations that the actor can have.
func bulkChoices(m *ui.Messages, a admin) []bulkChoice {
	var choices []bulkChoice
	for _, op := range bulkOperations() {
		if op.offered(a) {
			choices = append(choices, bulkChoice{op.name, op.icon, bulkTextsOf(m, op.name, 0).button, op.first, op.danger})
		}
	}
	return choices
}

func (op bulkOperation) offered(a admin) bool { return a.Has(op.needs) && (!op.server || a.Server) }

// bulk is one request for an operation on many users.
type bulk struct {
	op   bulkOperation
	ids  []model.UserID
	all  bool // all that match the view
	view userView

	// Of the parameters:
	org     model.Organization
	role    model.RoleID
	project string

	before continuation // what the requests before did, for all; the zero value for none
}

// changeSelected handles the forms of the list of users.
func (p *pages) changeSelected(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	b, err := p.readBulk(r, a, in)
	if err != nil {
		return err
	}
	switch {
	case len(b.ids) == 0 && !b.all:
		p.Redirect(w, b.view.With("done", "none-selected"))
		return nil
	case b.op.name == "":
		return p.chooseOperation(w, r, a, b)
	case b.op.name == exportOperation && browser.Confirmed(in):
		return p.continueExport(w, r, a, b, http.StatusOK, p.UI.MessagesFor(r).Text("account.download_confirmed"))
	case b.op.name == exportOperation:
		return p.exportSelected(w, r, a, b)
	}
	form, err := p.parameters(r, a, b, in)
	if err != nil {
		return err
	}
	if form != nil {
		return p.askParameters(w, r, a, b, form)
	}
	if err := b.requireSameParameters(); err != nil {
		return err
	}
	return p.runBulk(w, r, a, b)
}

// readBulk reads the operation and the users.
func (p *pages) readBulk(r *http.Request, a admin, in *ui.Input) (*bulk, error) {
	b := &bulk{all: in.Text("all") != ""}
	name, list := in.Text("op"), in.List("id")
	if op, id, one := strings.Cut(in.Text("one"), ":"); one {
		name, list, b.all = op, []string{id}, false
	}
	listed := map[model.UserID]bool{}
	for _, text := range list {
		number, err := strconv.ParseInt(text, 10, 64)
		if id := model.UserID(number); err == nil && id > 0 && !listed[id] {
			b.ids, listed[id] = append(b.ids, id), true
		}
	}
	continued := in.Text("continuation")
	if err := in.Err(); err != nil {
		return nil, err
	}
	if len(b.ids) > maxSelected {
		return nil, fault.InvalidField("id", fault.TooLong, maxSelected)
	}
	var err error
	if b.view, err = p.readView(r, a, in, viewPrefix); err != nil || name == "" {
		return b, err
	}
	all := bulkOperations()
	i := slices.IndexFunc(all, func(op bulkOperation) bool { return op.name == name && op.offered(a) })
	if i < 0 {
		return nil, fault.New(fault.Forbidden, "you may not do this with users", fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	b.op = all[i]
	return b, p.readContinuation(r, a, b, continued)
}

// maxSelected is the number of users that a form can name; pages have fewer rows.
const maxSelected = 500

// bulkBody is the content of the pages that choose an operation and its parameters.
type bulkBody struct {
	Effect     string
	Users      []string // labels of some of them
	Others     string   // about the rest; "" for none
	Operations []bulkChoice
	Hidden     *ui.Form // fields of the selection
	Back       string
}

// selection returns the hidden fields of the users.
func (b *bulk) selection() []ui.SentField {
	fields := b.view.Fields(viewPrefix)
	if b.all {
		return append(fields, ui.SentField{Name: "all", Value: "yes"})
	}
	for _, id := range b.ids {
		fields = append(fields, ui.SentField{Name: "id[]", Value: strconv.FormatInt(int64(id), 10)})
	}
	return fields
}

// bulkPage returns a page about the users.
func (p *pages) bulkPage(r *http.Request, a admin, b *bulk, title string) (ui.Page, bulkBody, error) {
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, title, usersPath, ui.Link{Text: m.Text("console.users"), Path: b.view.With()})
	page.Wide = false
	body := bulkBody{Hidden: &ui.Form{Again: b.selection()}, Back: b.view.With()}
	found, err := p.selected(r, a, b, 5)
	for _, u := range found.Items {
		body.Users = append(body.Users, u.Label())
	}
	switch others := found.Total - len(found.Items); {
	case b.all && found.Capped:
		body.Others = m.Text("console.more_users", "n", m.Number(found.Total))
	case others > 0:
		body.Others = m.Count("console.and_others", others)
	}
	return page, body, err
}

// selected returns some of the users, and the number of all.
func (p *pages) selected(r *http.Request, a admin, b *bulk, limit int) (model.Page[model.User], error) {
	f := b.view.matching()
	f.Limit, f.SkipTotal = limit, false
	if b.all {
		return p.Directory.Users(r.Context(), a.Actor, f)
	}
	rows, err := p.Directory.UserRowsByID(r.Context(), a.Actor, b.ids)
	found := model.Page[model.User]{Total: len(rows)}
	for _, row := range rows[:min(limit, len(rows))] {
		found.Items = append(found.Items, row.User)
	}
	return found, err
}

// chooseOperation writes the page that asks what to do with the users.
func (p *pages) chooseOperation(w http.ResponseWriter, r *http.Request, a admin, b *bulk) error {
	m := p.UI.MessagesFor(r)
	page, body, err := p.bulkPage(r, a, b, m.Text("console.choose_operation"))
	if err != nil {
		return err
	}
	body.Operations = bulkChoices(m, a)
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "users-operation", page)
}

// askParameters writes the page that asks for the parameters of the operation.
func (p *pages) askParameters(w http.ResponseWriter, r *http.Request, a admin, b *bulk, form *ui.Form) error {
	m := p.UI.MessagesFor(r)
	texts := bulkTextsOf(m, b.op.name, 0)
	page, body, err := p.bulkPage(r, a, b, texts.title)
	if err != nil {
		return err
	}
	body.Effect = texts.effect
	form.Action, form.Small, form.Danger = bulkPath, true, b.op.danger
	form.Again = append(append(b.selection(), ui.SentField{Name: "op", Value: b.op.name}), form.Again...)
	page.Form, page.Body = form, body
	status := http.StatusOK
	if form.Rejected() {
		status = http.StatusUnprocessableEntity
	}
	return p.UI.Write(w, r, status, "users-parameters", page)
}

// parameters reads the parameters. It returns a form that asks for those that are missing, or nil.
func (p *pages) parameters(r *http.Request, a admin, b *bulk, in *ui.Input) (*ui.Form, error) {
	m := p.UI.MessagesFor(r)
	form := &ui.Form{Submit: m.Text("console.continue")}
	if slices.Contains(b.op.asks, opOrg) {
		field, err := p.readOpOrganization(r, a, b, in)
		if err != nil {
			return nil, err
		}
		if b.org.ID == 0 {
			form.Fields = append(form.Fields, field)
			return form, nil
		}
		form.Again = append(form.Again, ui.SentField{Name: opOrg, Value: b.org.Slug})
	}
	form.Submit = bulkTextsOf(m, b.op.name, 0).title
	field, err := p.readOpChoice(r, a, b, in)
	if err != nil {
		return nil, err
	}
	if field != nil { // the page names the users, so no other one confirms them
		form.Fields, form.Again = append(form.Fields, *field), append(form.Again, ui.SentField{Name: "confirmed", Value: "yes"})
		return form, nil
	}
	for _, name := range []string{opRole, opProject} {
		if in.Has(name) {
			form.Again = append(form.Again, ui.SentField{Name: name, Value: in.Text(name)})
		}
	}
	if b.all && in.Text("confirmed") == "" {
		form.Again = append(form.Again, ui.SentField{Name: "confirmed", Value: "yes"})
		return form, nil
	}
	return nil, nil
}

// readOpOrganization reads the organization of an operation: that of the list, or the one that was chosen.
func (p *pages) readOpOrganization(r *http.Request, a admin, b *bulk, in *ui.Input) (field ui.Field, err error) {
	slug := in.Line(opOrg)
	if slug == "" && b.view.org.ID != 0 {
		slug = b.view.org.Slug
	}
	if slug == "" {
		if field, err = p.organizationField(r, a, userView{}); err == nil {
			field.Name, field.Optional = opOrg, false
			if field.Type == "select" {
				field.Options = slices.DeleteFunc(field.Options, func(o ui.Option) bool { return o.Value == "" })
			}
		}
		return field, err
	}
	b.org, err = p.Directory.OrganizationBySlug(r.Context(), a.Actor, slug)
	if err == nil && !a.HasIn(b.org.ID, b.op.needs) {
		err = fault.Missing("organization")
	}
	return field, err
}

// readOpChoice reads the role, the project or the confirmation of an operation. It returns the field that
// asks for it, or nil.
func (p *pages) readOpChoice(r *http.Request, a admin, b *bulk, in *ui.Input) (*ui.Field, error) {
	m := p.UI.MessagesFor(r)
	switch {
	case slices.Contains(b.op.asks, opRole):
		id, err := strconv.ParseInt(in.Text(opRole), 10, 64)
		if err == nil {
			b.role = model.RoleID(id)
			return nil, nil
		}
		roles, err := p.Directory.Roles(r.Context(), a.Actor, b.org.ID)
		field := choice(userView{}, opRole, m.Text("console.role_in_organization", "organization", b.org.Name), "", pairs(roles, func(role model.Role) (string, string) {
			return strconv.FormatInt(int64(role.ID), 10), role.Name
		}))
		return &field, err
	case slices.Contains(b.op.asks, opProject):
		if b.project = in.Text(opProject); b.project != "" {
			return nil, nil
		}
		projects, err := p.Directory.Projects(r.Context(), a.Actor, b.org.ID)
		if err == nil && len(projects) == 0 {
			err = fault.New(fault.Conflict, "this organization has no project", fault.Field{Name: "project", Code: fault.Unknown})
		}
		field := choice(userView{}, opProject, m.Text("console.project"), "", pairs(projects, func(one model.Project) (string, string) { return one.Permalink, one.Name }))
		return &field, err
	case slices.Contains(b.op.asks, opConfirm):
		return p.readConfirmation(r, a, b, in)
	}
	return nil, nil
}

// readConfirmation compares what was typed with the number of the users. Once all are being deleted, the
// number of the first request counts.
func (p *pages) readConfirmation(r *http.Request, a admin, b *bulk, in *ui.Input) (*ui.Field, error) {
	if b.continues() {
		return nil, nil
	}
	m := p.UI.MessagesFor(r)
	found, err := p.selected(r, a, b, 1)
	if err != nil {
		return nil, err
	}
	want := strconv.Itoa(found.Total)
	typed := in.Line(opConfirm)
	if typed == want {
		return nil, nil
	}
	field := &ui.Field{Name: opConfirm, Label: m.Text("console.type_number", "n", want), Type: "text", Autocomplete: "off", Value: typed, Confirm: want}
	if found.Capped {
		field.Label = m.Text("console.type_number_capped", "n", want)
	}
	if in.Has(opConfirm) {
		field.Error = m.Text("console.type_number_wrong")
	}
	return field, nil
}

// bulkResult is the result for one user.
type bulkResult struct {
	ID    model.UserID
	Label string
	Text  string
	Tone  string
}

// resultsBody is the content of the page with the results.
type resultsBody struct {
	Summary  string
	Failed   string // about the users that were not changed; "" for none
	Results  []bulkResult
	Failures []string // of the requests before
	Continue *ui.Form // nil if all is done
	Undo     *ui.Form // nil if nothing can be undone
	Back     string
}

// runBulk carries out the operation for the next users and writes the results.
func (p *pages) runBulk(w http.ResponseWriter, r *http.Request, a admin, b *bulk) error {
	users, more, err := p.nextUsers(r, a, b)
	if err != nil {
		return err
	}
	if b.op.server && slices.ContainsFunc(users, func(u model.User) bool { return u.Admin }) { // before the first change, so that the results name all
		if err := p.Directory.CheckRecentAuthentication(r.Context(), a.Actor, b.op.needs); err != nil {
			return err
		}
	}
	m := p.UI.MessagesFor(r)
	body := resultsBody{Failures: b.before.Failures, Back: b.view.With()}
	var undo []model.UserID
	for _, u := range users {
		changed, err := b.op.run(p.Directory, r.Context(), a.Actor, b, u)
		if browser.NeedsReauthentication(err) || err != nil && !ofUser(err) {
			return err
		}
		result := bulkResult{ID: u.ID, Label: u.Label()}
		switch {
		case err != nil:
			result.Text, result.Tone = ui.ErrorText(m, err), "bad"
			b.before.Failed++
			if b.before.Failures = append(b.before.Failures, u.Label()+": "+result.Text); len(b.before.Failures) > maxFailures {
				b.before.Failures = b.before.Failures[:maxFailures]
			}
		case !changed:
			result.Text = m.Text("console.unchanged")
		default:
			result.Text, result.Tone = m.Text("console.changed"), "ok"
			b.before.Done++
			if b.op.undoes == nil || slices.Contains(b.op.undoes, u.Shown()) {
				undo = append(undo, u.ID)
			}
		}
		body.Results = append(body.Results, result)
	}
	body.Summary = bulkTextsOf(m, b.op.name, b.before.Done).done
	if b.before.Failed > 0 {
		body.Failed = m.Count("console.users_failed", b.before.Failed)
	}
	if more {
		b.before.After = users[len(users)-1].ID
		if body.Continue, err = p.continueForm(r, a, b); err != nil {
			return err
		}
	}
	if !b.all && b.op.inverse != "" && len(undo) > 0 {
		body.Undo = b.undoForm(m, undo)
	}
	title := bulkTextsOf(m, b.op.name, 0).title
	page := p.page(r, a, title, usersPath, ui.Link{Text: m.Text("console.users"), Path: b.view.With()})
	page.Wide, page.Body = false, body
	return p.UI.Write(w, r, http.StatusOK, "users-results", page)
}

// ofUser reports whether an error is about one user, so that the operation continues with the next one.
func ofUser(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Expired:
		return true
	}
	return false
}

// maxFailures is the number of failures that a form carries along.
const maxFailures = 200

// nextUsers returns the users of this request, and whether there are more. Users that the actor cannot see
// are left out.
func (p *pages) nextUsers(r *http.Request, a admin, b *bulk) ([]model.User, bool, error) {
	if !b.all {
		found, err := p.selected(r, a, b, len(b.ids))
		return found.Items, false, err
	}
	f := b.view.matching()
	if b.before.Until == 0 { // users that are created from now on are left out
		last := f
		last.Descending, last.Limit = true, 1
		found, err := p.Directory.Users(r.Context(), a.Actor, last)
		if err != nil || len(found.Items) == 0 {
			return nil, false, err
		}
		b.before.Until = found.Items[0].ID
	}
	f.Limit = bulkBatch + 1
	if b.before.After > 0 {
		f.After = &model.Cursor{Order: model.ByID, ID: b.before.After}
	}
	found, err := p.Directory.Users(r.Context(), a.Actor, f)
	users := slices.DeleteFunc(found.Items, func(u model.User) bool { return u.ID > b.before.Until })
	more := len(users) > bulkBatch
	return users[:min(len(users), bulkBatch)], more, err
}

// arguments returns the hidden fields of the operation and its parameters.
func (b *bulk) arguments() []ui.SentField {
	fields := []ui.SentField{{Name: "op", Value: b.op.name}, {Name: "confirmed", Value: "yes"}}
	if b.org.ID != 0 {
		fields = append(fields, ui.SentField{Name: opOrg, Value: b.org.Slug})
	}
	if b.role != 0 {
		fields = append(fields, ui.SentField{Name: opRole, Value: strconv.FormatInt(int64(b.role), 10)})
	}
	if b.project != "" {
		fields = append(fields, ui.SentField{Name: opProject, Value: b.project})
	}
	return fields
}

// undoForm returns the form that undoes the operation for some users.
func (b *bulk) undoForm(m *ui.Messages, users []model.UserID) *ui.Form {
	undo := *b
	undo.ids = users
	for _, op := range bulkOperations() {
		if op.name == b.op.inverse {
			undo.op = op
		}
	}
	return &ui.Form{Action: bulkPath, Submit: m.Text("script.undo"), Again: append(undo.selection(), undo.arguments()...)}
}
