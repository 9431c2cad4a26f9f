package newuser

import "roster.example/roster/internal/model"

// DeleteInvited deletes an invited user or a sign-up that never was an account. The event says why.
func (c *Creator) DeleteInvited(tx model.Writer, actor model.Actor, id model.UserID, why string) error {
	if err := tx.DropUser(id); err != nil {
		return err
	}
	return c.ops.RecordUser(tx, actor, model.UserDelete, id, why)
}

// DropAndReserve deletes a user and reserves the username.
func (c *Creator) DropAndReserve(tx model.Writer, u model.User) error {
	if err := tx.DropUser(u.ID); err != nil {
		return err
	}
	return c.names.Reserve(tx, model.UsernameKind, u.Username, int64(u.ID), 0)
}
