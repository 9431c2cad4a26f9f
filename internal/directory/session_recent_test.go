package directory_test

import (
	"iter"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

// everyAPI returns the APIs that accept a session.
func everyAPI() []model.API {
	return []model.API{model.GitLab, model.Wekan, model.PM415, model.Codebase, model.Native, model.Console}
}

func aName() string { return secret.NewOpaque(9, secret.LowerAlnum).Reveal() }

// credentialOperations returns the operations of an administrator that read, create or change a credential,
// an address or a password, of the administrator and of another user.
func (h *fixture) credentialOperations(actor model.Actor, other model.User) map[string]func() error {
	ctx, id := h.T.Context(), actor.UserID()
	phrase := ref(secret.Text("another long phrase"))
	change := func(of model.UserID, c directory.UserChange) func() error {
		return func() error { return h.change(actor, of, c) }
	}
	token := func(of model.UserID) func() error {
		n := credential.NewToken{Owner: of, Name: "more", Scopes: model.Scopes{model.ScopeReadUser}}
		return func() error { return none2(h.CreateToken(ctx, actor, n)) }
	}
	rotate := func() error {
		fresh, _, err := h.CreateToken(ctx, operator(), credential.NewToken{Owner: id, Name: "old", Scopes: model.Scopes{model.ScopeReadUser}})
		h.Must(err)
		return none2(h.RotateToken(ctx, actor, id, fresh.ID))
	}
	create := func(n directory.NewUser) func() error {
		n.Username = aName()
		return func() error { return none(h.CreateUser(ctx, actor, n)) }
	}
	var lines iter.Seq2[importer.Line, error] = func(func(importer.Line, error) bool) {}
	removeEmail := func() error {
		all := must(h.T, func() ([]model.Email, error) { return h.Emails(ctx, operator(), id) })
		if len(all) < 2 {
			all = append(all, must(h.T, func() (model.Email, error) { return h.AddEmail(ctx, operator(), id, aName()+"@example.org") }))
		}
		return none(h.RemoveEmail(ctx, actor, id, all[len(all)-1].ID))
	}
	rotateSecret := func() error {
		all := must(h.T, func() ([]model.Webhook, error) { return h.Webhooks(ctx, operator()) })
		if len(all) == 0 {
			hook, _, err := h.CreateWebhook(ctx, operator(), webhook.NewWebhook{URL: "https://hooks.example/rotated"})
			h.Must(err)
			all = append(all, hook)
		}
		return none(h.RotateWebhookSecret(ctx, actor, all[0].ID))
	}
	hook := func() model.Webhook {
		all := must(h.T, func() ([]model.Webhook, error) { return h.Webhooks(ctx, operator()) })
		return all[len(all)-1]
	}
	newRole := func() model.Role {
		return must(h.T, func() (model.Role, error) {
			return h.CreateRole(ctx, operator(), role.NewRole{Org: h.Home.ID, Name: aName(), Permissions: []model.Permission{model.UsersRead}})
		})
	}
	invite := func(role model.RoleID) error {
		return none(h.Invite(ctx, actor, invitation.NewInvitation{Org: h.Home.ID, Email: aName() + "@example.org", Role: role}))
	}
	changeRole := func(c role.Change) error {
		return none(h.ChangeRole(ctx, actor, h.Home.ID, newRole().ID, c))
	}
	changeWebhook := func() error {
		h.Must(none2(h.CreateWebhook(ctx, operator(), webhook.NewWebhook{URL: "https://hooks.example/changed"})))
		return none(h.ChangeWebhook(ctx, actor, hook().ID, webhook.Change{URL: ref("https://evil.example/x")}))
	}
	resend := func() error {
		sent := must(h.T, func() (invitation.Sent, error) {
			return h.Invite(ctx, operator(), invitation.NewInvitation{Org: h.Home.ID, Email: aName() + "@example.org", Role: model.RoleAdmin})
		})
		return none(h.ResendInvitation(ctx, actor, h.Home.ID, sent.Invitation.ID))
	}
	return map[string]func() error{
		"change a webhook's address": changeWebhook,
		"invite an Admin":            func() error { return invite(model.RoleAdmin) },
		"resend to an Admin":         resend,
		"make a member Admin":        func() error { return h.SetMemberRole(ctx, actor, h.Home.ID, other.ID, model.RoleAdmin) },
		"make members Admin": func() error {
			return none(h.SetMemberRoles(ctx, actor, h.Home.ID, []model.UserID{other.ID}, model.RoleAdmin))
		},
		"add an Admin": func() error { return h.AddMember(ctx, actor, h.Home.ID, other.ID, model.RoleAdmin) },
		"let a role manage members": func() error {
			return changeRole(role.Change{Permissions: &[]model.Permission{model.UsersRead, model.MembersManage}})
		},
		"make Admin the default role": func() error {
			return none(h.ChangeRole(ctx, actor, h.Home.ID, model.RoleAdmin, role.Change{Default: true}))
		},
		"create with an address":    create(directory.NewUser{Email: aName() + "@example.org"}),
		"show the API key":          func() error { return none(h.APIKey(ctx, actor)) },
		"make an API key":           func() error { return none(h.RotateAPIKey(ctx, actor)) },
		"make a token":              token(id),
		"make a token of another":   token(other.ID),
		"rotate a token":            rotate,
		"open a session of oneself": func() error { return none2(h.CreateSessionFor(ctx, actor, id, model.WekanLogin)) },
		"open a session of another": func() error { return none2(h.CreateSessionFor(ctx, actor, other.ID, model.WekanLogin)) },
		"add an SSH key":            func() error { return none(h.AddKey(ctx, actor, id, model.NewKey{Key: sshLine(h.T)})) },
		"add an SSH key to another": func() error { return none(h.AddKey(ctx, actor, other.ID, model.NewKey{Key: sshLine(h.T)})) },
		"add an address":            func() error { return none(h.AddEmail(ctx, actor, id, aName()+"@example.org")) },
		"add an address to another": func() error { return none(h.AddEmail(ctx, actor, other.ID, aName()+"@example.org")) },
		"remove an address":         removeEmail,
		"change the own address": func() error {
			return none(h.ChangeMe(ctx, actor, directory.SelfChange{Email: ref(aName() + "@example.org")}))
		},
		"change the own password":    func() error { return none(h.ChangeMe(ctx, actor, directory.SelfChange{Password: phrase})) },
		"change an address":          change(other.ID, directory.UserChange{Email: ref(aName() + "@example.org")}),
		"change a password":          change(other.ID, directory.UserChange{Password: phrase}),
		"set the own password by id": change(id, directory.UserChange{Password: phrase}),
		"add an identity":            change(other.ID, directory.UserChange{Identity: &model.Identity{Provider: "ldap", ExternalUID: aName()}}),
		"make an administrator":      change(other.ID, directory.UserChange{Admin: ref(true)}),
		"revoke the administration": func() error {
			return h.change(actor, h.AddUser(aName(), admin).ID, directory.UserChange{Admin: ref(false)})
		},
		"change a username":       change(other.ID, directory.UserChange{Username: ref(aName())}),
		"release a name":          func() error { return h.ReleaseName(ctx, actor, model.UsernameKind, h.freeName()) },
		"unblock a user":          func() error { return none(h.UnblockUser(ctx, actor, h.addBlocked())) },
		"reactivate a user":       func() error { return none(h.ReactivateUser(ctx, actor, h.addDeactivated())) },
		"create an administrator": create(directory.NewUser{Admin: true}),
		"create with a password":  create(directory.NewUser{Password: "another long phrase"}),
		"create with an identity": create(directory.NewUser{Identity: model.Identity{Provider: "ldap", ExternalUID: aName()}}),
		"import users":            func() error { return none(h.Import(ctx, actor, importer.Import{Name: aName()}, lines, nil)) },
		"create a webhook": func() error {
			return none2(h.CreateWebhook(ctx, actor, webhook.NewWebhook{URL: "https://hooks.example/x"}))
		},
		"rotate the webhook's secret": rotateSecret,
	}
}

// freeName returns a username that a user had and that is reserved.
func (h *fixture) freeName() string {
	h.T.Helper()
	u := h.AddUser(aName())
	h.Must(h.change(operator(), u.ID, directory.UserChange{Username: ref(aName())}))
	return u.Username
}

func (h *fixture) addBlocked(setup ...func(*directory.NewUser)) model.UserID {
	h.T.Helper()
	u := h.AddUser(aName(), setup...)
	h.Must(none(h.BlockUser(h.T.Context(), operator(), u.ID)))
	return u.ID
}

func (h *fixture) addDeactivated(setup ...func(*directory.NewUser)) model.UserID {
	h.T.Helper()
	u := h.AddUser(aName(), setup...)
	h.Must(none(h.DeactivateUser(h.T.Context(), operator(), u.ID)))
	return u.ID
}

// staleSessions returns sessions of root of every kind without a recent password check.
func (h *fixture) staleSessions(root model.User) map[string]secret.Text {
	h.T.Helper()
	stale := map[string]secret.Text{}
	for _, kind := range []model.SessionKind{model.ConsoleLogin, model.WekanLogin, model.PM415Login} {
		stale[string(kind)] = must(h.T, func() (secret.Text, error) { return h.AddSession(root.Username, kind) })
	}
	_, own, err := h.CreateSessionFor(h.T.Context(), h.ActorWith(stale["console"]), root.ID, model.WekanLogin)
	h.Must(err)
	stale["made by a session for its user"] = own
	h.Clock.Advance(time.Hour)
	for _, from := range []string{"console", "wekan", "pm415"} {
		stale["switched from "+from] = must(h.T, func() (secret.Text, error) {
			return h.SwitchOrganization(h.T.Context(), h.ActorWith(stale[from]), h.Home.ID)
		})
	}
	stale["switched twice"] = must(h.T, func() (secret.Text, error) {
		return h.SwitchOrganization(h.T.Context(), h.ActorWith(stale["switched from console"]), h.Home.ID)
	})
	return stale
}

func TestStaleSessionCannotReadOrChangeCredentials(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root, eve := h.AddUser("root", admin), h.AddUser("eve")
	h.Must(none(h.RotateAPIKeyOf(t.Context(), operator(), root.ID)))
	for kind, text := range h.staleSessions(root) {
		for _, api := range everyAPI() {
			actor := h.actorAt(api, text)
			for name, operation := range h.credentialOperations(actor, eve) {
				err := operation()
				if fault.KindOf(err) != fault.Forbidden || !fault.Has(err, "reauthentication", fault.Required) {
					t.Errorf("session %s at %s, %s: got %v", kind, api, name, err)
				}
			}
			h.wantNoAPIKey(actor)
		}
	}
	h.Must(none(h.AddSession("root", model.ConsoleLogin))) // with the previous password
}

// wantNoAPIKey fails if records contain the API key.
func (h *fixture) wantNoAPIKey(actor model.Actor) {
	h.T.Helper()
	own := must(h.T, func() (*directory.Self, error) {
		return h.Self(h.T.Context(), actor, directory.SelfFields{APIKey: true})
	})
	keys := must(h.T, func() (map[model.UserID]secret.Text, error) {
		return h.APIKeys(h.T.Context(), actor, []model.UserID{actor.UserID()})
	})
	if own.APIKey != "" || len(keys) > 0 {
		h.T.Error("a record shows the API key")
	}
}

func TestRecentSessionCanReadAndChangeCredentials(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	root := h.AddUser("root", admin)
	h.Must(none(h.RotateAPIKeyOf(t.Context(), operator(), root.ID)))
	names := h.credentialOperations(operator(), root)
	for name := range names {
		eve := h.AddUser(aName())
		session := must(t, func() (secret.Text, error) { return h.AddSession("root", model.WekanLogin) })
		actor := h.actorAt(model.GitLab, session)
		if err := h.credentialOperations(actor, eve)[name](); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		h.Must(h.change(operator(), root.ID, directory.UserChange{Password: ref(password("root"))}))
	}
}

// For a user without a password, the first session decides, and sessions created by it are not more recent.
func TestSessionOpenedByASessionIsNotMoreRecent(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	eve := h.AddUser("eve", func(n *directory.NewUser) { n.Password = "" })
	_, first, err := h.CreateSessionFor(t.Context(), operator(), eve.ID, model.ConsoleLogin)
	h.Must(err)
	h.Clock.Advance(14 * time.Minute)
	second := must(t, func() (secret.Text, error) { return h.SwitchOrganization(t.Context(), h.ActorWith(first), h.Home.ID) })
	h.wantAdditions("fresh", h.actorAt(model.PM415, second), true)
	h.Clock.Advance(time.Minute)
	h.wantAdditions("stale", h.actorAt(model.PM415, second), false)
}

func TestSessionOpenedByASessionExpiresWithIt(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Lifetimes.ConsoleSession = 12 * time.Hour })
	h.AddUser("ada")
	first := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
	h.Clock.Advance(11 * time.Hour)
	second := must(t, func() (secret.Text, error) { return h.SwitchOrganization(t.Context(), h.ActorWith(first), h.Home.ID) })
	if !h.IsValid(second) {
		t.Fatal("the second session does not live")
	}
	h.Clock.Advance(2 * time.Hour)
	if h.IsValid(first) || h.IsValid(second) {
		t.Error("a session lives on")
	}
}

func TestOwnPasswordChangesWithTheCurrentOneByEveryCredential(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	ada := h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.PM415Login) })
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), ada.ID) })
	token := h.AddToken(ada)
	h.Clock.Advance(time.Hour)
	now, next := password("ada"), secret.Text("another long phrase")
	// The session is first, because changing the password by another credential revokes it.
	for _, c := range []struct {
		name string
		text secret.Text
	}{{"session", session}, {"key", key}, {"token", token}} {
		name, actor := c.name, h.actorAt(model.PM415, c.text)
		change := directory.SelfChange{Password: &next}
		if err := none(h.ChangeMe(t.Context(), actor, change)); err == nil {
			t.Errorf("%s: the password changed without the present one", name)
		}
		change.CurrentPassword = "wrong"
		wantFault(t, none(h.ChangeMe(t.Context(), actor, change)), "current_password", fault.WrongPassword)
		change.CurrentPassword = now
		h.Must(none(h.ChangeMe(t.Context(), actor, change)))
		now, next = next, now
		h.Must(none(h.ChangeMe(t.Context(), actor, directory.SelfChange{Email: ref(aName() + "@example.org"), CurrentPassword: now})))
	}
}

func TestPM415ChangesThePasswordWithoutTheCurrentOneOnlyIfSet(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Reauthenticate, o.PM415OwnPasswordRules = time.Minute, true })
	ada := h.AddUser("ada")
	old := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.PM415Login) })
	page := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.ConsoleLogin) })
	h.Clock.Advance(time.Hour)
	change := directory.SelfChange{Password: ref(secret.Text("another long phrase"))}
	for name, actor := range map[string]model.Actor{
		"another API": h.actorAt(model.Native, old), "a session of the pages": h.actorAt(model.PM415, page),
		"a token at another API": h.actorAt(model.Native, h.AddToken(ada)),
	} {
		if err := none(h.ChangeMe(t.Context(), actor, change)); err == nil {
			t.Errorf("%s changed the password", name)
		}
	}
	h.Must(none(h.ChangeMe(t.Context(), h.actorAt(model.PM415, old), change)))
	h.Must(none(h.ChangeMe(t.Context(), h.actorAt(model.PM415, h.AddToken(ada)), change)))
}
