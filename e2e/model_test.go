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

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
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
		w := &comparison{t: t, model: newModel(), engines: []*engine{onSQLite(t, rt), onPostgres(t, rt, shared)}}
		for range rapid.IntRange(1, 20).Draw(rt, "operations") {
			w.runStep(rt)
		}
		w.compare(rt)
	})
}

// directoryModel computes the expected results. Users and organizations are numbered in the order of
// creation; each engine has its own ids for them.
type directoryModel struct {
	users []*modelUser
	orgs  []map[int]model.RoleID // members by user
}

type modelUser struct {
	name     string
	state    model.State // "" once deleted
	admin    bool
	hasToken bool // a valid one
}

// newModel returns a model with the first administrator and the home organization.
func newModel() *directoryModel {
	return &directoryModel{
		users: []*modelUser{{name: "root", state: model.Active, admin: true, hasToken: true}},
		orgs:  []map[int]model.RoleID{{0: model.RoleAdmin}},
	}
}

// result is the result of an operation: the kind of the error, "" for none.
type result string

func kindOf(err error) result {
	if err == nil {
		return ""
	}
	return result(fault.KindOf(err).String())
}

func resultOf(k fault.Kind) result { return result(k.String()) }

// requireAdmin returns the result for operations that only administrators may perform.
func (m *directoryModel) requireAdmin(by int) result {
	switch u := m.users[by]; {
	case !u.hasToken:
		return resultOf(fault.Unauthenticated)
	case !u.admin:
		return resultOf(fault.Forbidden)
	}
	return ""
}

func (m *directoryModel) lastAdmin(id int) bool {
	u := m.users[id]
	others := slices.ContainsFunc(m.users, func(o *modelUser) bool { return o != u && o.admin && o.state == model.Active })
	return u.admin && u.state == model.Active && !others
}

func (m *directoryModel) create(by int, name string) result {
	if denied := m.requireAdmin(by); denied != "" {
		return denied
	}
	if slices.ContainsFunc(m.users, func(u *modelUser) bool { return u.state != "" && strings.EqualFold(u.name, name) }) {
		return resultOf(fault.Conflict)
	}
	m.users = append(m.users, &modelUser{name: name, state: model.Active, hasToken: true})
	m.orgs[0][len(m.users)-1] = model.RoleMember
	return ""
}

// change runs an operation of an administrator on a user.
func (m *directoryModel) change(by, id int, do func(u *modelUser) result) result {
	if denied := m.requireAdmin(by); denied != "" {
		return denied
	}
	if m.users[id].state == "" {
		return resultOf(fault.NotFound)
	}
	return do(m.users[id])
}

func (m *directoryModel) disable(by, id int, state model.State) result {
	return m.change(by, id, func(u *modelUser) result {
		kept := u.state == model.Blocked || u.state == model.Deactivated
		switch {
		case kept && state == model.Deactivated || u.state == state:
			return ""
		case m.lastAdmin(id):
			return resultOf(fault.Forbidden)
		}
		u.state, u.hasToken = state, false
		return ""
	})
}

// deactivate: users may deactivate themselves, and other users are not found.
func (m *directoryModel) deactivate(by, id int) result {
	denied := m.requireAdmin(by)
	switch {
	case denied == resultOf(fault.Forbidden) && by != id:
		return resultOf(fault.NotFound)
	case denied != resultOf(fault.Forbidden):
		return m.disable(by, id, model.Deactivated)
	}
	m.users[id].state, m.users[id].hasToken = model.Deactivated, false
	return ""
}

func (m *directoryModel) enable(by, id int, from model.State) result {
	return m.change(by, id, func(u *modelUser) result {
		if from == model.Deactivated && u.state == model.Blocked {
			return resultOf(fault.Conflict)
		}
		u.state = model.Active
		return ""
	})
}

func (m *directoryModel) setAdmin(by, id int, to bool) result {
	return m.change(by, id, func(u *modelUser) result {
		if !to && m.lastAdmin(id) {
			return resultOf(fault.Forbidden)
		}
		if u.admin != to {
			m.orgs[0][id] = map[bool]model.RoleID{true: model.RoleAdmin, false: model.RoleMember}[to]
		}
		u.admin = to
		return ""
	})
}

func (m *directoryModel) remove(by, id int) result {
	return m.change(by, id, func(u *modelUser) result {
		if m.lastAdmin(id) || m.isLastOrgAdmin(id) {
			return resultOf(fault.Forbidden)
		}
		u.state, u.hasToken = "", false
		for _, members := range m.orgs {
			delete(members, id)
		}
		return ""
	})
}

// isLastOrgAdmin reports whether an organization other than home would have members and no Admin.
func (m *directoryModel) isLastOrgAdmin(id int) bool {
	return slices.ContainsFunc(m.orgs[1:], func(members map[int]model.RoleID) bool {
		if members[id] != model.RoleAdmin || len(members) == 1 {
			return false
		}
		return !m.hasOtherAdmin(members, id)
	})
}

func (m *directoryModel) hasOtherAdmin(members map[int]model.RoleID, but int) bool {
	for id, role := range members {
		if id != but && role == model.RoleAdmin && m.users[id].state == model.Active {
			return true
		}
	}
	return false
}

func (m *directoryModel) createOrganization(by int) result {
	if !m.users[by].hasToken {
		return resultOf(fault.Unauthenticated)
	}
	m.orgs = append(m.orgs, map[int]model.RoleID{by: model.RoleAdmin})
	return ""
}

// addMember adds a user to an organization, as an administrator.
func (m *directoryModel) addMember(by, org, id int, role model.RoleID) result {
	return m.change(by, id, func(*modelUser) result {
		members := m.orgs[org]
		if role != model.RoleAdmin && members[id] == model.RoleAdmin && !m.hasOtherAdmin(members, id) {
			return resultOf(fault.Forbidden)
		}
		members[id] = role
		return ""
	})
}

// comparison runs the same operations on the model and on the engines.
type comparison struct {
	t       *testing.T
	model   *directoryModel
	engines []*engine
}

type engine struct {
	*directory.Directory
	name   string
	users  []model.UserID
	tokens []secret.Text
	orgs   []model.OrgID
}

// actor authenticates a user with the token that register created.
func (e *engine) actor(t *testing.T, by int) model.Actor {
	actor, err := e.Authenticate(t.Context(), model.AnonymousActor(model.Native, "192.0.2.7", "model"), directory.Credential{Secret: e.tokens[by]})
	if err != nil && fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("%s: authenticate: %v", e.name, err)
	}
	return actor
}

func (e *engine) register(t *testing.T, u model.User) error {
	_, text, err := e.CreateToken(t.Context(), model.Operator(), credential.NewToken{
		Owner: u.ID, Name: "model", Scopes: model.Scopes{model.ScopeAPI, model.ScopeSudo},
	})
	e.users, e.tokens = append(e.users, u.ID), append(e.tokens, text)
	return err
}

func newEngine(t *testing.T, rt *rapid.T, name string, store model.Store, err error) *engine {
	if err != nil {
		rt.Fatal(err)
	}
	store = cache.New(store, cache.Options{Memory: 1 << 20})
	rt.Cleanup(func() { _ = store.Close() })
	keyring, err := secret.OpenKeyring(filepath.Join(t.TempDir(), "secret.key"))
	if err != nil {
		rt.Fatal(err)
	}
	hasher := secret.NewHasher(secret.Params{MemoryKiB: 64, Time: 1, Threads: 1}, 2, 100)
	e := &engine{name: name, Directory: directory.New(store, hasher, keyring, mail.Renderer{Base: "https://roster.example", Site: "Roster"}, directorytest.WithDefaults(directory.Options{SignUpOrganizations: true}))}
	root, err := e.prepare(t)
	if err == nil {
		err = e.register(t, root)
	}
	if err != nil {
		rt.Fatal(err)
	}
	return e
}

func (e *engine) prepare(t *testing.T) (model.User, error) {
	op := model.Operator()
	if err := e.Prepare(t.Context(), op, "Home"); err != nil {
		return model.User{}, err
	}
	orgs, err := e.Organizations(t.Context(), op)
	if err != nil {
		return model.User{}, err
	}
	e.orgs = []model.OrgID{orgs[0].ID}
	return e.CreateUser(t.Context(), op, directory.NewUser{Username: "root", Admin: true, Limits: model.DefaultLimits()})
}

func onSQLite(t *testing.T, rt *rapid.T) *engine {
	path := filepath.Join(t.TempDir(), "roster.db")
	sqlitetest.Write(t, path)
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Volatile: true})
	return newEngine(t, rt, "SQLite", store, err)
}

// onPostgres empties the schema of the previous run, because creating a schema takes longer than a run.
func onPostgres(t *testing.T, rt *rapid.T, address string) *engine {
	store, err := postgres.Open(t.Context(), address, postgres.Options{})
	if err == nil {
		err = pgtest.Exec(address, `TRUNCATE users, emails, identities, members, organizations, projects, assignments, access_tokens, sessions, events,
			search, key_check, installation RESTART IDENTITY CASCADE`,
			`INSERT INTO roles (id, organization_id, name, name_key, created_at) VALUES (1, NULL, 'Admin', 'admin', 0), (2, NULL, 'Member', 'member', 0), (3, NULL, 'Pending', 'pending', 0)
			ON CONFLICT DO NOTHING`,
			`UPDATE event_head SET last_id = 0, last_hash = decode(repeat('00', 32), 'hex'), epoch = 0`)
	}
	return newEngine(t, rt, "PostgreSQL", store, err)
}

// runStep runs a random operation on the model and the engines, and compares the results.
func (w *comparison) runStep(rt *rapid.T) {
	by := rapid.IntRange(0, len(w.model.users)-1).Draw(rt, "actor")
	id := rapid.IntRange(0, len(w.model.users)-1).Draw(rt, "user")
	org := rapid.IntRange(0, len(w.model.orgs)-1).Draw(rt, "organization")
	role := rapid.SampledFrom([]model.RoleID{model.RoleAdmin, model.RoleMember}).Draw(rt, "role")
	name := rapid.SampledFrom([]string{"ada", "ADA", "Grace", "barbara", "edsger", "root"}).Draw(rt, "name")
	operations := w.operations(by, id, org, role, name)
	what := rapid.SampledFrom(slices.Sorted(maps.Keys(operations))).Draw(rt, "operation")
	want := operations[what].model()
	for _, e := range w.engines {
		if err := operations[what].engine(e, e.actor(w.t, by)); kindOf(err) != want {
			rt.Fatalf("%s: %s by %d to %d: got %v, want %q", e.name, what, by, id, err, want)
		}
	}
}

// operation is an operation of the model and of an engine.
type operation struct {
	model  func() result
	engine func(e *engine, as model.Actor) error
}

func (w *comparison) operations(by, id, org int, role model.RoleID, name string) map[string]operation {
	m, ctx := w.model, w.t.Context()
	all := map[string]operation{
		"create": {func() result { return m.create(by, name) }, func(e *engine, as model.Actor) error {
			u, err := e.CreateUser(ctx, as, directory.NewUser{Username: name, Limits: model.DefaultLimits()})
			if err != nil {
				return err
			}
			return e.register(w.t, u)
		}},
		"create organization": {func() result { return m.createOrganization(by) }, func(e *engine, as model.Actor) error {
			o, err := e.CreateOrganization(ctx, as, fmt.Sprintf("Organization %d", len(e.orgs)))
			if err == nil {
				e.orgs = append(e.orgs, o.ID)
			}
			return err
		}},
		"add member": {func() result { return m.addMember(by, org, id, role) }, func(e *engine, as model.Actor) error {
			return e.AddMember(ctx, as, e.orgs[org], e.users[id], role)
		}},
		"delete": {func() result { return m.remove(by, id) }, func(e *engine, as model.Actor) error {
			return first(e.DeleteUser(ctx, as, e.users[id]))
		}},
	}
	for word, to := range map[string]bool{"make administrator": true, "revoke administrator": false} {
		all[word] = operation{func() result { return m.setAdmin(by, id, to) }, func(e *engine, as model.Actor) error {
			return first(e.ChangeUser(ctx, as, e.users[id], directory.UserChange{Admin: &to}))
		}}
	}
	all["block"] = operation{func() result { return m.disable(by, id, model.Blocked) }, func(e *engine, as model.Actor) error {
		return first(e.BlockUser(ctx, as, e.users[id]))
	}}
	all["unblock"] = operation{func() result { return m.enable(by, id, model.Blocked) }, func(e *engine, as model.Actor) error {
		return first(e.UnblockUser(ctx, as, e.users[id]))
	}}
	all["deactivate"] = operation{func() result { return m.deactivate(by, id) }, func(e *engine, as model.Actor) error {
		return first(e.DeactivateUser(ctx, as, e.users[id]))
	}}
	all["reactivate"] = operation{func() result { return m.enable(by, id, model.Deactivated) }, func(e *engine, as model.Actor) error {
		return first(e.ReactivateUser(ctx, as, e.users[id]))
	}}
	return all
}

func first[T any](_ T, err error) error { return err }

// compare compares all users and organizations of each engine with the model.
func (w *comparison) compare(rt *rapid.T) {
	want := w.model.summary()
	for _, e := range w.engines {
		got, err := e.summary(w)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			rt.Fatalf("%s: %v (-model +engine)\n%s", e.name, err, diff)
		}
		if _, err := e.VerifyChain(w.t.Context(), model.Operator()); err != nil {
			rt.Fatalf("%s: %v", e.name, err)
		}
	}
}

// summary describes all users and members without ids.
func (m *directoryModel) summary() []string {
	lines := []string{}
	for i, u := range m.users {
		if u.state != "" {
			lines = append(lines, fmt.Sprintf("%d %s %s admin %v, has token %v", i, u.name, u.state, u.admin, u.hasToken))
		}
	}
	for o, members := range m.orgs {
		for _, id := range slices.Sorted(maps.Keys(members)) {
			lines = append(lines, fmt.Sprintf("in %d: %d as %d", o, id, members[id]))
		}
	}
	return lines
}

func (e *engine) summary(w *comparison) ([]string, error) {
	ctx, op := w.t.Context(), model.Operator()
	page, fault := e.Users(ctx, op, model.UserFilter{})
	lines := []string{}
	for _, u := range page.Items {
		i := slices.Index(e.users, u.ID)
		lines = append(lines, fmt.Sprintf("%d %s %s admin %v, has token %v", i, u.Username, u.Shown(), u.Admin, !e.actor(w.t, i).Anonymous()))
	}
	for o, id := range e.orgs {
		members, err := e.Members(ctx, op, id)
		fault = errors.Join(fault, err)
		for _, m := range members {
			lines = append(lines, fmt.Sprintf("in %d: %d as %d", o, slices.Index(e.users, m.User.ID), m.Role.ID))
		}
	}
	return lines, fault
}
