package role

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// RequireCanManageMember returns Forbidden if the actor may not change or remove the member:
// the member's role has permissions that the actor does not have, or the member of the home
// organization is an administrator and the actor is not.
func RequireCanManageMember(tx model.Reader, actor model.Actor, self model.User, m model.Member) error {
	if actor.IsOperator() || self.Admin {
		return nil
	}
	if err := RequireCanGrant(tx, actor, self, m.Org, m.Role); err != nil {
		return err
	}
	home, err := tx.HomeOrganization()
	if err != nil || home.ID != m.Org || m.User == self.ID {
		return err
	}
	target, err := tx.User(m.User)
	if err == nil && target.Admin {
		err = fault.New(fault.Forbidden, "only an administrator of the server can change or remove another administrator in the home organization",
			fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return err
}
