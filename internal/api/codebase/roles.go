package codebase

import (
	"net/http"

	"roster.example/roster/internal/model"
)

// listRoles answers GET /roles with the roles of the account.
func (a *api) listRoles(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	roles, err := a.directory.Roles(r.Context(), actor, actor.OrgID())
	if err != nil {
		return err
	}
	shown := make([]value, 0, len(roles))
	for _, held := range roles {
		shown = append(shown, newRole(held))
	}
	writeDocument(w, r, http.StatusOK, listDocument("roles", "role", shown))
	return nil
}
