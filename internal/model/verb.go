package model

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
