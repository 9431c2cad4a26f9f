package directory

// The verbs that events use.
const (
	UserCreate         Verb = "user.create"
	UserRegister       Verb = "user.register"
	UserChanged        Verb = "user.change"
	UserBlock          Verb = "user.block"
	UserUnblock        Verb = "user.unblock"
	UserUnlock         Verb = "user.unlock" // locks and counters of an account were removed
	UserDeactivate     Verb = "user.deactivate"
	UserReactivate     Verb = "user.reactivate"
	UserExport         Verb = "user.export"
	UserDelete         Verb = "user.delete"
	UserNameRelease    Verb = "user.name_release" // a reserved username is free again
	UserActivate       Verb = "user.activate"
	PasswordChange     Verb = "password.change"
	PasswordForgot     Verb = "password.forgot"
	PasswordReset      Verb = "password.reset"
	EmailAdd           Verb = "email.add"
	EmailVerify        Verb = "email.verify"
	EmailResend        Verb = "email.resend" // a verification was sent again
	EmailRemove        Verb = "email.remove"
	IdentityRemove     Verb = "identity.remove"
	KeyAdd             Verb = "key.add"
	KeyRemove          Verb = "key.remove"
	APIKeyCreate       Verb = "api_key.create"
	TokenCreate        Verb = "token.create"
	TokenRevoke        Verb = "token.revoke"
	TokenRotate        Verb = "token.rotate"
	SessionOpen        Verb = "session.open"
	SessionProve       Verb = "session.prove" // the password was checked again
	SessionClose       Verb = "session.close"
	SessionFail        Verb = "session.fail" // a login failed
	OrganizationCreate Verb = "organization.create"
	OrganizationChange Verb = "organization.change"
	OrganizationDelete Verb = "organization.delete"
	MemberAdd          Verb = "member.add"
	MemberChange       Verb = "member.change"
	MemberRemove       Verb = "member.remove"
	RoleCreate         Verb = "role.create"
	RoleChanged        Verb = "role.change"
	RoleDelete         Verb = "role.delete"
	ProjectCreate      Verb = "project.create"
	ProjectChanged     Verb = "project.change"
	ProjectAssign      Verb = "project.assign"
	ProjectDelete      Verb = "project.delete"
	InvitationCreate   Verb = "invitation.create"
	InvitationResend   Verb = "invitation.resend"
	InvitationAccept   Verb = "invitation.accept"
	InvitationRevoke   Verb = "invitation.revoke"
	EventsTrim         Verb = "events.trim"
	EventsKey          Verb = "events.key" // the chain has a key from this event on
	EventsCut          Verb = "events.cut" // the operator accepted that later events are lost
	WebhookCreate      Verb = "webhook.create"
	WebhookChanged     Verb = "webhook.change"
	WebhookRotate      Verb = "webhook.rotate"
	WebhookDelete      Verb = "webhook.delete"
	WebhookDisable     Verb = "webhook.disable"
	WebhookTest        Verb = "webhook.test"
	WebhookReplay      Verb = "webhook.replay"
	ServerSetup        Verb = "server.setup"
	MailRetry          Verb = "mail.retry"
	ServerRekey        Verb = "server.rekey"

	OrganizationNameRelease Verb = "organization.name_release"
)

// eventSpec is the content of an event besides its actor.
type eventSpec struct {
	verb   Verb
	target string
	id     int64
	user   UserID
	org    OrgID
	detail string
}

// record appends an event to the chain, in the transaction of its operation.
func (d *Directory) record(tx Writer, actor Actor, spec eventSpec) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	key, err := d.currentChainKey(tx)
	if err != nil {
		return err
	}
	e := d.event(actor, spec, last+1, previous, key)
	if err := tx.AddEvent(e); err != nil {
		return err
	}
	return enqueueWebhooks(tx, e)
}

// recordAll is record for several events.
func (d *Directory) recordAll(tx Writer, actor Actor, deeds []eventSpec) error {
	last, previous, err := tx.LockEvents()
	if err != nil {
		return err
	}
	key, err := d.currentChainKey(tx)
	if err != nil {
		return err
	}
	events := make([]Event, len(deeds))
	for i, spec := range deeds {
		last++
		events[i] = d.event(actor, spec, last, previous, key)
		previous = events[i].Hash
	}
	if err := tx.AddEvents(events); err != nil {
		return err
	}
	return enqueueWebhooks(tx, events...)
}

func (d *Directory) event(actor Actor, spec eventSpec, id EventID, previous, key []byte) Event {
	e := Event{
		ID: id, At: d.now(), Actor: actor.UserID(), Impersonator: actor.Impersonator(), Credential: actor.Credential(),
		Verb: spec.verb, Target: spec.target, TargetID: spec.id, User: spec.user, Org: spec.org,
		API: actor.API(), Address: actor.Address(), Detail: spec.detail, Previous: previous,
	}
	e.Hash = e.Sum(key)
	return e
}

// recordUser is record for an event about a user.
func (d *Directory) recordUser(tx Writer, actor Actor, verb Verb, user UserID, detail string) error {
	return d.record(tx, actor, eventSpec{verb: verb, target: "user", id: int64(user), user: user, detail: detail})
}
