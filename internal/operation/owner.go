package operation

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// RequireActiveUser returns an error if the user is not active: new credentials would become
// valid with its reactivation.
func RequireActiveUser(tx model.Reader, id model.UserID) error {
	u, err := tx.User(id)
	if err == nil && u.State != model.Active {
		err = InactiveAccount()
	}
	return err
}

// RequireSelfOrAdmin returns an error unless owner is the actor's own user or the actor has
// users.manage. For others the user is NotFound.
func RequireSelfOrAdmin(tx model.Reader, actor model.Actor, self model.User, owner model.UserID) error {
	if !actor.IsOperator() && self.ID == owner {
		return nil
	}
	if _, err := Authorize(tx, actor, model.UsersManage, 0); err != nil {
		if fault.KindOf(err) == fault.Forbidden && !fault.Has(err, "scope", fault.SmallScope) {
			return fault.Missing("user")
		}
		return err
	}
	_, err := tx.User(owner)
	return err
}

// RequireNotService returns Forbidden for a service account, which has no sessions.
func RequireNotService(tx model.Reader, id model.UserID) error {
	u, err := tx.User(id)
	if err == nil && u.Service {
		err = fault.New(fault.Forbidden, "service accounts cannot sign in; create an access token for it", fault.Field{Name: "user", Code: fault.Closed})
	}
	return err
}

// InactiveAccount is the error for a user that is blocked, deactivated or not activated yet.
func InactiveAccount() error {
	return &fault.Error{Kind: fault.Forbidden, Msg: "this account is not active; ask an administrator",
		Fields: []fault.Field{{Name: "state", Code: fault.Inactive}}}
}
