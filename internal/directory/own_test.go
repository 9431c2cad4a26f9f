package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// Each part of one's own record is what the deed for it alone gives, whoever asks
// and by whatever credential.
func TestOwnRecordHoldsWhatTheDeedsForItsPartsGive(t *testing.T) {
	t.Parallel()
	for _, disclosed := range []bool{false, true} {
		h := open(t, func(o *directory.Options) { o.DiscloseAPIKeys = disclosed })
		ada, eve := h.person("ada", admin), h.person("eve")
		for _, u := range []directory.User{ada, eve} {
			need(t, func() (secret.Text, error) { return h.NewAPIKeyFor(t.Context(), operator(), u.ID) })
		}
		project := need(t, func() (directory.Project, error) {
			return h.CreateProject(t.Context(), operator(), directory.NewProject{Org: h.home.ID, Name: "Plan"})
		})
		h.must(h.Assign(t.Context(), operator(), h.home.ID, project.Permalink, []directory.UserID{ada.ID, eve.ID}))
		shown := 0
		for name, actor := range map[string]directory.Actor{
			"an administrator": h.as(ada), "a member": h.as(eve),
			"a reader": h.as(ada, directory.ScopeReadAPI), "a token without sudo": h.as(eve, directory.ScopeAPI),
			"by API key":  h.enter(need(t, func() (secret.Text, error) { return h.NewAPIKey(t.Context(), h.as(eve)) })),
			"in disguise": need(t, func() (directory.Actor, error) { return h.ActAs(t.Context(), h.as(ada), "eve") }),
		} {
			own := need(t, func() (*directory.Own, error) {
				return h.Own(t.Context(), actor, directory.Parts{APIKey: true, Organizations: true, Projects: true})
			})
			if diff := cmp.Diff(h.inParts(t, actor), *own); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if own.APIKey != "" && len(own.Organizations) > 0 && len(own.Projects) > 0 {
				shown++
			}
			alone := need(t, func() (*directory.Own, error) { return h.Own(t.Context(), actor, directory.Parts{}) })
			if diff := cmp.Diff(directory.Own{User: own.User}, *alone); diff != "" {
				t.Errorf("%s, nothing asked for: %s", name, diff)
			}
		}
		if shown == 0 {
			t.Error("nobody was shown a key")
		}
	}
}

// inParts gathers the record of who deed by deed.
func (h *house) inParts(t *testing.T, actor directory.Actor) directory.Own {
	t.Helper()
	self := need(t, func() (directory.User, error) { return h.Me(t.Context(), actor) })
	ids := []directory.UserID{self.ID}
	keys := need(t, func() (map[directory.UserID]secret.Text, error) { return h.APIKeys(t.Context(), actor, ids) })
	projects := need(t, func() (map[directory.UserID][]directory.Project, error) {
		return h.Assignments(t.Context(), actor, actor.OrgID(), ids)
	})
	return directory.Own{
		User: self, APIKey: keys[self.ID], Projects: projects[self.ID],
		Organizations: need(t, func() ([]directory.Membership, error) { return h.MyOrganizations(t.Context(), actor) }),
	}
}

func TestNobodyHasNoOwnRecord(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve := h.person("eve")
	asEve := h.as(eve)
	_, err := h.BlockUser(t.Context(), operator(), eve.ID)
	h.must(err)
	for _, actor := range []directory.Actor{caller(directory.GitLab), asEve} {
		own, err := h.Own(t.Context(), actor, directory.Parts{APIKey: true})
		refused(t, err, directory.Unauthenticated)
		if diff := cmp.Diff(&directory.Own{}, own); diff != "" {
			t.Error(diff)
		}
	}
}
