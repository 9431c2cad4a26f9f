package naming

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// Reservations holds the operations on reserved names. The directory embeds it.
type Reservations struct{ ops *operation.Runner }

// NewReservations returns the operations.
func NewReservations(ops *operation.Runner) *Reservations { return &Reservations{ops} }

// maxReservedNames is the maximum length of a list of reserved names.
const maxReservedNames = 1000

// ReservedNames lists reserved names by kind and name. It requires users.manage. It returns at
// most limit names after after, of which only Kind and Name are used; 0 means 1000, the
// maximum.
func (r *Reservations) ReservedNames(ctx context.Context, actor model.Actor, after model.ReservedName, limit int) ([]model.ReservedName, error) {
	if limit <= 0 || limit > maxReservedNames {
		limit = maxReservedNames
	}
	var names []model.ReservedName
	err := r.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		names, err = tx.ReservedNames(after, limit)
		return err
	})
	return names, err
}

// ReleaseName ends the reservation of a name. It requires users.manage, a credential of full scope
// that does not expire, and a recent password check of a session: the next user or organization with
// the name gets what other programs grant to the former one. A name that is not reserved is NotFound.
func (r *Reservations) ReleaseName(ctx context.Context, actor model.Actor, kind model.NameKind, name string) error {
	return r.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		if err := operation.RequireFullAndLasting(actor); err != nil {
			return err
		}
		if err := r.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		found, err := tx.ReservedAmong(kind, []string{unitext.Fold(name)})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.Missing("name")
		}
		if err := tx.ReleaseName(kind, unitext.Fold(name)); err != nil {
			return err
		}
		if kind == model.UsernameKind {
			return r.ops.RecordUser(tx, actor, model.UserNameRelease, model.UserID(found[0].Holder), "")
		}
		return r.ops.Record(tx, actor, operation.EventSpec{Verb: model.OrganizationNameRelease, Target: "organization", ID: found[0].Holder, Org: model.OrgID(found[0].Holder), Detail: string(kind)})
	})
}
