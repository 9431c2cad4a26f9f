package codebase

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

// roles answers GET /roles with the roles that the account can give.
func (a *api) roles(w http.ResponseWriter, r *http.Request, who directory.Actor) error {
	roles, err := a.directory.Roles(r.Context(), who, who.OrgID())
	if err != nil {
		return err
	}
	shown := make([]value, 0, len(roles))
	for _, held := range roles {
		shown = append(shown, newRole(held))
	}
	answer(w, r, http.StatusOK, list("roles", "role", shown))
	return nil
}
