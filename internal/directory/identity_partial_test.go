package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// at returns an actor with this credential at an API.
func (h *fixture) at(api model.API, u model.User, scopes ...model.Scope) model.Actor {
	h.T.Helper()
	actor, err := h.Authenticate(h.T.Context(), caller(api), directory.Credential{Secret: h.AddToken(u, scopes...)})
	h.Must(err)
	return actor
}

func (h *fixture) setIdentity(actor model.Actor, u model.User, provider, uid string) error {
	return h.change(actor, u.ID, directory.UserChange{Identity: &model.Identity{Provider: provider, ExternalUID: uid}})
}

// wantIdentity compares the pair that GitLab shows, and how many identities there are.
func (h *fixture) wantIdentity(u model.User, provider, uid string, identities int) {
	h.T.Helper()
	stored := must(h.T, func() (model.User, error) { return h.User(h.T.Context(), operator(), u.ID) })
	if id := stored.VisibleIdentity(); id.Provider != provider || id.ExternalUID != uid || len(stored.Identities) != identities {
		h.T.Errorf("shown is %q %q, want %q %q; identities %v", id.Provider, id.ExternalUID, provider, uid, stored.Identities)
	}
}

func TestLastWrittenIdentityIsShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		writes        [][2]string
		provider, uid string
		identities    int
	}{
		"a provider alone":              {[][2]string{{"ldap", ""}}, "ldap", "", 0},
		"a uid alone":                   {[][2]string{{"", "7"}}, "", "7", 0},
		"a provider, then a uid":        {[][2]string{{"ldap", ""}, {"", "7"}}, "ldap", "7", 1},
		"a uid, then a provider":        {[][2]string{{"", "7"}, {"ldap", ""}}, "ldap", "7", 1},
		"another half":                  {[][2]string{{"ldap", ""}, {"saml", ""}}, "saml", "", 0},
		"two pairs":                     {[][2]string{{"ldap", "2"}, {"saml", "1"}}, "saml", "1", 2},
		"two pairs against the order":   {[][2]string{{"saml", "1"}, {"ldap", "2"}}, "ldap", "2", 2},
		"the first pair again":          {[][2]string{{"ldap", "2"}, {"saml", "1"}, {"ldap", "2"}}, "ldap", "2", 2},
		"a uid at the last provider":    {[][2]string{{"ldap", "2"}, {"saml", "1"}, {"", "3"}}, "saml", "3", 2},
		"the shown pair moves":          {[][2]string{{"ldap", "2"}, {"saml", ""}}, "saml", "2", 1},
		"the same provider again":       {[][2]string{{"ldap", "2"}, {"ldap", ""}}, "ldap", "2", 1},
		"a pair in the place of a half": {[][2]string{{"ldap", ""}, {"saml", "1"}}, "saml", "1", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			u, root := h.AddUser("ada"), h.at(model.GitLab, h.AddUser("root", admin))
			for _, w := range c.writes {
				h.Must(h.setIdentity(root, u, w[0], w[1]))
			}
			h.wantIdentity(u, c.provider, c.uid, c.identities)
		})
	}
}

func TestIdentityOfAnotherAPIIsShownAsTheLastOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada, root := h.AddUser("ada"), h.AddUser("root", admin)
	h.Must(h.setIdentity(h.at(model.GitLab, root), ada, "saml", ""))
	h.Must(h.setIdentity(h.at(model.Native, root), ada, "ldap", "1"))
	h.wantIdentity(ada, "ldap", "1", 1)
	h.Must(h.setIdentity(h.at(model.Native, root), ada, "github", "2"))
	h.Must(none(h.RemoveIdentity(t.Context(), operator(), ada.ID, "github", "")))
	h.wantIdentity(ada, "ldap", "1", 1)
	for _, half := range [][2]string{{"x", ""}, {"", "x"}} {
		wantKind(t, h.setIdentity(h.at(model.Native, root), ada, half[0], half[1]), fault.Invalid)
	}
}

func TestPartialIdentityIsUniqueOnceItIsComplete(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.at(model.GitLab, h.AddUser("root", admin))
	ada, eve := h.AddUser("ada"), h.AddUser("eve")
	h.Must(h.setIdentity(root, ada, "ldap", "7"))
	h.Must(h.setIdentity(root, eve, "", "7"))
	taken := h.setIdentity(root, eve, "ldap", "")
	wantKind(t, taken, fault.Conflict)
	wantFault(t, taken, "extern_uid", fault.Taken)
	h.wantIdentity(eve, "", "7", 0)
	for _, e := range h.export(false) {
		if e.Username == "eve" && len(e.Identities) > 0 {
			t.Errorf("the export has a half: %v", e.Identities)
		}
	}
	h.Must(h.setIdentity(root, eve, "saml", ""))
	h.wantIdentity(eve, "saml", "7", 1)
}

func TestCompletingAnIdentityRequiresThePermissionToSetOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, chief := h.AddUser("root", admin), h.AddUser("chief", admin)
	weak := h.at(model.GitLab, root, model.ScopeAPI)
	h.Must(h.setIdentity(weak, chief, "ldap", ""))
	wantKind(t, h.setIdentity(weak, chief, "", "7"), fault.Forbidden)
	wantKind(t, h.setIdentity(weak, chief, "saml", "7"), fault.Forbidden)
	h.Must(h.setIdentity(h.at(model.GitLab, root), chief, "", "7"))
	wantKind(t, h.setIdentity(weak, chief, "saml", ""), fault.Forbidden)
	h.wantIdentity(chief, "ldap", "7", 1)
}

func TestNewUserMayHaveAPartialIdentity(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	create := func(api model.API, name string, id model.Identity) error {
		return none(h.CreateUser(t.Context(), h.at(api, root), directory.NewUser{
			Username: name, Email: address(name), Limits: model.DefaultLimits(), Identity: id,
		}))
	}
	h.Must(create(model.GitLab, "one", model.Identity{Provider: "ldap"}))
	h.Must(create(model.GitLab, "two", model.Identity{ExternalUID: "7"}))
	h.Must(create(model.GitLab, "three", model.Identity{Provider: "ldap", ExternalUID: "7"}))
	wantKind(t, create(model.Native, "four", model.Identity{Provider: "ldap"}), fault.Invalid)
	for name, want := range map[string][2]string{"one": {"ldap", ""}, "two": {"", "7"}, "three": {"ldap", "7"}} {
		u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), name) })
		h.wantIdentity(u, want[0], want[1], len(u.Identities))
		if complete := want[0] != "" && want[1] != ""; complete != (len(u.Identities) == 1) {
			t.Errorf("%s has the identities %v", name, u.Identities)
		}
	}
}
