package console

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

// asAdmin returns a browser with the session of an administrator.
func asAdmin(t *testing.T, o directory.Options) (*fixture, apitest.User) {
	t.Helper()
	b := newFixture(t, o)
	root := b.AddAdmin("root")
	b.signInAs(root)
	return b, root
}

// rowsOf returns the first words of the labels of the rows of a list, in their order.
func rowsOf(a browsertest.Response) []string {
	var labels []string
	for _, row := range regexp.MustCompile(`<(?:span|a) class="cut[^>]*>([^<]*)</(?:span|a)><span class="cut muted`).FindAllStringSubmatch(a.Body, -1) {
		label, _, _ := strings.Cut(html.UnescapeString(row[1]), " ")
		labels = append(labels, label)
	}
	return labels
}

func (b *fixture) wantRows(path string, want ...string) browsertest.Response {
	b.T.Helper()
	a := b.Get(path)
	if got := rowsOf(a); a.Status != 200 || strings.Join(got, " ") != strings.Join(want, " ") {
		b.T.Errorf("%s: status %d, rows %q, want %q", path, a.Status, got, want)
	}
	return a
}

// pagerLink returns the path of the link with that rel in the pager.
func pagerLink(t *testing.T, a browsertest.Response, rel string) string {
	t.Helper()
	link := regexp.MustCompile(`href="([^"]*)" rel="` + rel + `"`).FindStringSubmatch(a.Body)
	if link == nil {
		t.Fatalf("no link to the %s page", rel)
	}
	return html.UnescapeString(link[1])
}

// sendForm sends the form of a page with that button, with its hidden fields, and changes of them.
func (b *fixture) sendForm(a browsertest.Response, action string, fields ...string) browsertest.Response {
	b.T.Helper()
	_, form, found := strings.Cut(a.Body, `action="`+action+`"`)
	if !found {
		b.T.Fatalf("the page has no form to %s:\n%s", action, a.Body)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for _, input := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(form, -1) {
		values.Add(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	r := browsertest.Post(action, values.Encode())
	r.Header.Set("Origin", apitest.BaseURL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(r)
}

func idText(u apitest.User) string { return strconv.FormatInt(int64(u.ID), 10) }

func TestUsersAreListedPageByPage(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	want := []string{"root"}
	for i := range 59 {
		u := b.AddMember(fmt.Sprintf("user%02d", i))
		want = append([]string{u.Username}, want...)
	}
	first := b.wantRows("/console/users", want[:25]...)
	b.Want(first, 200, "60 users", `<span class="btn" aria-disabled="true">Previous</span>`)
	second := b.wantRows(pagerLink(t, first, "next"), want[25:50]...)
	third := b.wantRows(pagerLink(t, second, "next"), want[50:]...)
	b.Want(third, 200, `<span class="btn" aria-disabled="true">Next</span>`)
	back := b.wantRows(pagerLink(t, third, "prev"), want[25:50]...)
	b.wantRows(pagerLink(t, back, "next"), want[50:]...)
	start := b.wantRows(pagerLink(t, back, "prev"), want[:25]...)
	b.Want(start, 200, `<span class="btn" aria-disabled="true">Previous</span>`)
	b.wantRows("/console/users?rows=100&sort=username&q=user0", "user00", "user01", "user02", "user03", "user04", "user05", "user06", "user07", "user08", "user09")
	b.wantRows("/console/users?sort=-name&q=user5&rows=7", "user58", "user57", "user56", "user55", "user54", "user53", "user52", "user51", "user50")
	a := b.wantRows("/console/users?q=nobody-has-this")
	b.Want(a, 200, "No user matches", `href="/console/users">Clear filters</a>`, "0 users")
	if len(first.Body) > 100<<10 {
		t.Errorf("the first page has %d bytes", len(first.Body))
	}
}

func TestUsersAreFiltered(t *testing.T) {
	t.Parallel()
	b, root := asAdmin(t, directory.Options{})
	lab := b.AddOrganization("Lab")
	ada, bea := b.AddMemberTo(lab.ID, model.RoleAdmin, "ada"), b.AddMember("bea")
	cid := b.AddMember("cid")
	_, err := b.Directory.BlockUser(t.Context(), model.Operator(), bea.ID)
	b.Must(err)
	_, err = b.Directory.DeactivateUser(t.Context(), model.Operator(), cid.ID)
	b.Must(err)
	_, err = b.Directory.AddKey(t.Context(), model.Operator(), ada.ID, model.NewKey{Title: "k", Key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"})
	b.Must(err)
	rocket, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: lab.ID, Name: "Rocket"})
	b.Must(err)
	_, err = b.Directory.SetAssigned(t.Context(), model.Operator(), lab.ID, rocket.Permalink, ada.ID, true)
	b.Must(err)
	_, err = b.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: lab.ID, Email: "dan@example.org", GivenName: "Dan", FamilyName: "Day", MakeUser: true})
	b.Must(err)
	for query, want := range map[string][]string{
		"state=blocked":           {"bea"},
		"state=deactivated":       {"cid"},
		"state=invited":           {"Dan"},
		"state=active":            {"ada", "root"},
		"admin=yes":               {"root"},
		"org=" + lab.Slug:         {"Dan", "ada"},
		"role=1":                  {"ada", "root"},
		"org=lab&role=1":          {"ada"},
		"org=lab&project=rocket":  {"ada"},
		"key=ssh-ed25519":         {"ada"},
		"key=none&state=active":   {"root"},
		"factor=passkey":          {},
		"factor=none&admin=yes":   {"root"},
		"seen=never&q=ada":        {"ada"},
		"seen=day&q=ada":          {},
		"seen=dormant&q=ada":      {}, // new users are not dormant
		"cols[]=email&q=" + "ada": {"ada"},
	} {
		b.wantRows("/console/users?"+query, want...)
	}
	b.Want(b.Get("/console/users?org=lab&role=1&cols[]=created&cols[]=email"), 200, `<option value="lab" selected>Lab</option>`, `<option value="1" selected>Admin</option>`,
		`value="created" checked`, ">Created</a></th>", "Rocket")
	for _, query := range []string{"state=asleep", "admin=no", "factor=sms", "seen=later", "sort=password", "after=x", "sort=name&after=OjQyOg"} {
		b.Want(b.Get("/console/users?"+query), 422, "This cannot be done")
	}
	for _, query := range []string{"org=nothing", "role=99", "org=lab&role=x", "org=lab&project=nothing", "project=rocket"} {
		b.Want(b.Get("/console/users?"+query), 404)
	}
	_ = root
}

// An Admin of an organization sees nothing of another one, whatever the URL says.
func TestOrganizationAdminSeesOneOrganization(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	lab, navy := b.AddOrganization("Lab"), b.AddOrganization("Navy")
	chief, ada := b.AddMemberTo(lab.ID, model.RoleAdmin, "chief"), b.AddMemberTo(lab.ID, 0, "ada")
	grace := b.AddMemberTo(navy.ID, model.RoleAdmin, "grace")
	b.Must(b.Directory.AddMember(t.Context(), model.Operator(), navy.ID, ada.ID, 0))
	hidden, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: navy.ID, Name: "Submarine"})
	b.Must(err)
	b.signInAs(chief)
	a := b.wantRows("/console/users", "ada", "chief")
	b.Want(a, 200, "2 users", `<option value="lab" selected>Lab</option>`)
	b.Without(a, "Navy", "grace", "Submarine", "Any organization", `value="block"`, `value="delete"`, "Second factor", "Last activity", `value="invite:`)
	for _, path := range []string{"?q=grace", "?q=grace@roster.example", "?role=1&q=grace", "?state=blocked"} {
		b.Want(b.wantRows("/console/users"+path), 200, "0 users")
	}
	for _, path := range []string{"?org=navy", "?org=home", "?org=lab&project=" + hidden.Permalink, "/export?org=navy"} {
		b.Want(b.Get("/console/users"+path), 404)
	}
	for _, path := range []string{"?factor=none", "?seen=never", "?key=ssh-rsa"} {
		b.Want(b.Get("/console/users"+path), 403)
	}
	b.Without(b.Get("/console/users/export"), "grace", "Navy", "navy", "last_activity")
	list := b.Get("/console/users")
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "op", "block"), 403)
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(grace), "op", "leave"), 200, "0 users removed")
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "op", "leave", "op_org", "navy"), 404)
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(grace), "op", "export"), 200)
	b.Without(b.sendForm(list, "/console/users/selected", "id[]", idText(grace), "op", "export"), "grace")
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "op", "role", "op_role", "3"), 200, "Role of 1 user set.")
	memberships, err := b.Directory.MembershipsOf(t.Context(), model.Operator(), ada.ID)
	b.Must(err)
	if len(memberships) != 2 || memberships[0].Role.ID != model.RolePending || memberships[1].Role.ID == model.RolePending {
		t.Errorf("memberships %+v", memberships)
	}
}

// A role of an organization can have members.manage without roles.read.
func TestListNeedsNoPermissionToReadRoles(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	lab := b.AddOrganization("Lab")
	made, err := b.Directory.CreateRole(t.Context(), model.Operator(), role.NewRole{Org: lab.ID, Name: "Door", Permissions: []model.Permission{model.UsersRead, model.MembersManage}})
	b.Must(err)
	warden, ada := b.AddMemberTo(lab.ID, made.ID, "warden"), b.AddMemberTo(lab.ID, 0, "ada")
	b.signInAs(warden)
	b.wantRows("/console/users", "ada", "warden")
	b.Want(b.Get(userPath(ada.ID, "/access")), 200, `Role: <span class="badge">Member</span>`, "Remove")
	b.Want(b.sendForm(b.Get("/console/users"), "/console/users/selected", "id[]", idText(ada), "op", "leave"), 200)
}

func TestSelectedUsersAreBlockedAndUnblocked(t *testing.T) {
	t.Parallel()
	b, root := asAdmin(t, directory.Options{})
	ada, bea := b.AddMember("ada"), b.AddMember("bea")
	list := b.Get("/console/users?state=active")
	done := b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "id[]", idText(bea), "id[]", idText(root), "op", "block")
	b.Want(done, 200, "2 users blocked. All their sessions and tokens were revoked.", "1 user was not changed.", "The last administrator cannot be removed", `href="/console/users?state=active"`)
	b.wantRows("/console/users?state=blocked", "bea", "ada")
	undone := b.sendForm(done, "/console/users/selected")
	b.Want(undone, 200, "2 users unblocked.")
	b.wantRows("/console/users?state=active", "bea", "ada", "root")
	b.Want(b.sendForm(list, "/console/users/selected", "one", "deactivate:"+idText(ada)), 200, "1 user deactivated.")
	b.Want(b.sendForm(list, "/console/users/selected", "one", "block:"+idText(ada), "id[]", idText(bea)), 200, "1 user blocked.")
	b.wantRows("/console/users?state=blocked", "ada")
	again := b.sendForm(list, "/console/users/selected", "one", "block:"+idText(ada))
	b.Want(again, 200, "0 users blocked.", "No change needed")
	b.Without(again, "Undo</button>")
	b.LeadsTo(b.sendForm(list, "/console/users/selected", "op", "block"), "/console/users?done=none-selected&state=active")
	b.Want(b.Get("/console/users?done=none-selected"), 200, "No user was selected.")
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(bea), "op", "nothing"), 403)
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(bea)), 200, "Choose an action", `value="block">`, `value="delete">`)
}

func TestAllMatchingUsersAreChangedInSteps(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	for i := range 2*bulkBatch + 3 {
		b.AddMember(fmt.Sprintf("bot%d", i))
	}
	list := b.Get("/console/users?q=bot&sort=name")
	chosen := b.sendForm(list, "/console/users/selected", "all", "yes")
	b.Want(chosen, 200, "Choose an action", "and 198 other users")
	asked := b.sendForm(chosen, "/console/users/selected", "op", "block")
	b.Want(asked, 200, "Block users", "Blocked users cannot sign in to anything.", "and 198 other users")
	step := b.sendForm(asked, "/console/users/selected")
	b.Want(step, 200, "100 users blocked.", "data-continue")
	late := b.AddMember("bot-late") // created after the work began
	step = b.sendForm(step, "/console/users/selected")
	b.Want(step, 200, "200 users blocked.", "data-continue")
	step = b.sendForm(step, "/console/users/selected")
	b.Want(step, 200, "203 users blocked.")
	b.Without(step, "data-continue", "Undo</button>")
	b.wantRows("/console/users?q=bot&state=active", late.Username)
}

// The fields of a form that continues are not enough to begin in the middle.
func TestContinuationOfAnotherOperationIsRefused(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	for i := range bulkBatch + 1 {
		b.AddMember(fmt.Sprintf("bot%d", i))
	}
	selected := "/console/users/selected"
	b.Want(b.Send(selected, "op", "delete", "all", "yes", "view_q", "bot", "confirmed", "yes", "after", "1", "until", "999"), 200, "Type 101, the number of users, to confirm")
	b.Want(b.Send(selected, "op", "delete", "all", "yes", "view_q", "bot", "confirmed", "yes", "continuation", "eA"), 409)
	asked := b.Send(selected, "op", "block", "all", "yes", "view_q", "bot")
	step := b.sendForm(asked, selected)
	b.Want(step, 200, "100 users blocked.", "data-continue", `name="continuation"`)
	b.Want(b.sendForm(step, selected, "op", "delete"), 409, "This form has expired or was changed")
	b.Want(b.sendForm(step, selected, "view_q", "root"), 409)
	b.Want(b.sendForm(step, selected), 200, "101 users blocked.")
	b.Clock.Advance(2 * time.Hour)
	b.Want(b.sendForm(step, selected), 409)
}

func TestDeletionNeedsTheNumberOfUsers(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	ada, bea := b.AddMember("ada"), b.AddMember("bea")
	list := b.Get("/console/users")
	asked := b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "id[]", idText(bea), "id[]", idText(ada), "op", "delete")
	b.Want(asked, 200, "Delete users", "ada Example, bea Example", `data-confirm="2"`, "data-confirmed", "Type 2, the number of users, to confirm")
	b.Want(b.sendForm(asked, "/console/users/selected", "op_confirm", "3"), 422, "This is not the number of users. Nothing was deleted.")
	b.Want(b.sendForm(asked, "/console/users/selected", "op_confirm", "2"), 200, "2 users deleted.")
	b.wantRows("/console/users", "root")
}

func TestOperationsAskForTheirParameters(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	lab := b.AddOrganization("Lab")
	ada := b.AddMember("ada")
	_, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: lab.ID, Name: "Rocket"})
	b.Must(err)
	list := b.Get("/console/users")
	start := func(op string) browsertest.Response {
		return b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "op", op)
	}
	asked := start("role")
	b.Want(asked, 200, `<option value="lab">Lab</option>`)
	asked = b.sendForm(asked, "/console/users/selected", "op_org", "lab")
	b.Want(asked, 200, "Role in Lab", `<option value="1">Admin</option>`)
	b.Want(b.sendForm(asked, "/console/users/selected", "op_role", "2"), 200, "Role of 1 user set.")
	asked = b.sendForm(start("assign"), "/console/users/selected", "op_org", "lab")
	done := b.sendForm(asked, "/console/users/selected", "op_project", "rocket")
	b.Want(done, 200, "1 user assigned.")
	b.Want(b.sendForm(done, "/console/users/selected"), 200, "1 user unassigned.")
	b.Want(b.sendForm(start("leave"), "/console/users/selected", "op_org", "lab"), 200, "1 user removed from the organization.")
	b.Want(b.sendForm(start("leave"), "/console/users/selected", "op_org", "lab"), 200, "0 users removed from the organization.", "No change needed")
	b.Want(b.Send(userPath(ada.ID, "/leave"), "op_org", "lab"), 404)
	b.wantRows("/console/users?org=lab")
	b.Want(b.sendForm(asked, "/console/users/selected", "op_project", "rocket"), 200, "0 users assigned.", "This user is not a member of the organization of the project.")
	b.Want(b.sendForm(start("assign"), "/console/users/selected", "op_org", "home"), 409, "no project")
	b.Want(start("invite"), 200, "0 users invited again.", "This user waits for no invitation.")
	_, err = b.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: lab.ID, Email: "dan@example.org", GivenName: "Dan", FamilyName: "Day", MakeUser: true})
	b.Must(err)
	before := b.Mailed("dan@example.org")
	dan := b.Get("/console/users?state=invited")
	id := regexp.MustCompile(`name="id\[\]" value="(\d+)"`).FindStringSubmatch(dan.Body)[1]
	b.Want(b.sendForm(dan, "/console/users/selected", "id[]", id, "op", "invite"), 200, "1 user invited again.")
	if after := b.Mailed("dan@example.org"); after == before {
		t.Error("the link is the same")
	}
}

func TestRecentAuthenticationIsAskedForWithTheSelection(t *testing.T) {
	t.Parallel()
	b, root := asAdmin(t, directory.Options{Reauthenticate: 15 * time.Minute})
	ada := b.AddMember("ada")
	list := b.Get("/console/users")
	b.Want(b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "op", "block"), 200, "1 user blocked.")
	b.Clock.Advance(time.Hour)
	asked := b.sendForm(list, "/console/users/selected", "id[]", idText(ada), "op", "unblock")
	b.Want(asked, 403, "Confirm with your password", `name="id[]" value="`+idText(ada)+`"`)
	b.Want(b.sendForm(asked, "/console/users/selected", browser.ConfirmPassword, root.Password), 200, "1 user unblocked.")
}

// A cookie of an open browser deletes no users and ends no administrators. Nothing changes before the confirmation,
// and the form is kept.
func TestEndingUsersAndOrganizationsAsksForThePasswordFirst(t *testing.T) {
	t.Parallel()
	b, root := asAdmin(t, directory.Options{Reauthenticate: 15 * time.Minute})
	ada, bea, cleo, chief := b.AddMember("ada"), b.AddMember("bea"), b.AddMember("cleo"), b.AddAdmin("chief")
	org := b.AddOrganization("Navy")
	confirm := func(asked browsertest.Response, path string, kept ...string) browsertest.Response {
		t.Helper()
		b.Want(asked, 403, append(kept, "Confirm with your password")...)
		return b.sendForm(asked, path, browser.ConfirmPassword, root.Password)
	}
	stale := func() { b.Clock.Advance(time.Hour) }
	bulk, list := "/console/users/selected", b.Get("/console/users")
	stale()
	b.Want(b.sendForm(list, bulk, "id[]", idText(cleo), "op", "block"), 200, "1 user blocked.") // it can be undone
	asked := b.sendForm(list, bulk, "id[]", idText(ada), "id[]", idText(chief), "op", "block")
	b.Want(b.Get(userPath(ada.ID, "")), 200, "Active")
	b.Want(confirm(asked, bulk, `name="id[]" value="`+idText(ada)+`"`, `name="op" value="block"`), 200, "2 users blocked.")
	stale()
	asked = b.sendForm(list, bulk, "id[]", idText(ada), "id[]", idText(bea), "op", "delete", "op_confirm", "2")
	b.Want(b.Get(userPath(ada.ID, "")), 200)
	b.Want(confirm(asked, bulk, `name="op_confirm" value="2"`), 200, "2 users deleted.")

	other := b.AddAdmin("other")
	path := userPath(other.ID, "/state")
	stale()
	b.stateChanged(confirm(b.Send(path, "op", "deactivate"), path, `name="op" value="deactivate"`), userPath(other.ID, ""), "deactivate")
	last := b.AddAdmin("last")
	path = userPath(last.ID, "/offboard")
	opened := b.Get(path)
	stale()
	b.LeadsTo(confirm(b.sendForm(opened, path, "confirm", "last"), path, `name="confirm" value="last"`), userPath(last.ID, "?done=offboarded"))
	path = orgPath(org, "/delete")
	stale()
	b.LeadsTo(confirm(b.Send(path, "confirm", "Navy"), path, `name="confirm" value="Navy"`), "/console/organizations?done=organization-deleted")
}

func TestExportAsksForThePasswordFirst(t *testing.T) {
	t.Parallel()
	b, root := asAdmin(t, directory.Options{Reauthenticate: 15 * time.Minute})
	b.AddMember("ada")
	bulk, list := "/console/users/selected", b.Get("/console/users")
	b.Want(b.Get("/console/users/export"), 200, "ada@roster.example")
	b.Clock.Advance(time.Hour)
	link := b.Get("/console/users/export?q=ada")
	b.Want(link, 403, "Confirm with your password first")
	b.Without(link, "ada@roster.example")
	asked := b.sendForm(link, bulk)
	b.Want(asked, 403, `id="confirm_password"`, `name="op" value="export"`, `name="view_q" value="ada"`)
	b.Want(b.sendForm(asked, bulk, browser.ConfirmPassword, "wrong"), 422, `id="confirm_password-error"`)
	confirmed := b.sendForm(asked, bulk, browser.ConfirmPassword, root.Password)
	b.Want(confirmed, 200, "Confirmed.", "data-continue")
	file := b.sendForm(confirmed, bulk)
	b.Want(file, 200, "ada@roster.example")
	b.Without(file, "root@roster.example")
	b.Clock.Advance(time.Hour)
	b.Want(b.sendForm(list, bulk, "id[]", idText(root), "op", "export"), 403, `id="confirm_password"`)
}

// Users choose their names; the file opens in a spreadsheet.
func TestExportHasNoFormulas(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	u := b.AddMember("ada")
	name := `=HYPERLINK("https://evil.example";"click");=1`
	_, err := b.Directory.ChangeUser(t.Context(), model.Operator(), u.ID, directory.UserChange{Name: &name})
	b.Must(err)
	a := b.Get("/console/users/export?q=ada")
	b.Want(a, 200, "id,username,name,email,state,administrator,service_account,organizations,created_at,second_factor,last_activity_at\n",
		`,ada,"'=HYPERLINK(""https://evil.example"";""click"");'=1",ada@roster.example,active,false,false,home:Member,`)
	if a.Header.Get("Content-Disposition") != `attachment; filename="users.csv"` || strings.Count(a.Body, "\n") != 2 {
		t.Errorf("%v\n%s", a.Header, a.Body)
	}
}

func idText64(id int64) string { return strconv.FormatInt(id, 10) }
