package directorytest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

// SendInvitation sends an invitation to the home organization, and returns it with the mailed token. If waits
// is set, it has an invited user.
func (f *Fixture) SendInvitation(to string, waits bool, role model.RoleID) (invitation.Sent, secret.Text) {
	f.T.Helper()
	sent := Must(f.T, func() (invitation.Sent, error) {
		return f.Invite(f.T.Context(), model.Operator(), invitation.NewInvitation{
			Org: f.Home.ID, Email: to, Role: role, GivenName: "Ada", FamilyName: "Berg", MakeUser: waits,
		})
	})
	return sent, f.EmailedToken(to)
}

// AcceptAs accepts an invitation with a new username and [Password].
func (f *Fixture) AcceptAs(token secret.Text, username string) (model.User, error) {
	u, _, err := f.AcceptInvitation(f.T.Context(), Caller(model.Console), token,
		invitation.Acceptance{Username: username, Password: Password(username)})
	return u, err
}

// SignUp registers a user through an API.
func (f *Fixture) SignUp(api model.API, r registration.Input) error {
	_, err := f.Register(f.T.Context(), Caller(api), r)
	return err
}

// RequestReset asks for a link to reset a password, and returns its token.
func (f *Fixture) RequestReset(to string) secret.Text {
	f.T.Helper()
	_, err := f.ForgotPassword(f.T.Context(), Caller(model.PM415), to)
	f.Must(err)
	return f.EmailedToken(to)
}

// ResetBy sets a password by the token of a link.
func (f *Fixture) ResetBy(token, word secret.Text) error {
	_, err := f.ResetPassword(f.T.Context(), Caller(model.PM415), directory.Reset{Token: token, Password: word})
	return err
}

// AddVerifiedUser adds a user with a verified primary address; see [Fixture.AddUser].
func (f *Fixture) AddVerifiedUser(name string) model.User {
	f.T.Helper()
	f.AddUser(name)
	f.Must(f.ResetBy(f.RequestReset(Address(name)), Password(name)))
	return Must(f.T, func() (model.User, error) { return f.UserByUsername(f.T.Context(), model.Operator(), name) })
}

// LogInFrom logs in through the pm415 API from a network address.
func (f *Fixture) LogInFrom(address string, attempt login.Attempt) error {
	_, err := f.LogIn(f.T.Context(), model.AnonymousActor(model.PM415, address, ""), attempt, model.PM415Login)
	return err
}

// AddProjects creates projects of the home organization.
func (f *Fixture) AddProjects(names ...string) (ids []model.ProjectID) {
	f.T.Helper()
	for _, name := range names {
		p, err := f.CreateProject(f.T.Context(), model.Operator(), project.NewProject{Org: f.Home.ID, Name: name})
		f.Must(err)
		ids = append(ids, p.ID)
	}
	return ids
}

// AssignedTo returns the names of a user's projects.
func (f *Fixture) AssignedTo(u model.User) []string {
	f.T.Helper()
	names := []string{}
	all, err := f.Assignments(f.T.Context(), model.Operator(), f.Home.ID, []model.UserID{u.ID})
	f.Must(err)
	for _, p := range all[u.ID] {
		names = append(names, p.Name)
	}
	return names
}

// SecondNode returns another node of the database, with its own key file.
func (f *Fixture) SecondNode(keyfile string) (*directory.Directory, *secret.Keyring) {
	f.T.Helper()
	ring, err := secret.OpenKeyring(keyfile)
	f.Must(err)
	return directory.New(f.Store, f.Hasher, ring, mail.Renderer{Base: BaseURL}, WithDefaults(directory.Options{Now: f.Clock.Now})), ring
}

// WantLimited reports an error of the test unless err is Limited with this wait.
func WantLimited(t testing.TB, err error, wait time.Duration) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Kind != fault.Limited || e.RetryAfter != wait {
		t.Errorf("got %v, want a wait of %v", err, wait)
	}
}

// ChangeAddress changes the address of the actor's user.
func (f *Fixture) ChangeAddress(actor model.Actor, to string) {
	f.T.Helper()
	_, err := f.ChangeMe(f.T.Context(), actor, directory.SelfChange{Email: &to})
	f.Must(err)
}

// Addresses returns the addresses of a user.
func (f *Fixture) Addresses(u model.User) []string {
	f.T.Helper()
	var list []string
	for _, e := range Must(f.T, func() ([]model.Email, error) { return f.Emails(f.T.Context(), model.Operator(), u.ID) }) {
		list = append(list, e.Address)
	}
	return list
}

// SentTo counts the emails to one address since the last call.
func (f *Fixture) SentTo(to string) (n int) {
	f.T.Helper()
	for {
		if _, found := f.NextEmail(to); !found {
			return n
		}
		n++
	}
}

// Guess logs in with a wrong password from numbered addresses of this form, and returns how many responses
// report a wrong password.
func (f *Fixture) Guess(name, form string, times int) (wrong int) {
	f.T.Helper()
	for i := range times {
		err := f.LogInFrom(strings.Replace(form, "%d", fmt.Sprint(i), 1), login.Attempt{Name: name, Password: "guess"})
		switch fault.KindOf(err) {
		case fault.Unauthenticated, fault.Forbidden:
			wrong++
		case fault.Limited:
		default:
			f.T.Fatal(err)
		}
	}
	return wrong
}

// AddWebhook creates a webhook for these verbs.
func (f *Fixture) AddWebhook(verbs ...model.Verb) model.Webhook {
	f.T.Helper()
	made, _, err := f.CreateWebhook(f.T.Context(), model.Operator(), webhook.NewWebhook{URL: "https://receiver.example/hook", Verbs: verbs})
	f.Must(err)
	return made
}

// DueDeliveries leases the due deliveries of a webhook.
func (f *Fixture) DueDeliveries(id model.WebhookID) []webhook.QueuedDelivery {
	f.T.Helper()
	batch := Must(f.T, func() (webhook.Batch, error) {
		return webhook.NewQueue(f.Registry).Claim(f.T.Context(), id, 100, time.Minute)
	})
	return batch.Due
}
