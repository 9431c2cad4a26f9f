package directorytest

import (
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Caller is an unauthenticated caller of an API.
func Caller(api model.API) model.Actor {
	return model.AnonymousActor(api, "192.0.2.7", "test")
}

// Password is the password of every user that [Fixture.AddUser] creates.
func Password(username string) secret.Text { return secret.Text(username + "-secret-1") }

// Address is the email address of every user that [Fixture.AddUser] creates.
func Address(username string) string { return username + "@example.org" }

// AddUser creates an active user with a password. Each of setup may change what is created.
func (f *Fixture) AddUser(username string, setup ...func(*directory.NewUser)) model.User {
	f.T.Helper()
	n := directory.NewUser{
		Username: username, Email: Address(username), Password: Password(username),
		Names: model.Names{}.WithName(username + " Example"), Limits: model.DefaultLimits(),
	}
	for _, change := range setup {
		change(&n)
	}
	u, err := f.CreateUser(f.T.Context(), model.Operator(), n)
	f.Must(err)
	return u
}

// Admin makes the new user an administrator; see [Fixture.AddUser].
func Admin(n *directory.NewUser) { n.Admin = true }

// In makes the new user a member of org; see [Fixture.AddUser].
func In(org model.OrgID, role model.RoleID) func(*directory.NewUser) {
	return func(n *directory.NewUser) { n.Org, n.Role = org, role }
}

// AddOrganization creates an organization without members.
func (f *Fixture) AddOrganization(name string) model.Organization {
	f.T.Helper()
	return Must(f.T, func() (model.Organization, error) {
		return f.CreateOrganization(f.T.Context(), model.Operator(), name)
	})
}

// Actor returns u, authenticated with a new access token of these scopes; without scopes, of all.
func (f *Fixture) Actor(u model.User, scopes ...model.Scope) model.Actor {
	f.T.Helper()
	return f.ActorWith(f.AddToken(u, scopes...))
}

// AddToken creates an access token of these scopes; without scopes, of all.
func (f *Fixture) AddToken(u model.User, scopes ...model.Scope) secret.Text {
	f.T.Helper()
	if len(scopes) == 0 {
		scopes = []model.Scope{model.ScopeAPI, model.ScopeSudo}
	}
	_, text, err := f.CreateToken(f.T.Context(), model.Operator(), credential.NewToken{Owner: u.ID, Name: "test", Scopes: scopes})
	f.Must(err)
	return text
}

// ExpiringActor returns u, authenticated with a new access token of all scopes that expires in a day.
func (f *Fixture) ExpiringActor(u model.User) model.Actor {
	f.T.Helper()
	_, text, err := f.CreateToken(f.T.Context(), model.Operator(), credential.NewToken{
		Owner: u.ID, Name: "day", Scopes: model.Scopes{model.ScopeAPI, model.ScopeSudo}, ExpiresAt: f.Clock.Now().Add(24 * time.Hour)})
	f.Must(err)
	return f.ActorWith(text)
}

// ActorWith authenticates with a credential.
func (f *Fixture) ActorWith(credential secret.Text) model.Actor {
	f.T.Helper()
	actor, err := f.Authenticate(f.T.Context(), Caller("test"), directory.Credential{Secret: credential})
	f.Must(err)
	return actor
}

// IsValid reports whether a credential authenticates a user.
func (f *Fixture) IsValid(credential secret.Text) bool {
	f.T.Helper()
	_, err := f.Authenticate(f.T.Context(), Caller("test"), directory.Credential{Secret: credential})
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		f.T.Fatal(err)
	}
	return err == nil
}

// AddSession signs in through Wekan's API with [Password].
func (f *Fixture) AddSession(username string, kind model.SessionKind) (secret.Text, error) {
	made, err := f.LogIn(f.T.Context(), Caller(model.Wekan), login.Attempt{Name: username, Password: Password(username)}, kind)
	return made.Token, err
}

// AllEvents returns the first 100,000 events.
func (f *Fixture) AllEvents() []model.Event {
	f.T.Helper()
	return Must(f.T, func() ([]model.Event, error) {
		return f.Events(f.T.Context(), model.Operator(), model.EventFilter{Limit: 100_000})
	})
}

// WantEvent reports an error of the test unless an event with this verb was recorded.
func (f *Fixture) WantEvent(verb model.Verb) {
	f.T.Helper()
	for _, e := range f.AllEvents() {
		if e.Verb == verb {
			return
		}
	}
	f.T.Errorf("there is no event %s", verb)
}
