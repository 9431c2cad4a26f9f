package directory_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// fieldsFixture is a directory with a user that has every private field.
type fieldsFixture struct {
	*fixture
	user    model.User // complete
	project model.Project
}

func newFieldsFixture(t *testing.T, setup ...func(*directory.Options)) *fieldsFixture {
	t.Helper()
	h := newFixture(t, setup...)
	u := h.AddUser("eve", in(h.Home.ID, model.RoleMember), func(n *directory.NewUser) {
		n.Identity = model.Identity{Provider: "ldap", ExternalUID: "eve-at-ldap"}
	})
	h.Must(none(h.AddEmail(t.Context(), operator(), u.ID, "second@example.org")))
	plan := must(t, func() (model.Project, error) {
		return h.CreateProject(t.Context(), operator(), project.NewProject{Org: h.Home.ID, Name: "Plan"})
	})
	h.Must(h.Assign(t.Context(), operator(), h.Home.ID, plan.Permalink, []model.UserID{u.ID}))
	return &fieldsFixture{fixture: h, user: must(t, func() (model.User, error) { return h.User(t.Context(), operator(), u.ID) }), project: plan}
}

// reads returns the user from every operation that returns users, by name.
func (h *fieldsFixture) reads(actor model.Actor) map[string]func() (model.User, error) {
	ctx, u := h.T.Context(), h.user
	first := func(users []model.User, err error) (model.User, error) {
		i := slices.IndexFunc(users, func(one model.User) bool { return one.ID == u.ID })
		if err != nil || i < 0 {
			return model.User{}, err
		}
		return users[i], nil
	}
	usersOfRows := func(rows []directory.UserRow) (users []model.User) {
		for _, row := range rows {
			users = append(users, row.User)
		}
		return users
	}
	usersOf := func(members []directory.MemberUser) (users []model.User) {
		for _, m := range members {
			users = append(users, m.User)
		}
		return users
	}
	return map[string]func() (model.User, error){
		"User":           func() (model.User, error) { return h.User(ctx, actor, u.ID) },
		"UserByUID":      func() (model.User, error) { return h.UserByUID(ctx, actor, u.UID) },
		"UserByUsername": func() (model.User, error) { return h.UserByUsername(ctx, actor, u.Username) },
		"UserNamed":      func() (model.User, error) { return h.UserNamed(ctx, actor, u.Username) },
		"UserByEmail":    func() (model.User, error) { return h.UserByEmail(ctx, actor, u.Primary().Address) },
		"Users": func() (model.User, error) {
			page, err := h.Users(ctx, actor, model.UserFilter{})
			return first(page.Items, err)
		},
		"UserRows": func() (model.User, error) {
			page, err := h.UserRows(ctx, actor, model.UserFilter{})
			return first(usersOfRows(page.Items), err)
		},
		"UserRowsByID": func() (model.User, error) {
			rows, err := h.UserRowsByID(ctx, actor, []model.UserID{u.ID})
			return first(usersOfRows(rows), err)
		},
		"Members": func() (model.User, error) {
			members, err := h.Members(ctx, actor, h.Home.ID)
			return first(usersOf(members), err)
		},
		"MembersPage": func() (model.User, error) {
			page, err := h.MembersPage(ctx, actor, model.UserFilter{Org: h.Home.ID})
			return first(usersOf(page.Items), err)
		},
		"MembersImpact": func() (model.User, error) {
			impact, err := h.MembersImpact(ctx, actor, h.Home.ID, []model.UserID{u.ID})
			if err != nil || len(impact.Members) == 0 {
				return model.User{}, err
			}
			return impact.Members[0].User, nil
		},
		"ExplainMember": func() (model.User, error) {
			found, err := h.ExplainMember(ctx, actor, h.Home.ID, u.ID)
			return found.User, err
		},
		"NamesOfEvents": func() (model.User, error) {
			names, err := h.NamesOfEvents(ctx, actor, []model.Event{{User: u.ID}})
			return names.Users[u.ID], err
		},
		"Assigned": func() (model.User, error) { return first(h.Assigned(ctx, actor, h.Home.ID, h.project.Permalink)) },
	}
}

// actorsOf returns an actor of each kind in an API, and whether it sees all fields of the user.
func (h *fieldsFixture) actorsOf(api model.API) map[string]fieldsActor {
	member, chief := h.AddUser("bob", in(h.Home.ID, model.RoleMember)), h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))
	root := h.AddUser("root", admin)
	with := func(u model.User, scopes ...model.Scope) model.Actor {
		return must(h.T, func() (model.Actor, error) {
			return h.Authenticate(h.T.Context(), caller(api), directory.Credential{Secret: h.AddToken(u, scopes...)})
		})
	}
	return map[string]fieldsActor{
		"the user":                           {with(h.user), own},
		"the user with a token for reading":  {with(h.user, model.ScopeReadAPI), own},
		"a member":                           {with(member), other},
		"an Admin of the organization":       {with(chief), other},
		"an administrator":                   {with(root), manager},
		"an administrator's reading token":   {with(root, model.ScopeReadAPI), other},
		"an administrator that acts as bob":  {must(h.T, func() (model.Actor, error) { return h.ActAs(h.T.Context(), with(root), "bob") }), other},
		"an administrator that acts as user": {must(h.T, func() (model.Actor, error) { return h.ActAs(h.T.Context(), with(root), h.user.Username) }), own},
		"the operator":                       {operator(), manager},
	}
}

type fieldsActor struct {
	model.Actor
	relation relation
}

// relation is the relation of an actor to the user that is read.
type relation int

const (
	own relation = iota
	other
	manager
)

// Every operation that returns users has the same fields for the same actor, and complete records for
// the user and for administrators.
func TestOperationsReturnTheFieldsThatTheActorMaySee(t *testing.T) {
	t.Parallel()
	type sets [manager + 1]model.UserFields
	usual := sets{model.AllFields, model.PublicFields, model.AllFields}
	for name, c := range map[string]struct {
		basic bool
		wants map[model.API]sets
	}{
		"by default": {false, map[model.API]sets{
			model.Native: usual, model.Wekan: usual, model.Codebase: usual, model.PM415: usual, model.Console: usual,
			model.GitLab: {model.AllFields, model.GitLabFields, model.AllFields},
		}},
		"with basic users in GitLab": {true, map[model.API]sets{
			model.Native: usual, model.Console: usual,
			model.GitLab: {model.BasicFields, model.BasicFields, model.AllFields},
		}},
	} {
		for api, wants := range c.wants {
			t.Run(name+"/"+string(api), func(t *testing.T) {
				t.Parallel()
				h := newFieldsFixture(t, func(o *directory.Options) { o.GitLabBasicUsers = c.basic })
				for kind, actor := range h.actorsOf(api) {
					h.wantFields(kind, actor.Actor, wants[actor.relation])
				}
			})
		}
	}
}

// completeUsers are the operations that return complete records: they require users.manage, or return the
// user of the actor, of the credential or of the link.
const completeUsers = `Me Self Administration ChangeMe ManagedUser ManagedUsers CreateUser ChangeUser BlockUser UnblockUser DeactivateUser
	ReactivateUser DeleteUser DormantUsers RemoveIdentity ResetSecondFactor PersonalData Register RegisterAndLogIn LogIn CheckPassword
	ForgotPassword ResetPassword VerifyEmail RevertEmail AcceptInvitation InvitationByToken CompleteSetup CreateAdministrator
	DenyUntilRestart SetPasswordAsOperator CreateResetLink AccessOf Unlock CheckAccess Export SendPasswordReset Offboard Offboarding`

// A new operation that returns users has to be in one of the two lists.
func TestEveryOperationThatReturnsUsersIsKnown(t *testing.T) {
	t.Parallel()
	h := newFieldsFixture(t)
	known := strings.Fields(completeUsers + " EachAssigned Invite InviteMany ResendInvitation")
	for operation := range h.reads(operator()) {
		known = append(known, operation)
	}
	for m := range reflect.TypeOf(h.Directory).Methods() {
		for out := range m.Type.Outs() {
			if holdsUser(out, 0) && !slices.Contains(known, m.Name) {
				t.Errorf("%s returns a user: call RedactUser there and add it to reads, or add it to completeUsers", m.Name)
			}
		}
	}
}

// holdsUser reports whether a value of a type contains a user record.
func holdsUser(of reflect.Type, depth int) bool {
	switch {
	case of == reflect.TypeFor[model.User]():
		return true
	case depth > 4:
		return false
	}
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return holdsUser(of.Elem(), depth+1)
	case reflect.Struct:
		for i := range of.NumField() {
			if of.Field(i).IsExported() && holdsUser(of.Field(i).Type, depth+1) {
				return true
			}
		}
	}
	return false
}

// wantFields fails unless every read of the actor returns the user with these fields.
func (h *fieldsFixture) wantFields(kind string, actor model.Actor, fields model.UserFields) {
	h.T.Helper()
	want := must(h.T, func() (model.User, error) { return h.User(h.T.Context(), operator(), h.user.ID) })
	want.Redact(fields)
	for operation, read := range h.reads(actor) {
		got, err := read()
		if (operation == "MembersImpact" || operation == "ExplainMember") && fault.KindOf(err) == fault.Forbidden {
			continue // they require members.manage
		}
		if err != nil {
			h.T.Errorf("%s by %s: %v", operation, kind, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			h.T.Errorf("%s by %s (-want +got):\n%s", operation, kind, diff)
		}
	}
}

// A caller's own record is complete in every API also where a list shows the caller in the short form.
func TestOwnRecordIsComplete(t *testing.T) {
	t.Parallel()
	h := newFieldsFixture(t, func(o *directory.Options) { o.GitLabBasicUsers = true })
	for _, api := range model.APIs() {
		actor := must(t, func() (model.Actor, error) {
			return h.Authenticate(t.Context(), caller(api), directory.Credential{Secret: h.AddToken(h.user)})
		})
		if diff := cmp.Diff(h.user, must(t, func() (model.User, error) { return h.Me(t.Context(), actor) })); diff != "" {
			t.Errorf("%s:\n%s", api, diff)
		}
	}
}

// A lookup by an address that the actor does not see would reveal the user of the address.
func TestUsersAreFoundOnlyByAddressesThatTheActorSees(t *testing.T) {
	t.Parallel()
	h := newFieldsFixture(t)
	for kind, actor := range h.actorsOf(model.Native) {
		for lookup, find := range map[string]func(address string) error{
			"UserByEmail": func(address string) error { return none(h.UserByEmail(t.Context(), actor.Actor, address)) },
			"UserNamed":   func(address string) error { return none(h.UserNamed(t.Context(), actor.Actor, "email:"+address)) },
		} {
			h.Must(find(h.user.Primary().Address))
			err := find("second@example.org")
			if actor.relation == other {
				wantKind(t, err, fault.NotFound)
			} else if err != nil {
				t.Errorf("%s by %s: %v", lookup, kind, err)
			}
		}
	}
}
