package directory

import "roster.example/roster/internal/model"

// notifyFactorChange mails the change to the verified address of the user, if there is one: the owner
// of another address may not be the user.
func (d *Directory) notifyFactorChange(tx model.Writer, actor model.Actor, u model.User, change model.FactorChange) error {
	to, ok := u.RecoveryEmail()
	if !ok || !to.Verified {
		return nil
	}
	sent, err := d.queueMailWithin(tx, actor, model.Message{
		Kind: model.SecondFactorMessage, API: actor.API(), To: to.Address, Name: u.GreetingName(), Factor: change, User: u.ID,
	})
	if err == nil && !sent {
		d.options.Log.Warn("notice of a changed second factor not sent: too many in an hour or a day", "user", u.ID)
	}
	return err
}
