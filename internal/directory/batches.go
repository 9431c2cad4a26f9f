package directory

import (
	"context"

	"roster.example/roster/internal/model"
)

// readBatch is [Directory.read] for one batch of a list. The credential is checked for each
// batch, because it may have been revoked, or have expired, since the list began.
func (d *Directory) readBatch(ctx context.Context, actor model.Actor, need model.Permission, org model.OrgID, fn func(tx model.Reader, self model.User) error) error {
	return d.read(ctx, actor, need, org, func(tx model.Reader, self model.User) error {
		if err := d.revalidateCredential(tx, actor); err != nil {
			return err
		}
		return fn(tx, self)
	})
}

// revalidateInBatch checks the credential for filters of [model.Batches]. A single page is read right
// after the credential was checked.
func (d *Directory) revalidateInBatch(tx model.Reader, actor model.Actor, filter model.UserFilter) error {
	if !filter.Batch {
		return nil
	}
	return d.revalidateCredential(tx, actor)
}
