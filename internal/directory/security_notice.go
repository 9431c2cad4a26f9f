package directory

import "roster.example/roster/internal/model"

// notifyOwner queues an email about a change of the user's credentials to the verified address that
// recoveries use. Users without one, invited users and service accounts get none, and there is none for what the operator
// does at the command line. The change succeeds even if the email is
// over the limits of [ratelimit.MailClass]; each kind of change has limits of its own, so that many changes of one kind
// do not hide one of another.
func (d *Directory) notifyOwner(tx model.Writer, actor model.Actor, u model.User, change model.SecurityChange, item string) error {
	to, ok := u.RecoveryEmail()
	if !ok || !to.Verified || actor.IsOperator() || u.Service || u.IsInvited() {
		return nil
	}
	sent, err := d.queueMailWithin(tx, actor, model.Message{
		Kind: model.SecurityNoticeMessage, API: actor.API(), To: to.Address, Name: u.GreetingName(), User: u.ID,
		Change: change, Item: item, From: actor.Address(), ByOther: actor.UserID() != u.ID || actor.Impersonates(),
	})
	if err == nil && !sent {
		d.options.Log.Warn("security notice not sent: too many in an hour or a day", "user", u.ID, "change", change)
	}
	return err
}

// notifyOwnerID is notifyOwner for a user that the operation has not read.
func (d *Directory) notifyOwnerID(tx model.Writer, actor model.Actor, id model.UserID, change model.SecurityChange, item string) error {
	u, err := tx.User(id)
	if err != nil {
		return err
	}
	return d.notifyOwner(tx, actor, u, change, item)
}
