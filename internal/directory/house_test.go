package directory_test

import (
	"crypto/ed25519"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/sshkey"
	"roster.example/roster/internal/store/cache"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/sqlite/sqlitetest"
)

// A house is a directory on a real SQLite file with a clock that tests turn.
type house struct {
	*directory.Directory
	t       testing.TB
	path    string // of the database
	keyfile string
	keyring *secret.Keyring
	hasher  *secret.Hasher
	store   directory.Store
	clock   *clock
	home    directory.Organization
	letters []directory.QueuedMail
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) turn(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func operator() directory.Actor { return directory.Operator() }

// cheap hashes cost next to nothing, and protect as little.
func cheap() secret.Params { return secret.Params{MemoryKiB: 64, Time: 1, Threads: 1} }

// caller is somebody of whom only the API and the address are known.
func caller(api directory.API) directory.Actor { return directory.Caller(api, "192.0.2.7", "test") }

// open opens an empty house whose settings setup may change.
func open(t testing.TB, setup ...func(*directory.Options)) *house {
	t.Helper()
	folder := t.TempDir()
	h := &house{
		t: t, path: filepath.Join(folder, "roster.db"), keyfile: filepath.Join(folder, "secret.key"),
		clock: &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)},
	}
	var err error
	h.keyring, err = secret.OpenKeyring(h.keyfile)
	h.must(err)
	sqlitetest.Write(t, h.path)
	below, err := sqlite.Open(h.t.Context(), h.path, sqlite.Options{Volatile: true})
	h.must(err)
	h.store = cache.New(below, cache.Options{})
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	o := directory.Options{Now: h.clock.Now, KeyLimits: sshkey.DefaultLimits(), SignUpOrganizations: true}
	for _, change := range setup {
		change(&o)
	}
	h.hasher = secret.NewHasher(cheap(), 2, 100)
	if o.MaxKeys == 0 {
		o.MaxKeys = 3
	}
	h.Directory = directory.New(h.store, h.hasher, h.keyring, mail.Letters{Base: "https://roster.example", Site: "Roster"}, o)
	h.must(h.Prepare(h.t.Context(), operator(), "Home"))
	orgs, err := h.Organizations(h.t.Context(), operator())
	h.must(err)
	h.home = orgs[0]
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// need is the value of a call that must succeed.
func need[T any](t testing.TB, call func() (T, error)) T {
	t.Helper()
	value, err := call()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// refused wants an error of this kind.
func refused(t testing.TB, err error, want directory.Kind) {
	t.Helper()
	if err == nil || directory.KindOf(err) != want {
		t.Errorf("got %v, want an error of kind %q", err, want)
	}
}

// faulty wants an error that complains of field with code.
func faulty(t testing.TB, err error, field string, code directory.Code) {
	t.Helper()
	if !directory.FaultIn(err, field, code) {
		t.Errorf("got %v, want the fault that %s is %s", err, field, code)
	}
}

func password(name string) secret.Text { return secret.Text(name + "-secret-1") }

func address(name string) string { return name + "@example.org" }

// person makes somebody who can come in; setup may change what they are made of.
func (h *house) person(name string, setup ...func(*directory.NewUser)) directory.User {
	h.t.Helper()
	n := directory.NewUser{
		Username: name, Email: address(name), Password: password(name),
		Names: directory.Names{}.WithName(name + " Example"), Limits: directory.DefaultLimits(),
	}
	for _, change := range setup {
		change(&n)
	}
	u, err := h.CreateUser(h.t.Context(), operator(), n)
	h.must(err)
	return u
}

func admin(n *directory.NewUser) { n.Admin = true }

func in(org directory.OrgID, role directory.RoleID) func(*directory.NewUser) {
	return func(n *directory.NewUser) { n.Org, n.Role = org, role }
}

// as is the person with a fresh access token of these scopes, or of all.
func (h *house) as(u directory.User, scopes ...directory.Scope) directory.Actor {
	h.t.Helper()
	return h.enter(h.token(u, scopes...))
}

func (h *house) token(u directory.User, scopes ...directory.Scope) secret.Text {
	h.t.Helper()
	if len(scopes) == 0 {
		scopes = []directory.Scope{directory.ScopeAPI, directory.ScopeSudo}
	}
	_, text, err := h.CreateToken(h.t.Context(), operator(), directory.NewToken{Owner: u.ID, Name: "test", Scopes: scopes})
	h.must(err)
	return text
}

// enter is who holds this credential.
func (h *house) enter(text secret.Text) directory.Actor {
	h.t.Helper()
	actor, err := h.Authenticate(h.t.Context(), caller("test"), directory.Presented{Secret: text})
	h.must(err)
	return actor
}

// lives reports whether a credential lets anybody in.
func (h *house) lives(text secret.Text) bool {
	h.t.Helper()
	_, err := h.Authenticate(h.t.Context(), caller("test"), directory.Presented{Secret: text})
	if err != nil && directory.KindOf(err) != directory.Unauthenticated {
		h.t.Fatal(err)
	}
	return err == nil
}

func (h *house) org(name string) directory.Organization {
	h.t.Helper()
	return need(h.t, func() (directory.Organization, error) { return h.CreateOrganization(h.t.Context(), operator(), name) })
}

// login opens a session with the password that people have here.
func (h *house) login(name string, kind directory.SessionKind) (secret.Text, error) {
	_, token, _, err := h.LogIn(h.t.Context(), caller(directory.Wekan), directory.Login{Name: name, Password: password(name)}, kind)
	return token, err
}

// mail is the newest letter to an address that was not looked at before, and
// whether there is one.
func (h *house) mail(to string) (directory.QueuedMail, bool) {
	h.t.Helper()
	fresh := need(h.t, func() ([]directory.QueuedMail, error) {
		return directory.NewMailQueue(h.Directory).Claim(h.t.Context(), 1000, time.Hour)
	})
	h.letters = append(h.letters, fresh...)
	for i := len(h.letters) - 1; i >= 0; i-- {
		if found := h.letters[i]; found.To == to {
			h.letters = append(h.letters[:i:i], h.letters[i+1:]...)
			return found, true
		}
	}
	return directory.QueuedMail{}, false
}

// mailed is the token in the newest letter to an address.
func (h *house) mailed(to string) secret.Text {
	h.t.Helper()
	m, found := h.mail(to)
	if !found {
		h.t.Fatalf("no letter to %s", to)
	}
	return tokenIn(h.t, m.Link)
}

func tokenIn(t testing.TB, link string) secret.Text {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("no token in the link %q: %v", link, err)
	}
	return secret.Text(u.Query().Get("token"))
}

// sshLine is a fresh public key.
func sshLine(t testing.TB) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s laptop", string(ssh.MarshalAuthorizedKey(key)[:len(ssh.MarshalAuthorizedKey(key))-1]))
}

// events lists all that was recorded.
func (h *house) events() []directory.Event {
	h.t.Helper()
	return need(h.t, func() ([]directory.Event, error) {
		return h.Events(h.t.Context(), operator(), directory.EventFilter{Limit: 100_000})
	})
}

func ref[T any](v T) *T { return &v }
