package model

import (
	"slices"
	"strings"
)

// Verbs returns every verb, by noun.
func Verbs() []Verb {
	return []Verb{
		UserCreate, UserRegister, UserChanged, UserBlock, UserUnblock, UserUnlock, UserDelete, UserActivate,
		UserDeactivate, UserReactivate, UserExport, UserNameRelease,
		PasswordChange, PasswordForgot, PasswordReset,
		EmailAdd, EmailVerify, EmailResend, EmailRemove,
		IdentityRemove,
		KeyAdd, KeyRemove,
		APIKeyCreate, TokenCreate, TokenRotate, TokenRevoke,
		SessionOpen, SessionProve, SessionClose, SessionFail,
		AuthenticatorAdd, AuthenticatorChange, AuthenticatorRemove, RecoveryCodesCreate, RecoveryCodesUse, SecondFactorReset,
		OrganizationCreate, OrganizationChange, OrganizationDelete, OrganizationNameRelease,
		MemberAdd, MemberChange, MemberRemove,
		RoleCreate, RoleChanged, RoleDelete,
		ProjectCreate, ProjectChanged, ProjectAssign, ProjectDelete,
		InvitationCreate, InvitationResend, InvitationAccept, InvitationRevoke,
		EventsTrim, EventsKey, EventsCut, MailRetry, MailDelete,
		WebhookCreate, WebhookChanged, WebhookRotate, WebhookDelete, WebhookDisable, WebhookTest, WebhookReplay,
		ServerSetup, ServerRekey,
	}
}

// Targets returns every kind of target, in alphabetical order. A test of package cli compares it with
// the targets in the code that records events, and with docs/events.md.
func Targets() []string {
	return []string{
		"api_key", "authenticator", "email", "event", "invitation", "key", "mail", "organization", "project", "role", "server", "session", "token", "user", "webhook",
	}
}

// Matching returns the verbs that v selects: itself, or all verbs with this prefix if it ends
// with a dot. It is empty for unknown verbs and prefixes.
func (v Verb) Matching() []Verb {
	return slices.DeleteFunc(Verbs(), func(one Verb) bool { return !v.covers(one) })
}

func (v Verb) group() bool { return strings.HasSuffix(string(v), ".") }

func (v Verb) covers(one Verb) bool {
	return v == one || v.group() && strings.HasPrefix(string(one), string(v))
}

func (v Verb) Unknown() bool { return len(v.Matching()) == 0 }
