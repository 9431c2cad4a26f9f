package directory

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// FieldAccess describes of which users an actor may see private fields, such as further addresses,
// identities and limits. Other users show only public fields to the actor.
type FieldAccess struct {
	All  bool         // of every user
	Self model.UserID // the actor's own user
}

// SeesPrivate reports whether the actor may see the private fields of a user.
func (a FieldAccess) SeesPrivate(id model.UserID) bool { return a.All || id == a.Self }

// FieldAccess returns the access of the actor to the fields of users.
func (d *Directory) FieldAccess(ctx context.Context, actor model.Actor) (FieldAccess, error) {
	err := d.Can(ctx, actor, model.UsersManage, 0)
	if fault.KindOf(err) == fault.Forbidden {
		return FieldAccess{Self: actor.UserID()}, nil
	}
	return FieldAccess{All: err == nil}, err
}
