package directory

import (
	"context"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// maxFailedMails is the maximum length of a list of failed emails.
const maxFailedMails = 1000

// FailedMails lists emails that were given up, by id, from the first above after; limit 0
// means 1000, the maximum. It requires server.manage.
func (d *Directory) FailedMails(ctx context.Context, actor model.Actor, after int64, limit int) ([]model.FailedMail, error) {
	if limit <= 0 || limit > maxFailedMails {
		limit = maxFailedMails
	}
	var failed []model.FailedMail
	err := d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) (err error) {
		failed, err = tx.FailedMails(after, limit)
		return err
	})
	return failed, err
}

// RetryingMails summarizes the emails that failed at least once and will be tried again.
// It requires server.manage.
func (d *Directory) RetryingMails(ctx context.Context, actor model.Actor) (waiting model.RetryingMails, err error) {
	err = d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) (err error) {
		waiting, err = tx.RetryingMails()
		return err
	})
	return waiting, err
}

// RetryMail queues an email again that was given up. Its text is unchanged: a link in it may
// have expired. It requires server.manage; any other email is NotFound.
func (d *Directory) RetryMail(ctx context.Context, actor model.Actor, id int64) error {
	return d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) error {
		if err := tx.RetryMail(id, d.ops.Now()); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.MailRetry, Target: "mail", ID: id})
	})
}

// DeleteFailedMail deletes an email that was given up. It requires server.manage; any other email is NotFound.
func (d *Directory) DeleteFailedMail(ctx context.Context, actor model.Actor, id int64) error {
	return d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) error {
		found, err := tx.FailedMails(id-1, 1)
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].ID != id {
			return fault.Missing("email")
		}
		if err := tx.DropMail(id); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.MailDelete, Target: "mail", ID: id})
	})
}

// CheckMail returns an error if emails were given up, for the operator.
func (d *Directory) CheckMail(ctx context.Context, actor model.Actor) error {
	count := 0
	var newest model.FailedMail
	for {
		failed, err := d.FailedMails(ctx, actor, newest.ID, 0)
		if err != nil {
			return err
		}
		if len(failed) == 0 {
			break
		}
		count += len(failed)
		newest = failed[len(failed)-1]
	}
	if count == 0 {
		return nil
	}
	were := "emails were"
	if count == 1 {
		were = "email was"
	}
	return fault.New(fault.Conflict, fmt.Sprintf("%d %s not delivered, the newest to %s: %s; see 'roster mail failed'", count, were, newest.To, newest.Reason))
}
