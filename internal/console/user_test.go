package console

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/secret"
)

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

func TestUserHasPages(t *testing.T) {
	t.Parallel()
	b, root := asAdmin(t, directory.Options{})
	ada := b.AddMember("ada")
	path := userPath(ada.ID, "")
	b.Want(b.Get(path), 200, "<h1>ada Example</h1>", "ada@roster.example", "Active", "Home", "History", path+"/offboard", path+"/edit", "Send password reset", "Make administrator")
	b.Want(b.Get(path+"/access"), 200, `<option value="2" selected>Member</option>`)
	b.Want(b.Get(path+"/credentials"), 200, "The user has no SSH key.", "API key")
	b.Want(b.Get(path+"/sessions"), 200, "The user has no open session.")
	b.Want(b.Get(path+"/history"), 200, "Account created", "the command line")
	b.Want(b.Get(path+"/edit"), 200, `name="version"`, `value="ada"`)
	b.Want(b.Get(userPath(root.ID, "")), 200, "Remove as administrator")
	for _, path := range []string{"/console/users/999999", "/console/users/x", "/console/users/0", "/console/users/999999/edit", "/console/users/-1/offboard"} {
		b.Want(b.Get(path), 404)
	}
}

// stateChanged returns the page that a form which changed the state of a user leads to.
func (b *fixture) stateChanged(a browsertest.Response, path, op string) string {
	b.T.Helper()
	to := a.Header.Get("Location")
	if !strings.HasPrefix(to, path+"?done="+op+"&undo=") {
		b.T.Errorf("status %d leads to %q", a.Status, to)
	}
	return to
}

func TestStateOfAUserIsChanged(t *testing.T) {
	t.Parallel()
	b, root := asAdmin(t, directory.Options{})
	ada := b.AddMember("ada")
	path := userPath(ada.ID, "")
	for _, op := range []string{"block", "unblock", "deactivate", "reactivate"} {
		b.Without(b.Get(path+"?done="+op), "Undo</button>") // a link that anyone sent
		changed := b.stateChanged(b.Send(path+"/state", "op", op), path, op)
		done := b.Get(changed)
		b.Want(done, 200, "The user was "+op, "Undo</button>")
		_, banner, _ := strings.Cut(done.Body, "banner-ok")
		done.Body = banner
		b.Want(b.sendForm(done, path+"/state"), 303)
		b.Without(b.Get(changed), "Undo</button>") // it was undone
		changed = b.stateChanged(b.Send(path+"/state", "op", op), path, op)
		b.Without(b.Get(strings.Replace(changed, path, userPath(root.ID, ""), 1)), "Undo</button>")
		b.LeadsTo(b.Send(path+"/state", "op", op), path+"?done="+op) // nothing changed, so nothing can be undone
	}
	b.Want(b.Send(path+"/state", "op", "promote"), 422)
	b.Want(b.Send(userPath(root.ID, "/state"), "op", "block"), 403, "The last administrator cannot be removed")
	b.LeadsTo(b.Send(path+"/administrator", "to", "yes"), path+"?done=administrator")
	b.Want(b.Get(path), 200, "Remove as administrator", `badge-accent">administrator`)
	b.LeadsTo(b.Send(path+"/administrator", "to", "no"), path+"?done=administrator")
	b.LeadsTo(b.Send(path+"/reset-password"), path+"?done=reset-sent")
	if link := b.Mailed("ada@roster.example"); !strings.Contains(link, "reset-password") {
		t.Errorf("mailed %q", link)
	}
	sent, err := b.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: b.Home.ID, Email: "dan@example.org", GivenName: "Dan", FamilyName: "Day", MakeUser: true})
	b.Must(err)
	b.Want(b.Get(userPath(sent.User.ID, "")), 200, "Invited", "Invite again")
	b.LeadsTo(b.Send(userPath(sent.User.ID, "/invite")), userPath(sent.User.ID, "?done=invited"))
	b.Want(b.Send(userPath(sent.User.ID, "/reset-password")), 409, "was invited and has no password yet")
}

// The second of two administrators is told what the first one changed, and nothing is lost.
func TestSecondAdministratorIsToldWhatChanged(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	second := b.AddAdmin("second")
	ada := b.AddMember("ada")
	path := userPath(ada.ID, "/edit")
	opened := b.Get(path)
	company := "Navy"
	_, err := b.Directory.ChangeUser(t.Context(), b.ActorFor(second), ada.ID, directory.UserChange{Company: &company})
	b.Must(err)
	fields := []string{"username", "ada", "given_name", "Augusta", "family_name", "Example", "bio", "", "company", "", "website_url", ""}
	conflict := b.sendForm(opened, path, fields...)
	b.Want(conflict, 409, "second changed this user meanwhile", "Company: <del>–</del>", "<ins>Navy</ins>", `name="company" type="text" value="Navy"`, `value="Augusta"`)
	if u := b.userNow(ada.ID); u.GivenName != "ada" || u.Company != "Navy" {
		t.Errorf("the user is %+v", u)
	}
	fields[9] = "Navy"
	b.LeadsTo(b.sendForm(conflict, path, fields...), userPath(ada.ID, "?done=saved"))
	if u := b.userNow(ada.ID); u.GivenName != "Augusta" || u.Company != "Navy" {
		t.Errorf("the user is %+v", u)
	}
	opened = b.Get(path)
	fields[1], fields[11] = "second", "javascript:alert(1)"
	b.Want(b.sendForm(opened, path, fields...), 422, `id="website_url-error"`, `value="javascript:alert(1)"`)
	fields[11] = ""
	b.Want(b.sendForm(opened, path, fields...), 409, `id="username-error"`)
}

func (b *fixture) userNow(id model.UserID) model.User {
	b.T.Helper()
	u, err := b.Directory.User(b.T.Context(), model.Operator(), id)
	b.Must(err)
	return u
}

func TestAddressesAndCredentialsOfAUserAreManaged(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	ada := b.AddMember("ada")
	path := userPath(ada.ID, "")
	back := path + "/credentials?done="
	b.Want(b.Send(path+"/emails", "email", "none"), 422, `id="email-error"`, `value="none"`)
	b.LeadsTo(b.Send(path+"/emails", "email", "ada@lab.example"), back+"email-added")
	emails := b.userNow(ada.ID).Emails
	added := path + "/emails/" + itoa(emails[len(emails)-1].ID)
	b.LeadsTo(b.Send(added+"/resend"), back+"resent")
	b.LeadsTo(b.Send(added+"/primary"), back+"primary")
	emails = b.userNow(ada.ID).Emails
	b.LeadsTo(b.Send(path+"/emails/"+itoa(emails[len(emails)-1].ID)+"/resend"), back+"resent")
	b.Want(b.Send(path+"/emails/"+itoa(b.userNow(ada.ID).Primary().ID)+"/remove"), 409)
	b.Want(b.Send(path+"/keys", "key", "none"), 422, `id="key-error"`)
	b.LeadsTo(b.Send(path+"/keys", "key", publicKey, "title", "laptop"), back+"key-added")
	keys, err := b.Directory.Keys(t.Context(), model.Operator(), ada.ID)
	b.Must(err)
	b.Want(b.Get(path+"/credentials"), 200, "laptop", html.EscapeString(keys[0].Title))
	b.LeadsTo(b.Send(path+"/keys/"+itoa(keys[0].ID)+"/remove"), back+"key-removed")
	b.Want(b.Send(path+"/keys/999/remove"), 404)
	b.Want(b.Send(path+"/tokens/999/revoke"), 404)
	b.LeadsTo(b.Send(path+"/second-factor/reset"), back+"factor-reset")
	made, _, err := b.Directory.CreateSessionFor(t.Context(), model.Operator(), ada.ID, model.WekanLogin)
	b.Must(err)
	b.Want(b.Get(path+"/sessions"), 200, "End all sessions")
	b.LeadsTo(b.Send(path+"/sessions/"+itoa(made.ID)+"/revoke"), path+"/sessions?done=session-ended")
	b.LeadsTo(b.Send(path+"/sessions/revoke"), path+"/sessions?done=sessions-ended")
	b.Want(b.Get(path+"/sessions"), 200, "The user has no open session.")
}

func itoa[ID ~int64](id ID) string { return idText64(int64(id)) }

func TestRolesAndProjectsOfAUserAreManaged(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	lab, navy := b.AddOrganization("Lab"), b.AddOrganization("Navy")
	chief, ada, grace := b.AddMemberTo(lab.ID, model.RoleAdmin, "chief"), b.AddMemberTo(lab.ID, 0, "ada"), b.AddMemberTo(navy.ID, 0, "grace")
	b.Must(b.Directory.AddMember(t.Context(), model.Operator(), navy.ID, ada.ID, 0))
	_, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: lab.ID, Name: "Rocket"})
	b.Must(err)
	b.signInAs(chief)
	path := userPath(ada.ID, "")
	for _, below := range []string{"", "/access"} {
		a := b.Get(path + below)
		b.Want(a, 200, "Lab")
		b.Without(a, "Navy", "Last activity", "Second factor", "/offboard", "/edit", "History")
	}
	for _, below := range []string{"/edit", "/credentials", "/sessions", "/history", "/offboard"} {
		b.Want(b.Get(path+below), 403, "Only administrators of the server may open this page.")
	}
	b.Want(b.Get(userPath(grace.ID, "")), 404)
	b.Want(b.Get(userPath(grace.ID, "/access")), 404)
	back := path + "/access?done="
	b.LeadsTo(b.Send(path+"/project", "op_org", "lab", "op_project", "rocket", "to", "yes"), back+"projects")
	b.Want(b.Get(path+"/access"), 200, "<span>Rocket</span>")
	b.LeadsTo(b.Send(path+"/project", "op_org", "lab", "op_project", "rocket", "to", "no"), back+"projects")
	b.LeadsTo(b.Send(path+"/role", "op_org", "lab", "op_role", "1"), back+"user-role")
	b.Want(b.Send(path+"/role", "op_org", "lab", "op_role", "x"), 422)
	for _, form := range []string{"/role", "/leave", "/project"} {
		b.Want(b.Send(path+form, "op_org", "navy", "op_role", "1", "op_project", "x", "to", "yes"), 404)
	}
	for _, form := range []string{"/join", "/state", "/administrator", "/reset-password", "/emails", "/keys", "/offboard", "/edit", "/sessions/revoke"} {
		b.Want(b.Send(path+form, "op_org", "lab", "to", "yes"), 403)
	}
	b.LeadsTo(b.Send(path+"/leave", "op_org", "lab"), back+"left")
	b.Want(b.Get(path), 404)
	b.signInAs(b.AddAdmin("root"))
	b.LeadsTo(b.Send(path+"/join", "op_org", "lab"), back+"joined")
}

func TestOffboardingAsksWhoTakesOver(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	lab := b.AddOrganization("Lab")
	ada, bea := b.AddMemberTo(lab.ID, model.RoleAdmin, "ada"), b.AddMemberTo(lab.ID, 0, "bea")
	_, err := b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: lab.ID, Name: "Rocket"})
	b.Must(err)
	_, err = b.Directory.SetAssigned(t.Context(), model.Operator(), lab.ID, "rocket", ada.ID, true)
	b.Must(err)
	_, _, err = b.Directory.CreateSessionFor(t.Context(), model.Operator(), ada.ID, model.WekanLogin)
	b.Must(err)
	path := userPath(ada.ID, "/offboard")
	opened := b.Get(path)
	b.Want(opened, 200, "Offboard ada Example", "Last Admin of Lab", "Only assignee of Rocket", "1 session", `<option value="bea">bea Example</option>`, `data-confirm="ada"`, "No assignee", `data-fragment="dialog"`)
	org := "admin_" + itoa(lab.ID)
	b.Want(b.sendForm(opened, path, org, "bea", "confirm", "bea"), 422, "This is not the name above.")
	b.Want(b.sendForm(opened, path, org, "nobody", "confirm", "ada"), 422, "Choose an active member of the organization.")
	b.Want(b.sendForm(opened, path, org, "ada", "confirm", "ada"), 422)
	if u := b.userNow(ada.ID); u.State != model.Active {
		t.Fatalf("the user is %s", u.State)
	}
	b.LeadsTo(b.sendForm(opened, path, org, "bea", "confirm", "ada"), userPath(ada.ID, "?done=offboarded"))
	b.Want(b.Get(userPath(ada.ID, "?done=offboarded")), 200, "The user was offboarded", "Blocked")
	memberships, err := b.Directory.MembershipsOf(t.Context(), model.Operator(), bea.ID)
	b.Must(err)
	if memberships[len(memberships)-1].Role.ID != model.RoleAdmin {
		t.Errorf("memberships %+v", memberships)
	}
}

// Every field of a user, an organization, a project and a key can hold markup. No page runs it.
func TestPagesEscapeHostileData(t *testing.T) {
	t.Parallel()
	b, _ := asAdmin(t, directory.Options{})
	const evil = `"><script>alert(1)</script>{{.}}`
	lab := b.AddOrganization(evil)
	u := b.AddMemberTo(lab.ID, model.RoleAdmin, "mallory")
	text := evil
	_, err := b.Directory.ChangeUser(t.Context(), model.Operator(), u.ID, directory.UserChange{Name: &text, Bio: &text, Company: &text})
	b.Must(err)
	_, err = b.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: lab.ID, Name: evil})
	b.Must(err)
	projects, err := b.Directory.Projects(t.Context(), model.Operator(), lab.ID)
	b.Must(err)
	_, err = b.Directory.SetAssigned(t.Context(), model.Operator(), lab.ID, projects[0].Permalink, u.ID, true)
	b.Must(err)
	_, err = b.Directory.AddKey(t.Context(), model.Operator(), u.ID, model.NewKey{Title: evil, Key: publicKey})
	b.Must(err)
	b.Agent = evil
	b.signInAs(u)
	b.signInAs(b.AddAdmin("other"))
	pages := []string{"/console", "/console/users", "/console/users?q=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/console/users?org=" + lab.Slug}
	for _, below := range []string{"", "/access", "/credentials", "/sessions", "/history", "/edit", "/offboard"} {
		pages = append(pages, userPath(u.ID, below))
	}
	for _, page := range pages {
		a := b.Get(page)
		b.Want(a, 200)
		b.Without(a, "<script>alert")
		if size := len(a.Body); size > 100<<10 {
			t.Errorf("%s has %d bytes", page, size)
		}
	}
	r := browsertest.Post(userPath(u.ID, "/edit"), "username=%3Cscript%3Ealert(1)&given_name="+string(secret.Text("%3Cscript%3Ealert(1)")))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a := b.Do(r)
	b.Without(a, "<script>alert")
	if a.Status == http.StatusOK || a.Status >= 500 {
		t.Errorf("status %d", a.Status)
	}
}
