//go:build !race

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/cache"
	"roster.example/roster/internal/store/postgres"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/sqlite/sqlitetest"
)

// SQLite, PostgreSQL and a small model of the directory return the same results for random
// operations in random order.
func TestEnginesAgreeWithTheModel(t *testing.T) {
	t.Parallel()
	shared := pgtest.Schema(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := &worlds{t: t, model: newModel(), engines: []*engine{onSQLite(t, rt), onPostgres(t, rt, shared)}}
		for range rapid.IntRange(1, 20).Draw(rt, "deeds") {
			w.step(rt)
		}
		w.compare(rt)
	})
}

// A model computes the expected results. Users and organizations are numbered in the order of
// creation; each engine has its own ids for them.
type model struct {
	people []*modelUser
	orgs   []map[int]directory.RoleID // members by person
}

type modelUser struct {
	name     string
	state    directory.State // "" once deleted
	admin    bool
	hasToken bool // which is valid
}

// newModel returns a model with the first administrator and the home organization.
func newModel() *model {
	return &model{
		people: []*modelUser{{name: "root", state: directory.Active, admin: true, hasToken: true}},
		orgs:   []map[int]directory.RoleID{{0: directory.RoleAdmin}},
	}
}

// verdict is the result of an operation: the kind of the error, "" for none.
type verdict string

func kindOf(err error) verdict {
	if err == nil {
		return ""
	}
	return verdict(fault.KindOf(err).String())
}

func refusal(k fault.Kind) verdict { return verdict(k.String()) }

// may returns the result of the check for a user that manages users.
func (m *model) may(who int) verdict {
	switch u := m.people[who]; {
	case !u.hasToken:
		return refusal(fault.Unauthenticated)
	case !u.admin:
		return refusal(fault.Forbidden)
	}
	return ""
}

func (m *model) lastAdmin(id int) bool {
	u := m.people[id]
	others := slices.ContainsFunc(m.people, func(o *modelUser) bool { return o != u && o.admin && o.state == directory.Active })
	return u.admin && u.state == directory.Active && !others
}

func (m *model) create(who int, name string) verdict {
	if no := m.may(who); no != "" {
		return no
	}
	if slices.ContainsFunc(m.people, func(u *modelUser) bool { return u.state != "" && strings.EqualFold(u.name, name) }) {
		return refusal(fault.Conflict)
	}
	m.people = append(m.people, &modelUser{name: name, state: directory.Active, hasToken: true})
	m.orgs[0][len(m.people)-1] = directory.RoleMember
	return ""
}

// change is the frame of all that administrators do to a person.
func (m *model) change(who, id int, do func(u *modelUser) verdict) verdict {
	if no := m.may(who); no != "" {
		return no
	}
	if m.people[id].state == "" {
		return refusal(fault.NotFound)
	}
	return do(m.people[id])
}

func (m *model) out(who, id int, state directory.State) verdict {
	return m.change(who, id, func(u *modelUser) verdict {
		kept := u.state == directory.Blocked || u.state == directory.Deactivated
		switch {
		case kept && state == directory.Deactivated || u.state == state:
			return ""
		case m.lastAdmin(id):
			return refusal(fault.Forbidden)
		}
		u.state, u.hasToken = state, false
		return ""
	})
}

// rest is what people may do to themselves; others do not exist for them.
func (m *model) rest(who, id int) verdict {
	no := m.may(who)
	switch {
	case no == refusal(fault.Forbidden) && who != id:
		return refusal(fault.NotFound)
	case no != refusal(fault.Forbidden):
		return m.out(who, id, directory.Deactivated)
	}
	m.people[id].state, m.people[id].hasToken = directory.Deactivated, false
	return ""
}

func (m *model) back(who, id int, from directory.State) verdict {
	return m.change(who, id, func(u *modelUser) verdict {
		if from == directory.Deactivated && u.state == directory.Blocked {
			return refusal(fault.Conflict)
		}
		u.state = directory.Active
		return ""
	})
}

func (m *model) setAdmin(who, id int, to bool) verdict {
	return m.change(who, id, func(u *modelUser) verdict {
		if !to && m.lastAdmin(id) {
			return refusal(fault.Forbidden)
		}
		if u.admin != to {
			m.orgs[0][id] = map[bool]directory.RoleID{true: directory.RoleAdmin, false: directory.RoleMember}[to]
		}
		u.admin = to
		return ""
	})
}

func (m *model) remove(who, id int) verdict {
	return m.change(who, id, func(u *modelUser) verdict {
		if m.lastAdmin(id) || m.wouldLeaveAlone(id) {
			return refusal(fault.Forbidden)
		}
		u.state, u.hasToken = "", false
		for _, members := range m.orgs {
			delete(members, id)
		}
		return ""
	})
}

// wouldLeaveAlone says that an organization but home would have members and no Admin.
func (m *model) wouldLeaveAlone(id int) bool {
	return slices.ContainsFunc(m.orgs[1:], func(members map[int]directory.RoleID) bool {
		if members[id] != directory.RoleAdmin || len(members) == 1 {
			return false
		}
		return !m.anotherAdmin(members, id)
	})
}

func (m *model) anotherAdmin(members map[int]directory.RoleID, but int) bool {
	for id, role := range members {
		if id != but && role == directory.RoleAdmin && m.people[id].state == directory.Active {
			return true
		}
	}
	return false
}

func (m *model) found(who int) verdict {
	if !m.people[who].hasToken {
		return refusal(fault.Unauthenticated)
	}
	m.orgs = append(m.orgs, map[int]directory.RoleID{who: directory.RoleAdmin})
	return ""
}

// enroll adds a user to an organization, as an administrator.
func (m *model) enroll(who, org, id int, role directory.RoleID) verdict {
	return m.change(who, id, func(*modelUser) verdict {
		members := m.orgs[org]
		if role != directory.RoleAdmin && members[id] == directory.RoleAdmin && !m.anotherAdmin(members, id) {
			return refusal(fault.Forbidden)
		}
		members[id] = role
		return ""
	})
}

// worlds are the model and the engines, to which the same is done.
type worlds struct {
	t       *testing.T
	model   *model
	engines []*engine
}

type engine struct {
	*directory.Directory
	name   string
	people []directory.UserID
	tokens []secret.Text
	orgs   []directory.OrgID
}

// actor is a person with the token that they were given when they were made.
func (e *engine) actor(t *testing.T, who int) directory.Actor {
	actor, err := e.Authenticate(t.Context(), directory.AnonymousActor(directory.Native, "192.0.2.7", "model"), directory.Credential{Secret: e.tokens[who]})
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("%s: authenticate: %v", e.name, err)
	}
	return actor
}

func (e *engine) made(t *testing.T, u directory.User) error {
	_, text, err := e.CreateToken(t.Context(), directory.Operator(), directory.NewToken{
		Owner: u.ID, Name: "model", Scopes: directory.Scopes{directory.ScopeAPI, directory.ScopeSudo},
	})
	e.people, e.tokens = append(e.people, u.ID), append(e.tokens, text)
	return err
}

func furnished(t *testing.T, rt *rapid.T, name string, store directory.Store, err error) *engine {
	if err != nil {
		rt.Fatal(err)
	}
	store = cache.New(store, cache.Options{})
	rt.Cleanup(func() { _ = store.Close() })
	keyring, err := secret.OpenKeyring(filepath.Join(t.TempDir(), "secret.key"))
	if err != nil {
		rt.Fatal(err)
	}
	hasher := secret.NewHasher(secret.Params{MemoryKiB: 64, Time: 1, Threads: 1}, 2, 100)
	e := &engine{name: name, Directory: directory.New(store, hasher, keyring, mail.Renderer{Base: "https://roster.example", Site: "Roster"}, directory.Options{SignUpOrganizations: true})}
	root, err := e.begin(t)
	if err == nil {
		err = e.made(t, root)
	}
	if err != nil {
		rt.Fatal(err)
	}
	return e
}

func (e *engine) begin(t *testing.T) (directory.User, error) {
	op := directory.Operator()
	if err := e.Prepare(t.Context(), op, "Home"); err != nil {
		return directory.User{}, err
	}
	orgs, err := e.Organizations(t.Context(), op)
	if err != nil {
		return directory.User{}, err
	}
	e.orgs = []directory.OrgID{orgs[0].ID}
	return e.CreateUser(t.Context(), op, directory.NewUser{Username: "root", Admin: true, Limits: directory.DefaultLimits()})
}

func onSQLite(t *testing.T, rt *rapid.T) *engine {
	path := filepath.Join(t.TempDir(), "roster.db")
	sqlitetest.Write(t, path)
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Volatile: true})
	return furnished(t, rt, "SQLite", store, err)
}

// onPostgres empties the schema that the test before has used: making one takes
// longer than everything that is done in it.
func onPostgres(t *testing.T, rt *rapid.T, address string) *engine {
	store, err := postgres.Open(t.Context(), address, postgres.Options{})
	if err == nil {
		err = pgtest.Exec(address, `TRUNCATE users, emails, identities, members, organizations, projects, assignments, access_tokens, sessions, events,
			search, key_check, installation RESTART IDENTITY CASCADE`,
			`INSERT INTO roles (id, organization_id, name, name_key, created_at) VALUES (1, NULL, 'Admin', 'admin', 0), (2, NULL, 'Member', 'member', 0), (3, NULL, 'Pending', 'pending', 0)
			ON CONFLICT DO NOTHING`,
			`UPDATE event_head SET last_id = 0, last_hash = decode(repeat('00', 32), 'hex'), epoch = 0`)
	}
	return furnished(t, rt, "PostgreSQL", store, err)
}

// step draws a deed, does it everywhere, and wants the same verdict.
func (w *worlds) step(rt *rapid.T) {
	who := rapid.IntRange(0, len(w.model.people)-1).Draw(rt, "who")
	id := rapid.IntRange(0, len(w.model.people)-1).Draw(rt, "whom")
	org := rapid.IntRange(0, len(w.model.orgs)-1).Draw(rt, "organization")
	role := rapid.SampledFrom([]directory.RoleID{directory.RoleAdmin, directory.RoleMember}).Draw(rt, "role")
	name := rapid.SampledFrom([]string{"ada", "ADA", "Grace", "barbara", "edsger", "root"}).Draw(rt, "name")
	deeds := w.deeds(who, id, org, role, name)
	what := rapid.SampledFrom(slices.Sorted(maps.Keys(deeds))).Draw(rt, "deed")
	want := deeds[what].model()
	for _, e := range w.engines {
		if err := deeds[what].engine(e, e.actor(w.t, who)); kindOf(err) != want {
			rt.Fatalf("%s: %s by %d to %d: got %v, want %q", e.name, what, who, id, err, want)
		}
	}
}

// deedPair is the same deed in the model and in an engine.
type deedPair struct {
	model  func() verdict
	engine func(e *engine, as directory.Actor) error
}

func (w *worlds) deeds(who, id, org int, role directory.RoleID, name string) map[string]deedPair {
	m, ctx := w.model, w.t.Context()
	all := map[string]deedPair{
		"create": {func() verdict { return m.create(who, name) }, func(e *engine, as directory.Actor) error {
			u, err := e.CreateUser(ctx, as, directory.NewUser{Username: name, Limits: directory.DefaultLimits()})
			if err != nil {
				return err
			}
			return e.made(w.t, u)
		}},
		"found": {func() verdict { return m.found(who) }, func(e *engine, as directory.Actor) error {
			o, err := e.CreateOrganization(ctx, as, fmt.Sprintf("Organization %d", len(e.orgs)))
			if err == nil {
				e.orgs = append(e.orgs, o.ID)
			}
			return err
		}},
		"enroll": {func() verdict { return m.enroll(who, org, id, role) }, func(e *engine, as directory.Actor) error {
			return e.AddMember(ctx, as, e.orgs[org], e.people[id], role)
		}},
		"delete": {func() verdict { return m.remove(who, id) }, func(e *engine, as directory.Actor) error {
			return first(e.DeleteUser(ctx, as, e.people[id]))
		}},
	}
	for word, to := range map[string]bool{"raise": true, "lower": false} {
		all[word] = deedPair{func() verdict { return m.setAdmin(who, id, to) }, func(e *engine, as directory.Actor) error {
			return first(e.ChangeUser(ctx, as, e.people[id], directory.UserChange{Admin: &to}))
		}}
	}
	all["block"] = deedPair{func() verdict { return m.out(who, id, directory.Blocked) }, func(e *engine, as directory.Actor) error {
		return first(e.BlockUser(ctx, as, e.people[id]))
	}}
	all["unblock"] = deedPair{func() verdict { return m.back(who, id, directory.Blocked) }, func(e *engine, as directory.Actor) error {
		return first(e.UnblockUser(ctx, as, e.people[id]))
	}}
	all["deactivate"] = deedPair{func() verdict { return m.rest(who, id) }, func(e *engine, as directory.Actor) error {
		return first(e.DeactivateUser(ctx, as, e.people[id]))
	}}
	all["reactivate"] = deedPair{func() verdict { return m.back(who, id, directory.Deactivated) }, func(e *engine, as directory.Actor) error {
		return first(e.ReactivateUser(ctx, as, e.people[id]))
	}}
	return all
}

func first[T any](_ T, err error) error { return err }

// compare compares all users and organizations of each engine with the model.
func (w *worlds) compare(rt *rapid.T) {
	want := w.model.shown()
	for _, e := range w.engines {
		got, err := e.shown(w)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			rt.Fatalf("%s: %v (-model +engine)\n%s", e.name, err, diff)
		}
		if _, err := e.VerifyChain(w.t.Context(), directory.Operator()); err != nil {
			rt.Fatalf("%s: %v", e.name, err)
		}
	}
}

// shown is all that there is, in words that do not depend on ids.
func (m *model) shown() []string {
	lines := []string{}
	for i, u := range m.people {
		if u.state != "" {
			lines = append(lines, fmt.Sprintf("%d %s %s admin %v, comes in %v", i, u.name, u.state, u.admin, u.hasToken))
		}
	}
	for o, members := range m.orgs {
		for _, id := range slices.Sorted(maps.Keys(members)) {
			lines = append(lines, fmt.Sprintf("in %d: %d as %d", o, id, members[id]))
		}
	}
	return lines
}

func (e *engine) shown(w *worlds) ([]string, error) {
	ctx, op := w.t.Context(), directory.Operator()
	page, fault := e.Users(ctx, op, directory.UserFilter{})
	lines := []string{}
	for _, u := range page.Items {
		i := slices.Index(e.people, u.ID)
		lines = append(lines, fmt.Sprintf("%d %s %s admin %v, comes in %v", i, u.Username, u.Shown(), u.Admin, !e.actor(w.t, i).Anonymous()))
	}
	for o, id := range e.orgs {
		members, err := e.Members(ctx, op, id)
		fault = errors.Join(fault, err)
		for _, m := range members {
			lines = append(lines, fmt.Sprintf("in %d: %d as %d", o, slices.Index(e.people, m.User.ID), m.Role.ID))
		}
	}
	return lines, fault
}
