package directorytest

import (
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// Caller is an unauthenticated caller of an API.
func Caller(api directory.API) directory.Actor {
	return directory.AnonymousActor(api, "192.0.2.7", "test")
}

// Password is the password of every user that [Fixture.AddUser] creates.
func Password(username string) secret.Text { return secret.Text(username + "-secret-1") }

// Address is the email address of every user that [Fixture.AddUser] creates.
func Address(username string) string { return username + "@example.org" }

// AddUser creates an active user with a password. Each of setup may change what is created.
func (f *Fixture) AddUser(username string, setup ...func(*directory.NewUser)) directory.User {
	f.T.Helper()
	n := directory.NewUser{
		Username: username, Email: Address(username), Password: Password(username),
		Names: directory.Names{}.WithName(username + " Example"), Limits: directory.DefaultLimits(),
	}
	for _, change := range setup {
		change(&n)
	}
	u, err := f.CreateUser(f.T.Context(), directory.Operator(), n)
	f.Must(err)
	return u
}

// Admin makes the new user an administrator; see [Fixture.AddUser].
func Admin(n *directory.NewUser) { n.Admin = true }

// In makes the new user a member of org; see [Fixture.AddUser].
func In(org directory.OrgID, role directory.RoleID) func(*directory.NewUser) {
	return func(n *directory.NewUser) { n.Org, n.Role = org, role }
}

// AddOrganization creates an organization without members.
func (f *Fixture) AddOrganization(name string) directory.Organization {
	f.T.Helper()
	return Must(f.T, func() (directory.Organization, error) {
		return f.CreateOrganization(f.T.Context(), directory.Operator(), name)
	})
}

// Actor returns u, authenticated with a new access token of these scopes; without scopes, of all.
func (f *Fixture) Actor(u directory.User, scopes ...directory.Scope) directory.Actor {
	f.T.Helper()
	return f.ActorWith(f.AddToken(u, scopes...))
}

// AddToken creates an access token of these scopes; without scopes, of all.
func (f *Fixture) AddToken(u directory.User, scopes ...directory.Scope) secret.Text {
	f.T.Helper()
	if len(scopes) == 0 {
		scopes = []directory.Scope{directory.ScopeAPI, directory.ScopeSudo}
	}
	_, text, err := f.CreateToken(f.T.Context(), directory.Operator(), directory.NewToken{Owner: u.ID, Name: "test", Scopes: scopes})
	f.Must(err)
	return text
}

// ActorWith authenticates with a credential.
func (f *Fixture) ActorWith(credential secret.Text) directory.Actor {
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
func (f *Fixture) AddSession(username string, kind directory.SessionKind) (secret.Text, error) {
	made, err := f.LogIn(f.T.Context(), Caller(directory.Wekan), directory.Login{Name: username, Password: Password(username)}, kind)
	return made.Token, err
}

// AllEvents returns the first 100,000 events.
func (f *Fixture) AllEvents() []directory.Event {
	f.T.Helper()
	return Must(f.T, func() ([]directory.Event, error) {
		return f.Events(f.T.Context(), directory.Operator(), directory.EventFilter{Limit: 100_000})
	})
}
