package console

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

const (
	guest        = "grace@lab.example"
	testPassword = "correct horse"
)

func (b *fixture) logIn(username, password string) error {
	b.T.Helper()
	_, _, err := b.Directory.CheckPassword(b.T.Context(), browsertest.Anonymous(), login.Attempt{Name: username, Password: secret.Text(password)})
	return err
}

func TestNewUserAcceptsAnInvitation(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.invite(invitation.NewInvitation{Email: guest})
	email, err := b.Mail(guest) // its link verifies the address, the inviter's does not
	b.Must(err)
	link := email.Link
	b.Want(b.Get(link), 200, "<dd>Home</dd>", "<dd>"+guest+"</dd>", "Given name", `autocomplete="family-name"`)
	done := b.Send(link, "username", "grace", "password", testPassword, "given_name", "Grace ", "family_name", "Hopper")
	b.Want(done, 200, "Welcome to Home", "curl -u &#39;home/grace:"+shownKey(t, done)+"&#39;")
	actor, err := b.Directory.Authenticate(t.Context(), browsertest.Anonymous(), directory.Credential{Secret: secret.Text(shownKey(t, done))})
	b.Must(err)
	me, err := b.Directory.Me(t.Context(), actor)
	b.Must(err)
	if me.Name != "Grace Hopper" || !me.Primary().Verified || me.Admin {
		t.Errorf("created %+v", me)
	}
	b.Must(b.logIn("grace", testPassword))
}

func TestInvitedUserAcceptsTheInvitation(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.invite(invitation.NewInvitation{Email: guest, MakeUser: true, GivenName: "Grace", FamilyName: "Hopper"}).Link
	page := b.Get(link)
	b.Want(page, 200, "<dd>Grace Hopper</dd>", `name="username"`)
	b.Without(page, "given_name")
	b.Want(b.Send(link, "username", "grace", "password", testPassword, "given_name", "Eve"), 200, "Welcome to Home")
	u, err := b.Directory.UserByUsername(t.Context(), model.Operator(), "grace")
	b.Must(err)
	if u.Name != "Grace Hopper" || u.State != model.Active {
		t.Errorf("created %+v", u)
	}
}

func TestAcceptanceErrorsAreShownAtTheirFields(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.AddMember("grace")
	link := b.invite(invitation.NewInvitation{Email: guest}).Link
	b.Want(b.Send(link, "username", "grace", "password", testPassword, "given_name", "G"), 409,
		`id="username-error">This username is already taken`, `value="G"`)
	b.Want(b.Send(link, "username", "grace2", "password", "x", "given_name", strings.Repeat("g", 300)), 422,
		`id="password-error">Use at least 8`, `id="given_name-error">Use at most 255`)
	b.Want(b.Send(link, "username", "grace2", "password", testPassword), 200)
}

func TestInvalidInvitationIsRejected(t *testing.T) {
	t.Parallel()
	fill := []string{"username", "grace", "password", testPassword}
	for name, invalidate := range map[string]func(b *fixture, sent invitation.Sent){
		"used":    func(b *fixture, sent invitation.Sent) { b.Want(b.Send(sent.Link, fill...), 200) },
		"expired": func(b *fixture, _ invitation.Sent) { b.Clock.Advance(8 * 24 * time.Hour) },
		"revoked": func(b *fixture, sent invitation.Sent) {
			b.Must(b.Directory.RevokeInvitation(b.T.Context(), model.Operator(), sent.Invitation.Org, sent.Invitation.ID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newFixture(t, directory.Options{})
			sent := b.invite(invitation.NewInvitation{Email: guest, MakeUser: true, GivenName: "Grace", FamilyName: "Hopper"})
			invalidate(b, sent)
			b.Want(b.Get(sent.Link), 410, "Ask the sender for a new one")
			b.Want(b.Send(sent.Link, "username", "eve", "password", testPassword), 410)
		})
	}
}

func TestExistingUserJoinsBySigningIn(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada := b.AddMember("ada")
	lab := b.AddOrganization("Lab")
	b.invite(invitation.NewInvitation{Org: lab.ID, Email: "ada@roster.example"})
	link := b.Mailed("ada@roster.example")
	page := b.Get(link)
	b.Want(page, 200, "of the account with this email", `autocomplete="current-password"`)
	b.Without(page, `name="username"`)
	b.Recorded()
	b.Want(b.Send(link, "password", "wrong"), 422, `id="password-error">The password is not correct.`)
	b.Want(b.Send(link, "password", ada.Password), 200, "You are a member of Lab")
	if got := b.Recorded(); !strings.Contains(got, "invitation.accept") || strings.Contains(got, "session.close") {
		t.Errorf("recorded:\n%s", got)
	}
	memberships, err := b.Directory.MyOrganizations(t.Context(), b.ActorFor(ada))
	b.Must(err)
	if len(memberships) != 2 {
		t.Errorf("memberships: %+v", memberships)
	}
	b.LeadsTo(b.Get("/"), "/account") // the browser is signed in
	b.Want(b.Send(link, "password", ada.Password), 410)
}

// Inviters see this link, so its page must not depend on whether the address has an account.
func TestLinkThatTheInviterSeesDoesNotRevealAnAccount(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada, lab := b.AddMember("ada"), b.AddOrganization("Lab")
	held := b.invite(invitation.NewInvitation{Org: lab.ID, Email: "ada@roster.example"}).Link
	free := b.invite(invitation.NewInvitation{Org: lab.ID, Email: guest}).Link
	compare := func(ask func(link string) browsertest.Response) {
		t.Helper()
		replacer := strings.NewReplacer(guest, "ADDRESS", "ada@roster.example", "ADDRESS", token(t, held), "TOKEN", token(t, free), "TOKEN")
		a, b := ask(held), ask(free)
		if a.Status != b.Status || replacer.Replace(a.Body) != replacer.Replace(b.Body) {
			t.Errorf("an address with an account: %d %s\nan unknown address: %d %s", a.Status, a.Body, b.Status, b.Body)
		}
	}
	compare(b.Get)
	compare(func(link string) browsertest.Response { return b.Send(link, "step", "log_in") })
	compare(func(link string) browsertest.Response { return b.Send(link, "password", "wrong") })
	b.Want(b.Send(held, "step", "log_in"), 200, `autocomplete="current-password"`)
	b.Want(b.Send(held, "password", ada.Password), 200, "You are a member of Lab")
}

func token(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("token")
}

// An account with the unverified address does not prevent the invitation from being accepted.
func TestMailedInvitationOffersBothWaysWhereAnAccountClaimsTheAddress(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	_, err := b.Directory.Register(t.Context(), model.AnonymousActor(model.Wekan, "192.0.2.1", ""),
		registration.Input{Username: "squatter", Email: guest, Password: "long enough 1"})
	b.Must(err)
	lab := b.AddOrganization("Lab")
	b.invite(invitation.NewInvitation{Org: lab.ID, Email: guest, Role: model.RoleAdmin, MakeUser: true, GivenName: "Grace", FamilyName: "Hopper"})
	link := b.Mailed(guest)
	b.Want(b.Get(link), 200, `name="username"`, "Sign in instead")
	b.Want(b.Send(link, "username", "grace", "password", testPassword), 200, "Welcome to Lab")
	grace, err := b.Directory.UserByEmail(t.Context(), model.Operator(), guest)
	b.Must(err)
	if grace.Username != "grace" || !grace.Primary().Verified {
		t.Errorf("the address belongs to %+v", grace)
	}
}

func TestBlockedUserCannotJoin(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada := b.AddMember("ada")
	inviterLink := b.invite(invitation.NewInvitation{Org: b.AddOrganization("Lab").ID, Email: "ada@roster.example"}).Link
	link := b.Mailed("ada@roster.example")
	_, err := b.Directory.BlockUser(t.Context(), model.Operator(), ada.ID)
	b.Must(err)
	b.Want(b.Send(link, "password", ada.Password), 403, "This account is not active.")
	b.Want(b.Send(inviterLink, "password", ada.Password), 422, "The password is not correct.")
}

func TestMemberIsToldOfTheExistingMembership(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada, lab := b.AddMember("ada"), b.AddOrganization("Lab")
	link := b.invite(invitation.NewInvitation{Org: lab.ID, Email: "ada@roster.example"}).Link
	b.Must(b.Directory.AddMember(t.Context(), model.Operator(), lab.ID, ada.ID, 0))
	b.Want(b.Send(link, "password", ada.Password), 409, "You are a member already.")
	sessions, err := b.Directory.Sessions(t.Context(), b.ActorFor(ada))
	b.Must(err)
	if len(sessions) != 0 {
		t.Errorf("open sessions: %+v", sessions)
	}
}

func TestPasswordGuessingIsLimited(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{Login: ratelimit.LoginLimits{AccountFailures: 2}})
	ada := b.AddMember("ada")
	link := b.invite(invitation.NewInvitation{Org: b.AddOrganization("Lab").ID, Email: "ada@roster.example"}).Link
	b.Want(b.Send(link, "password", "wrong"), 422)
	b.Want(b.Send(link, "password", "wrong"), 422)
	a := b.Send(link, "password", ada.Password)
	b.Want(a, 429, "Wait 10 minutes, then try again.")
	if got := a.Header.Get("Retry-After"); got != "600" {
		t.Errorf("Retry-After %q", got)
	}
	b.Clock.Advance(11 * time.Minute)
	b.Want(b.Send(link, "password", ada.Password), 200)
}
