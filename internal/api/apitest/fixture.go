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
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/sshkey"
)

// BaseURL is the public address that houses of this package put in links.
const BaseURL = directorytest.BaseURL

// A House is a real directory on a real SQLite file, with people, for one test.
type Fixture struct {
	Directory *directory.Directory
	Home      directory.Organization

	t      testing.TB
	mu     sync.Mutex
	mails  []directory.QueuedMail
	events directory.EventID
}

// Person is somebody of a house with what they can show.
type User struct {
	directory.User
	Password string
	APIKey   string // empty until [House.Key] or a setup made one
}

// OpenHouse opens an empty house: the home organization is there and nobody else.
func NewFixture(t testing.TB, o directory.Options) *Fixture {
	t.Helper()
	if o.KeyLimits == (sshkey.Limits{}) {
		o.KeyLimits = sshkey.DefaultLimits()
	}
	o.SignUpOrganizations, o.ReserveNames = true, 8760*time.Hour
	f := directorytest.New(t, func(options *directory.Options) { *options = o })
	return &Fixture{t: t, Directory: f.Directory, Home: f.Home}
}

func (h *Fixture) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// Password is what everybody's password is here: username and "-secret-1".
func Password(username string) string { return username + "-secret-1" }

// Admin makes an administrator of the server: NAME, NAME@roster.example.
func (h *Fixture) AddAdmin(name string) User {
	h.t.Helper()
	u, err := h.Directory.CreateAdministrator(h.t.Context(), directory.Operator(), directory.Administrator{
		Username: name, Email: name + "@roster.example", Password: secret.Text(Password(name)),
	})
	h.must(err)
	return h.WithAPIKey(User{User: u, Password: Password(name)})
}

// Member makes a plain member of the home organization.
func (h *Fixture) AddMember(name string) User { return h.AddMemberTo(h.Home.ID, 0, name) }

// MemberOf makes a member of an organization with a role; 0 is its default.
func (h *Fixture) AddMemberTo(org directory.OrgID, role directory.RoleID, name string) User {
	h.t.Helper()
	u, err := h.Directory.CreateUser(h.t.Context(), directory.Operator(), directory.NewUser{
		Username: name, Email: name + "@roster.example", Password: secret.Text(Password(name)),
		Names: directory.Names{}.WithName(name + " Example"), Limits: directory.DefaultLimits(), Org: org, Role: role,
	})
	h.must(err)
	return h.WithAPIKey(User{User: u, Password: Password(name)})
}

// Organization makes one more organization, without members.
func (h *Fixture) AddOrganization(name string) directory.Organization {
	h.t.Helper()
	org, err := h.Directory.CreateOrganization(h.t.Context(), directory.Operator(), name)
	h.must(err)
	return org
}

// Key gives the person a new API key.
func (h *Fixture) WithAPIKey(p User) User {
	h.t.Helper()
	key, err := h.Directory.RotateAPIKeyOf(h.t.Context(), directory.Operator(), p.ID)
	h.must(err)
	p.APIKey = key.Reveal()
	return p
}

// Actor is the person as somebody who came with their API key.
func (h *Fixture) ActorFor(p User) directory.Actor {
	h.t.Helper()
	who, err := h.Directory.Authenticate(h.t.Context(), directory.AnonymousActor("test", "127.0.0.1", ""), directory.Credential{Secret: secret.Text(p.APIKey)})
	h.must(err)
	return who
}

// Mail returns the oldest letter to address that it did not return before.
func (h *Fixture) Mail(address string) (directory.QueuedMail, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.collectMail(); err != nil {
		return directory.QueuedMail{}, err
	}
	for i, m := range h.mails {
		if emailaddress.Same(m.To, address) {
			h.mails = append(h.mails[:i:i], h.mails[i+1:]...)
			return m, nil
		}
	}
	return directory.QueuedMail{}, errors.New("no mail to " + address)
}

// takeMail takes what is queued, as the mail worker does: requests that wait there are
// carried out.
func (h *Fixture) collectMail() error {
	fresh, err := directory.NewMailQueue(h.Directory).Lease(context.Background(), 100, time.Hour)
	h.mails = append(h.mails, fresh...)
	return err
}

// Events tells what was recorded since it was asked last, as "verb target".
func (h *Fixture) Events() ([]string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.collectMail(); err != nil {
		return nil, err
	}
	events, err := h.Directory.Events(context.Background(), directory.Operator(), directory.EventFilter{After: h.events})
	lines := make([]string, 0, len(events))
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%s %s", e.Verb, e.Target))
		h.events = e.ID
	}
	return lines, err
}

// World is the house as a world for transcripts: the people's ids, uids,
// passwords and API keys are variables, such as ${ADMIN_ID}, ${ADMIN_UID},
// ${ADMIN_PASSWORD} and ${ADMIN_KEY} for a person called "admin". What is
// recorded before, "events" does not tell.
func (h *Fixture) Target(people map[string]User) Target {
	h.t.Helper()
	vars := map[string]string{"HOME": h.Home.Slug}
	for name, p := range people {
		prefix := upper(name)
		vars[prefix+"_ID"] = strconv.FormatInt(int64(p.ID), 10)
		vars[prefix+"_UID"] = p.UID
		vars[prefix+"_PASSWORD"] = p.Password
		vars[prefix+"_KEY"] = p.APIKey
	}
	_, err := h.Events()
	h.must(err)
	return Target{
		Vars:   vars,
		Events: h.Events,
		Mail: func(address string) (string, error) {
			m, err := h.Mail(address)
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
