package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// The administrator's operation with the caller's own id has the requirements of ChangeMe, also if the
// caller acts as another administrator.
func TestOwnPasswordByIDRequiresTheCurrentOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	h.AddUser("boss", admin)
	now, next := password("root"), secret.Text("another long phrase")
	for _, api := range []model.API{model.Native, model.GitLab} {
		key := h.actorAt(api, must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), root.ID) }))
		token := h.actorAt(api, h.AddToken(root))
		for name, actor := range map[string]model.Actor{
			"an API key": key, "a token": token, "a token for an hour": h.expiringActor(root),
			"a key that acts as another": must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), key, "boss") }),
		} {
			change := directory.UserChange{Password: &next}
			if err := h.change(actor, root.ID, change); !fault.Has(err, "current_password", fault.Blank) {
				t.Errorf("%s at %s: got %v", name, api, err)
			}
			change.CurrentPassword = "wrong"
			wantFault(t, h.change(actor, root.ID, change), "current_password", fault.WrongPassword)
			change.CurrentPassword = now
			h.Must(h.change(actor, root.ID, change))
			now, next = next, now
		}
	}
	actor := h.Actor(root)
	h.Must(h.change(actor, root.ID, directory.UserChange{Bio: ref("writes"), CurrentPassword: "not looked at"}))
	h.Must(h.change(actor, root.ID, directory.UserChange{Email: ref("root2@example.org")}))
}

func TestStaleSessionChangesItsOwnUserByIDWithTheCurrentPassword(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root := h.AddUser("root", admin)
	session := must(t, func() (secret.Text, error) { return h.AddSession("root", model.ConsoleLogin) })
	h.Clock.Advance(time.Hour)
	actor := h.actorAt(model.Native, session)
	change := directory.UserChange{Email: ref("root2@example.org")}
	wantFault(t, h.change(actor, root.ID, change), "reauthentication", fault.Required)
	change.CurrentPassword = password("root")
	h.Must(h.change(actor, root.ID, change))
}

func TestGitLabChangesTheOwnPasswordWithoutTheCurrentOneOnlyIfSet(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate, o.GitLabOwnPasswordRules = time.Minute, true })
	root, boss := h.AddUser("root", admin), h.AddUser("boss", admin)
	session := must(t, func() (secret.Text, error) { return h.AddSession("root", model.ConsoleLogin) })
	h.Clock.Advance(time.Hour)
	change := directory.UserChange{Password: ref(secret.Text("another long phrase"))}
	wantFault(t, h.change(h.actorAt(model.GitLab, session), root.ID, change), "reauthentication", fault.Required)
	wantFault(t, h.change(h.actorAt(model.Native, h.AddToken(root)), root.ID, change), "current_password", fault.Blank)
	h.Must(h.change(h.actorAt(model.GitLab, h.AddToken(root)), root.ID, change))
	h.Must(h.change(h.actorAt(model.GitLab, h.AddToken(root)), boss.ID, change))
}

// A token that expires gives no access that lasts longer: to no administrator, and not to its own user. It
// can create and change ordinary users.
func TestExpiringCredentialGivesNoAccessToAdministrators(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, boss, eve := h.AddUser("root", admin), h.AddUser("boss", admin), h.AddUser("eve")
	token := h.expiringActor(root)
	_, text, err := h.CreateSessionFor(t.Context(), token, root.ID, model.WekanLogin)
	h.Must(err)
	acting := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), token, "boss") })
	for name, actor := range map[string]model.Actor{"the token": token, "its session": h.ActorWith(text)} {
		for operation, err := range map[string]error{
			"creates an administrator":                none(h.CreateUser(t.Context(), actor, directory.NewUser{Username: aName(), Admin: true})),
			"makes an administrator":                  h.change(actor, eve.ID, directory.UserChange{Admin: ref(true)}),
			"sets an administrator's password":        h.change(actor, boss.ID, directory.UserChange{Password: ref(secret.Text("another long phrase"))}),
			"changes an administrator's address":      h.change(actor, boss.ID, directory.UserChange{Email: ref("mole@example.net")}),
			"gives an administrator an identity":      h.change(actor, boss.ID, directory.UserChange{Identity: &model.Identity{Provider: "ldap", ExternalUID: "mole"}}),
			"adds an address of an administrator":     none(h.AddEmail(t.Context(), actor, boss.ID, "mole@example.net")),
			"adds an address of the user":             none(h.AddEmail(t.Context(), actor, root.ID, "mole@example.net")),
			"as another, changes that one's address":  none(h.ChangeMe(t.Context(), acting, directory.SelfChange{Email: ref("mole@example.net")})),
			"as another, changes that one's password": none(h.ChangeMe(t.Context(), acting, directory.SelfChange{Password: ref(secret.Text("another long phrase"))})),
			"as another, adds an address":             none(h.AddEmail(t.Context(), acting, boss.ID, "mole@example.net")),
		} {
			if fault.KindOf(err) != fault.Forbidden || !fault.Has(err, "expires_at", fault.TooLate) {
				t.Errorf("%s %s: got %v", name, operation, err)
			}
		}
		for operation, err := range map[string]error{
			"address":                 none(h.ChangeMe(t.Context(), actor, directory.SelfChange{Email: ref("mole@example.net")})),
			"password":                none(h.ChangeMe(t.Context(), actor, directory.SelfChange{Password: ref(secret.Text("another long phrase"))})),
			"address, by id":          h.change(actor, root.ID, directory.UserChange{Email: ref("mole@example.net")}),
			"identity, by id":         h.change(actor, root.ID, directory.UserChange{Identity: &model.Identity{Provider: "ldap", ExternalUID: "mole"}}),
			"address, wrong password": h.change(actor, root.ID, directory.UserChange{Email: ref("mole@example.net"), CurrentPassword: "wrong"}),
		} {
			if !fault.Has(err, "current_password", fault.Blank) && !fault.Has(err, "current_password", fault.WrongPassword) {
				t.Errorf("%s, own %s: got %v", name, operation, err)
			}
		}
		h.Must(none(h.CreateUser(t.Context(), actor, directory.NewUser{Username: aName(), Email: aName() + "@example.org", Password: "another long phrase"})))
		h.Must(h.change(actor, eve.ID, directory.UserChange{Password: ref(secret.Text("another long phrase")), Email: ref(aName() + "@example.org")}))
		h.Must(none(h.AddEmail(t.Context(), actor, eve.ID, aName()+"@example.org")))
		h.Must(h.change(actor, root.ID, directory.UserChange{Email: ref(aName() + "@example.org"), CurrentPassword: password("root")}))
	}
}

func TestExpiringCredentialSetsNoFirstPassword(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.AddUser("eve", func(n *directory.NewUser) { n.Password = "" })
	brief := h.expiringActor(eve)
	wantFault(t, h.ChangePassword(t.Context(), brief, "", "another long phrase"), "expires_at", fault.TooLate)
	wantFault(t, none(h.ChangeMe(t.Context(), brief, directory.SelfChange{Password: ref(secret.Text("another long phrase"))})), "expires_at", fault.TooLate)
	h.Must(h.ChangePassword(t.Context(), h.Actor(eve), "", "another long phrase"))
	h.Must(h.ChangePassword(t.Context(), h.expiringActor(eve), "another long phrase", "one more long phrase"))
}

// A credential that may not change an administrator must not revoke the administration first, take
// the username, or give a blocked administrator access again.
func TestChangingAnAdministratorRequiresAFullCredentialWithoutExpiry(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.ReserveNames = time.Hour })
	root, boss, eve := h.AddUser("root", admin), h.AddUser("boss", admin), h.AddUser("eve")
	operations := func(actor model.Actor) map[string]func() error {
		return map[string]func() error{
			"rename":          func() error { return h.change(actor, boss.ID, directory.UserChange{Username: ref(aName())}) },
			"revoke":          func() error { return h.change(actor, boss.ID, directory.UserChange{Admin: ref(false)}) },
			"grant":           func() error { return h.change(actor, eve.ID, directory.UserChange{Admin: ref(true)}) },
			"unblock":         func() error { return none(h.UnblockUser(t.Context(), actor, h.addBlocked(admin))) },
			"reactivate":      func() error { return none(h.ReactivateUser(t.Context(), actor, h.addDeactivated(admin))) },
			"release a name":  func() error { return h.ReleaseName(t.Context(), actor, model.UsernameKind, h.freeName()) },
			"release no name": func() error { return h.ReleaseName(t.Context(), actor, model.SlugKind, "nothing") },
		}
	}
	for name, actor := range map[string]model.Actor{
		"a token of less scope": h.Actor(root, model.ScopeAPI), "a token for an hour": h.expiringActor(root),
	} {
		for operation, run := range operations(actor) {
			if err := run(); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s, %s: got %v", name, operation, err)
			}
		}
		h.Must(h.change(actor, boss.ID, directory.UserChange{Username: ref("BOSS"), Admin: ref(true), Bio: ref(name)})) // changes no access
		h.Must(h.change(actor, eve.ID, directory.UserChange{Username: ref(aName())}))
		h.Must(none(h.UnblockUser(t.Context(), actor, h.addBlocked())))
		h.Must(none(h.ReactivateUser(t.Context(), actor, h.addDeactivated())))
		h.Must(none(h.UnblockUser(t.Context(), actor, boss.ID))) // is not blocked
	}
	for operation, run := range operations(h.Actor(root)) {
		if err := run(); err != nil && operation != "release no name" {
			t.Errorf("a token of full scope, %s: %v", operation, err)
		}
	}
}

// A key that ended the password of its user could set the next one as the first, without the current one.
func TestAPIKeyCannotRemoveThePasswordOfItsUser(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root, ada := h.AddUser("root", admin), h.AddUser("ada")
	h.AddUser("boss", admin)
	org := h.AddOrganization("acme")
	h.Must(h.AddMember(t.Context(), operator(), org.ID, ada.ID, model.RoleAdmin))
	h.Must(h.RemoveMembers(t.Context(), operator(), h.Home.ID, []model.UserID{ada.ID}))
	for _, c := range []struct {
		user model.User
		org  model.OrgID
	}{{root, h.Home.ID}, {ada, org.ID}} {
		key := h.actorAt(model.PM415, must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), c.user.ID) }))
		actors := map[string]model.Actor{"an API key": key, "a token": h.Actor(c.user)}
		if c.user.Admin {
			actors["a key that acts as another"] = must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), key, "boss") })
		}
		for name, actor := range actors {
			h.Must(h.ResetMemberPasswords(t.Context(), actor, c.org, []model.UserID{c.user.ID}))
			next := directory.SelfChange{Password: ref(secret.Text("another long phrase"))}
			if name != "a key that acts as another" {
				wantFault(t, none(h.ChangeMe(t.Context(), actor, next)), "current_password", fault.Blank)
			}
			if _, err := h.AddSession(c.user.Username, model.WekanLogin); err != nil {
				t.Errorf("%s of %s: the password ended: %v", name, c.user.Username, err)
			}
		}
	}
}
