package directory_test

import (
	"fmt"
	"testing"
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

func TestTokensOfAUserAreLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve, bob := h.AddUser("eve"), h.AddUser("bob")
	var ids []model.TokenID
	now := h.Clock.Now()
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		for i := range 4000 {
			token := model.AccessToken{Owner: eve.ID, Name: "t", Scopes: model.Scopes{model.ScopeAPI}, CreatedAt: now}
			switch {
			case i < 1500:
				token.RevokedAt = now
			case i < 3001:
				token.ExpiresAt = now.Add(-time.Minute)
			}
			if err := tx.AddToken(&token, fmt.Append(nil, "hash", i)); err != nil {
				return err
			}
			ids = append(ids, token.ID)
		}
		return nil
	}))
	create := func(owner model.UserID) error {
		_, _, err := h.CreateToken(t.Context(), operator(), credential.NewToken{Owner: owner, Name: "more", Scopes: model.Scopes{model.ScopeAPI}})
		return err
	}
	h.Must(create(eve.ID)) // the thousandth
	wantKind(t, create(eve.ID), fault.Invalid)
	h.Must(create(bob.ID))
	_, _, err := h.RotateToken(t.Context(), operator(), eve.ID, ids[3500])
	h.Must(err)
	wantKind(t, create(eve.ID), fault.Invalid)
	h.Must(h.RevokeToken(t.Context(), operator(), eve.ID, ids[3501]))
	h.Must(create(eve.ID))
	tokens := must(t, func() ([]model.AccessToken, error) { return h.Tokens(t.Context(), operator(), eve.ID) })
	if len(tokens) > 2001 {
		t.Errorf("%d tokens are listed", len(tokens))
	}
}

func TestProjectsAndRolesOfAnOrganizationAreLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme, other := h.AddOrganization("Acme"), h.AddOrganization("Other")
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		for i := range 9999 {
			p := model.Project{Org: acme.ID, Name: "p", Permalink: fmt.Sprint("p", i), Icon: 1, StartPage: "overview", Status: model.ProjectActive}
			if err := tx.AddProject(&p); err != nil {
				return err
			}
		}
		for i := range 999 {
			if err := tx.AddRole(&model.Role{Org: acme.ID, Name: fmt.Sprint("r", i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	project := func(org model.OrgID, name string) error {
		_, err := h.CreateProject(t.Context(), operator(), project.NewProject{Org: org, Name: name})
		return err
	}
	role := func(org model.OrgID, name string) error {
		_, err := h.CreateRole(t.Context(), operator(), role.NewRole{Org: org, Name: name})
		return err
	}
	h.Must(project(acme.ID, "Last"))
	wantKind(t, project(acme.ID, "More"), fault.Invalid)
	h.Must(project(other.ID, "More"))
	h.Must(role(acme.ID, "Last"))
	wantKind(t, role(acme.ID, "More"), fault.Invalid)
	h.Must(role(other.ID, "More"))
}
