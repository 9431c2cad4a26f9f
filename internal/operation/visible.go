package operation

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// VisibleUser returns the user with this id, or NotFound if the actor cannot see it.
func VisibleUser(tx model.Reader, actor model.Actor, self model.User, id model.UserID) (model.User, error) {
	if self.ID == id && !actor.IsOperator() {
		return self, nil
	}
	user, err := tx.User(id)
	if err != nil {
		return model.User{}, err
	}
	visibility, err := VisibilityFor(tx, actor, self)
	if err != nil || visibility.All {
		return user, err
	}
	if !actor.Permits(model.UsersRead) {
		return model.User{}, InsufficientScope(model.UsersRead)
	}
	for _, org := range visibility.Orgs {
		if _, err := tx.Member(org, id); err == nil {
			return user, nil
		}
	}
	return model.User{}, fault.Missing("user")
}
