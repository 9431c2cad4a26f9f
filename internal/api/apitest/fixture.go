package apitest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// BaseURL is the public address in links.
const BaseURL = directorytest.BaseURL

// Fixture is a directory with a SQLite database and users, for one test.
type Fixture struct {
	Directory *directory.Directory
	Home      model.Organization

	t      testing.TB
	mu     sync.Mutex
	mails  []mailqueue.Email
	events model.EventID
}

// User is a user with credentials.
type User struct {
	model.User
	Password string
	APIKey   string // empty until [Fixture.WithAPIKey]
}

// NewFixture returns a directory with the home organization and without users.
func NewFixture(t testing.TB, o directory.Options) *Fixture {
	t.Helper()
	o.SignUpOrganizations, o.ReserveNames = true, 8760*time.Hour
	d := directorytest.New(t, func(options *directory.Options) {
		if o.Passkeys == nil {
			o.Passkeys = options.Passkeys
		}
		*options = o
	})
	return &Fixture{t: t, Directory: d.Directory, Home: d.Home}
}

func (f *Fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// Password returns the password of a user of a fixture.
func Password(username string) string { return username + "-secret-1" }

// AddAdmin creates an administrator of the server with the email address NAME@roster.example.
func (f *Fixture) AddAdmin(name string) User {
	f.t.Helper()
	u, err := f.Directory.CreateAdministrator(f.t.Context(), model.Operator(), directory.Administrator{
		Username: name, Email: name + "@roster.example", Password: secret.Text(Password(name)),
	})
	f.must(err)
	return f.WithAPIKey(User{User: u, Password: Password(name)})
}

// AddMember creates a member of the home organization.
func (f *Fixture) AddMember(name string) User { return f.AddMemberTo(f.Home.ID, 0, name) }

// AddMemberTo creates a member of an organization with a role; 0 means the default role.
func (f *Fixture) AddMemberTo(org model.OrgID, role model.RoleID, name string) User {
	f.t.Helper()
	u, err := f.Directory.CreateUser(f.t.Context(), model.Operator(), directory.NewUser{
		Username: name, Email: name + "@roster.example", Password: secret.Text(Password(name)),
		Names: model.Names{}.WithName(name + " Example"), Limits: model.DefaultLimits(), Org: org, Role: role,
	})
	f.must(err)
	return f.WithAPIKey(User{User: u, Password: Password(name)})
}

// AddOrganization creates an organization without members.
func (f *Fixture) AddOrganization(name string) model.Organization {
	f.t.Helper()
	org, err := f.Directory.CreateOrganization(f.t.Context(), model.Operator(), name)
	f.must(err)
	return org
}

// WithAPIKey creates an API key for the user and returns the user with it.
func (f *Fixture) WithAPIKey(p User) User {
	f.t.Helper()
	key, err := f.Directory.RotateAPIKeyOf(f.t.Context(), model.Operator(), p.ID)
	f.must(err)
	p.APIKey = key.Reveal()
	return p
}

// ActorFor authenticates the user with the API key.
func (f *Fixture) ActorFor(p User) model.Actor {
	f.t.Helper()
	actor, err := f.Directory.Authenticate(f.t.Context(), model.AnonymousActor("test", "127.0.0.1", ""), directory.Credential{Secret: secret.Text(p.APIKey)})
	f.must(err)
	return actor
}

// Mail returns the oldest email to address that it has not returned before.
func (f *Fixture) Mail(address string) (mailqueue.Email, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.collectMail(); err != nil {
		return mailqueue.Email{}, err
	}
	for i, m := range f.mails {
		if emailaddress.Same(m.To, address) {
			f.mails = append(f.mails[:i:i], f.mails[i+1:]...)
			return m, nil
		}
	}
	return mailqueue.Email{}, errors.New("no email to " + address)
}

// collectMail leases the queued emails, as the mail worker does. This also executes queued requests.
func (f *Fixture) collectMail() error {
	fresh, err := directory.NewMailQueue(f.Directory).Lease(context.Background(), 100, time.Hour)
	f.mails = append(f.mails, fresh...)
	return err
}

// Events returns the events since the previous call as "verb target".
func (f *Fixture) Events() ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.collectMail(); err != nil {
		return nil, err
	}
	events, err := f.Directory.Events(context.Background(), model.Operator(), model.EventFilter{After: f.events})
	lines := make([]string, 0, len(events))
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%s %s", e.Verb, e.Target))
		f.events = e.ID
	}
	return lines, err
}

// Target returns a target for transcripts. Ids, uids, passwords and API keys of the users are variables, such as
// ${ADMIN_ID}, ${ADMIN_UID}, ${ADMIN_PASSWORD} and ${ADMIN_KEY} for the user "admin". Earlier events are not part of the
// transcript.
func (f *Fixture) Target(users map[string]User) Target {
	f.t.Helper()
	vars := map[string]string{"HOME": f.Home.Slug}
	for name, p := range users {
		prefix := upper(name)
		vars[prefix+"_ID"] = strconv.FormatInt(int64(p.ID), 10)
		vars[prefix+"_UID"] = p.UID
		vars[prefix+"_PASSWORD"] = p.Password
		vars[prefix+"_KEY"] = p.APIKey
	}
	_, err := f.Events()
	f.must(err)
	return Target{
		Vars:   vars,
		Events: f.Events,
		Mail: func(address string) (string, error) {
			m, err := f.Mail(address)
			return m.Subject + "\n\n" + m.Text, err
		},
	}
}

func upper(name string) string {
	b := []byte(name)
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z':
			b[i] = c - 'a' + 'A'
		case c == '-' || c == '.':
			b[i] = '_'
		}
	}
	return string(b)
}
