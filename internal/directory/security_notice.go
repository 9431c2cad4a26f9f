package directory

import "roster.example/roster/internal/model"

// notifyOwner queues an email about a change of the user's credentials. There is none for what the
// operator does at the command line.
func (d *Directory) notifyOwner(tx model.Writer, actor model.Actor, u model.User, change model.SecurityChange, item string) error {
	if actor.IsOperator() {
		return nil
	}
	return d.queueNotice(tx, actor, u, model.Message{
		Kind: model.SecurityNoticeMessage, Change: change, Item: item, From: actor.Address(), ByOther: actor.UserID() != u.ID || actor.Impersonates(),
	})
}

// notifyOwnerID is notifyOwner for a user that the operation has not read.
func (d *Directory) notifyOwnerID(tx model.Writer, actor model.Actor, id model.UserID, change model.SecurityChange, item string) error {
	u, err := tx.User(id)
	if err != nil {
		return err
	}
	return d.notifyOwner(tx, actor, u, change, item)
}

// notifyFactorChange queues an email about a change of the user's second factors.
func (d *Directory) notifyFactorChange(tx model.Writer, actor model.Actor, u model.User, change model.FactorChange) error {
	return d.queueNotice(tx, actor, u, model.Message{Kind: model.SecondFactorMessage, Factor: change})
}

// queueNotice queues an email to the verified address of the user that recoveries use. Users without one,
// invited users and service accounts get none. The operation succeeds even if the email is over the limits
// of [ratelimit.Limits.AllowMail]; each kind of change has limits of its own, so that many changes of one
// kind do not hide one of another.
func (d *Directory) queueNotice(tx model.Writer, actor model.Actor, u model.User, m model.Message) error {
	to, ok := u.RecoveryEmail()
	if !ok || !to.Verified || u.Service || u.IsInvited() {
		return nil
	}
	m.API, m.To, m.Name, m.User = actor.API(), to.Address, u.GreetingName(), u.ID
	sent, err := d.queueMailWithin(tx, actor, m)
	if err == nil && !sent {
		d.options.Log.Warn("notice to a user not sent: too many in an hour or a day", "user", u.ID, "kind", m.Kind)
	}
	return err
}
