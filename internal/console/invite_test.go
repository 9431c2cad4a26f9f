package console

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

const (
	guest    = "grace@lab.example"
	passcode = "correct horse"
)

func (v *visit) logIn(username, password string) error {
	v.t.Helper()
	_, _, err := v.Directory.CheckPassword(v.t.Context(), stranger(), directory.Login{Name: username, Password: secret.Text(password)})
	return err
}

func TestNewUserAcceptsAnInvitation(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	v.invite(directory.NewInvitation{Email: guest})
	email, err := v.Mail(guest) // its link proves the address, the inviter's does not
	v.must(err)
	link := email.Link
	v.want(v.get(link), 200, "<dd>Home</dd>", "<dd>"+guest+"</dd>", "Given name", `autocomplete="family-name"`)
	done := v.send(link, "username", "grace", "password", passcode, "given_name", "Grace ", "family_name", "Hopper")
	v.want(done, 200, "Welcome to Home", "curl -u &#39;home/grace:"+keyOn(t, done)+"&#39;")
	who, err := v.Directory.Authenticate(t.Context(), stranger(), directory.Credential{Secret: secret.Text(keyOn(t, done))})
	v.must(err)
	me, err := v.Directory.Me(t.Context(), who)
	v.must(err)
	if me.Name != "Grace Hopper" || !me.Primary().Verified || me.Admin {
		t.Errorf("made %+v", me)
	}
	v.must(v.logIn("grace", passcode))
}

func TestInvitedUserAcceptsTheInvitation(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	link := v.invite(directory.NewInvitation{Email: guest, MakeUser: true, GivenName: "Grace", FamilyName: "Hopper"}).Link
	page := v.get(link)
	v.want(page, 200, "<dd>Grace Hopper</dd>", `name="username"`)
	v.without(page, "given_name")
	v.want(v.send(link, "username", "grace", "password", passcode, "given_name", "Eve"), 200, "Welcome to Home")
	u, err := v.Directory.UserByUsername(t.Context(), directory.Operator(), "grace")
	v.must(err)
	if u.Name != "Grace Hopper" || u.State != directory.Active {
		t.Errorf("made %+v", u)
	}
}

func TestAcceptanceErrorsAreShownAtTheirFields(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	v.AddMember("grace")
	link := v.invite(directory.NewInvitation{Email: guest}).Link
	v.want(v.send(link, "username", "grace", "password", passcode, "given_name", "G"), 409,
		`id="username-error">This username is already taken`, `value="G"`)
	v.want(v.send(link, "username", "grace2", "password", "x", "given_name", strings.Repeat("g", 300)), 422,
		`id="password-error">Use at least 8`, `id="given_name-error">Use at most 255`)
	v.want(v.send(link, "username", "grace2", "password", passcode), 200)
}

func TestInvalidInvitationIsRejected(t *testing.T) {
	t.Parallel()
	fill := []string{"username", "grace", "password", passcode}
	for name, kill := range map[string]func(v *visit, sent directory.SentInvitation){
		"used":    func(v *visit, sent directory.SentInvitation) { v.want(v.send(sent.Link, fill...), 200) },
		"expired": func(v *visit, _ directory.SentInvitation) { v.clock.Advance(8 * 24 * time.Hour) },
		"revoked": func(v *visit, sent directory.SentInvitation) {
			v.must(v.Directory.RevokeInvitation(v.t.Context(), directory.Operator(), sent.Invitation.Org, sent.Invitation.ID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisit(t, directory.Options{})
			sent := v.invite(directory.NewInvitation{Email: guest, MakeUser: true, GivenName: "Grace", FamilyName: "Hopper"})
			kill(v, sent)
			v.want(v.get(sent.Link), 410, "Ask the sender for a new one")
			v.want(v.send(sent.Link, "username", "eve", "password", passcode), 410)
		})
	}
}

func TestExistingUserJoinsBySigningIn(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.AddMember("ada")
	lab := v.AddOrganization("Lab")
	v.invite(directory.NewInvitation{Org: lab.ID, Email: "ada@roster.example"})
	link := v.mailed("ada@roster.example")
	page := v.get(link)
	v.want(page, 200, "of the account with this email", `autocomplete="current-password"`)
	v.without(page, `name="username"`)
	v.recorded()
	v.want(v.send(link, "password", "wrong"), 422, `id="password-error">The password is not correct.`)
	v.want(v.send(link, "password", ada.Password), 200, "You are a member of Lab")
	if got := v.recorded(); !strings.Contains(got, "invitation.accept") || !strings.Contains(got, "session.close") {
		t.Errorf("recorded:\n%s", got)
	}
	memberships, err := v.Directory.MyOrganizations(t.Context(), v.ActorFor(ada))
	v.must(err)
	if len(memberships) != 2 {
		t.Errorf("memberships: %+v", memberships)
	}
	sessions, err := v.Directory.Sessions(t.Context(), v.ActorFor(ada))
	v.must(err)
	if len(sessions) != 0 {
		t.Errorf("left open: %+v", sessions)
	}
	v.want(v.send(link, "password", ada.Password), 410)
}

// The inviter of any organization sees such a link.
func TestLinkThatTheInviterSeesDoesNotRevealAnAccount(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada, lab := v.AddMember("ada"), v.AddOrganization("Lab")
	held := v.invite(directory.NewInvitation{Org: lab.ID, Email: "ada@roster.example"}).Link
	free := v.invite(directory.NewInvitation{Org: lab.ID, Email: guest}).Link
	alike := func(ask func(link string) answer) {
		t.Helper()
		words := strings.NewReplacer(guest, "ADDRESS", "ada@roster.example", "ADDRESS", token(t, held), "TOKEN", token(t, free), "TOKEN")
		a, b := ask(held), ask(free)
		if a.status != b.status || words.Replace(a.body) != words.Replace(b.body) {
			t.Errorf("an address with an account answers\n%d %s\nand a free one\n%d %s", a.status, a.body, b.status, b.body)
		}
	}
	alike(v.get)
	alike(func(link string) answer { return v.send(link, "step", "log_in") })
	alike(func(link string) answer { return v.send(link, "password", "wrong") })
	v.want(v.send(held, "step", "log_in"), 200, `autocomplete="current-password"`)
	v.want(v.send(held, "password", ada.Password), 200, "You are a member of Lab")
}

func token(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("token")
}

// An account that claimed the address and never verified it is not in the way.
func TestMailedInvitationOffersBothWaysWhereAnAccountClaimsTheAddress(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	_, err := v.Directory.Register(t.Context(), directory.AnonymousActor(directory.Wekan, "192.0.2.1", ""),
		directory.Registration{Username: "squatter", Email: guest, Password: "long enough 1"})
	v.must(err)
	lab := v.AddOrganization("Lab")
	v.invite(directory.NewInvitation{Org: lab.ID, Email: guest, Role: directory.RoleAdmin, MakeUser: true, GivenName: "Grace", FamilyName: "Hopper"})
	link := v.mailed(guest)
	v.want(v.get(link), 200, `name="username"`, "Sign in instead")
	v.want(v.send(link, "username", "grace", "password", passcode), 200, "Welcome to Lab")
	grace, err := v.Directory.UserByEmail(t.Context(), directory.Operator(), guest)
	v.must(err)
	if grace.Username != "grace" || !grace.Primary().Verified {
		t.Errorf("the address belongs to %+v", grace)
	}
}

func TestBlockedUserCannotJoin(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.AddMember("ada")
	shown := v.invite(directory.NewInvitation{Org: v.AddOrganization("Lab").ID, Email: "ada@roster.example"}).Link
	link := v.mailed("ada@roster.example")
	_, err := v.Directory.BlockUser(t.Context(), directory.Operator(), ada.ID)
	v.must(err)
	v.want(v.send(link, "password", ada.Password), 403, "This account is not active.")
	v.want(v.send(shown, "password", ada.Password), 422, "The password is not correct.")
}

func TestMemberIsToldOfTheExistingMembership(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada, lab := v.AddMember("ada"), v.AddOrganization("Lab")
	link := v.invite(directory.NewInvitation{Org: lab.ID, Email: "ada@roster.example"}).Link
	v.must(v.Directory.AddMember(t.Context(), directory.Operator(), lab.ID, ada.ID, 0))
	v.want(v.send(link, "password", ada.Password), 409, "You are a member already.")
	sessions, err := v.Directory.Sessions(t.Context(), v.ActorFor(ada))
	v.must(err)
	if len(sessions) != 0 {
		t.Errorf("left open: %+v", sessions)
	}
}

func TestPasswordGuessingIsLimited(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{Login: directory.LoginLimits{AccountFailures: 2}})
	ada := v.AddMember("ada")
	link := v.invite(directory.NewInvitation{Org: v.AddOrganization("Lab").ID, Email: "ada@roster.example"}).Link
	v.want(v.send(link, "password", "wrong"), 422)
	v.want(v.send(link, "password", "wrong"), 422)
	a := v.send(link, "password", ada.Password)
	v.want(a, 429, "Wait 10 minutes, then try again.")
	if got := a.header.Get("Retry-After"); got != "600" {
		t.Errorf("Retry-After %q", got)
	}
	v.clock.Advance(11 * time.Minute)
	v.want(v.send(link, "password", ada.Password), 200)
}
