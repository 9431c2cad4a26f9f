package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/secret"
)

// Each field of Self equals the result of its own operation, for every actor and credential.
func TestSelfEqualsTheOperationsForItsFields(t *testing.T) {
	t.Parallel()
	for _, disclosed := range []bool{false, true} {
		h := newFixture(t, func(o *directory.Options) { o.DiscloseAPIKeys = disclosed })
		ada, eve := h.AddUser("ada", admin), h.AddUser("eve")
		for _, u := range []model.User{ada, eve} {
			must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), u.ID) })
		}
		project := must(t, func() (model.Project, error) {
			return h.CreateProject(t.Context(), operator(), project.NewProject{Org: h.Home.ID, Name: "Plan"})
		})
		h.Must(h.Assign(t.Context(), operator(), h.Home.ID, project.Permalink, []model.UserID{ada.ID, eve.ID}))
		shown := 0
		for name, actor := range map[string]model.Actor{
			"an administrator": h.Actor(ada), "a member": h.Actor(eve),
			"a reader": h.Actor(ada, model.ScopeReadAPI), "a token without sudo": h.Actor(eve, model.ScopeAPI),
			"by API key":  h.ActorWith(must(t, func() (secret.Text, error) { return h.RotateAPIKey(t.Context(), h.Actor(eve)) })),
			"in disguise": must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), h.Actor(ada), "eve") }),
		} {
			own := must(t, func() (*directory.Self, error) {
				return h.Self(t.Context(), actor, directory.SelfFields{APIKey: true, Organizations: true, Projects: true})
			})
			if diff := cmp.Diff(h.selfByOperations(t, actor), *own); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if own.APIKey != "" && len(own.Organizations) > 0 && len(own.Projects) > 0 {
				shown++
			}
			alone := must(t, func() (*directory.Self, error) { return h.Self(t.Context(), actor, directory.SelfFields{}) })
			if diff := cmp.Diff(directory.Self{User: own.User}, *alone); diff != "" {
				t.Errorf("%s, nothing asked for: %s", name, diff)
			}
		}
		if shown == 0 {
			t.Error("nobody was shown a key")
		}
	}
}

// selfByOperations reads Self by one operation per field.
func (h *fixture) selfByOperations(t *testing.T, actor model.Actor) directory.Self {
	t.Helper()
	self := must(t, func() (model.User, error) { return h.Me(t.Context(), actor) })
	ids := []model.UserID{self.ID}
	keys := must(t, func() (map[model.UserID]secret.Text, error) { return h.APIKeys(t.Context(), actor, ids) })
	projects := must(t, func() (map[model.UserID][]model.Project, error) {
		return h.Assignments(t.Context(), actor, actor.OrgID(), ids)
	})
	return directory.Self{
		User: self, APIKey: keys[self.ID], Projects: projects[self.ID],
		Organizations: must(t, func() ([]model.Membership, error) { return h.MyOrganizations(t.Context(), actor) }),
	}
}

func TestAnonymousActorHasNoSelf(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.AddUser("eve")
	asEve := h.Actor(eve)
	_, err := h.BlockUser(t.Context(), operator(), eve.ID)
	h.Must(err)
	for _, actor := range []model.Actor{caller(model.GitLab), asEve} {
		own, err := h.Self(t.Context(), actor, directory.SelfFields{APIKey: true})
		wantKind(t, err, fault.Unauthenticated)
		if diff := cmp.Diff(&directory.Self{}, own); diff != "" {
			t.Error(diff)
		}
	}
}
