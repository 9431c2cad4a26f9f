package model

import (
	"time"

	"roster.example/roster/internal/secret"
)

// Renderer renders emails. It knows the public URL of this server and the wording of each
// product.
type Renderer interface {
	Render(l Message) (RenderedMessage, error)
}

// MessageKind is the reason of an email.
type MessageKind string

// The kinds of email.
const (
	VerifyMessage         MessageKind = "verify"         // confirms the address of a sign-up
	VerifyAddressMessage  MessageKind = "verify_address" // confirms an address that was added to an account
	RecoveryMessage       MessageKind = "recovery"
	InvitationMessage     MessageKind = "invitation"
	ResetMessage          MessageKind = "reset" // an administrator reset the password
	EmailChangedMessage   MessageKind = "address_changed"
	AccountCreatedMessage MessageKind = "account_created"
	AccountExistsMessage  MessageKind = "account_exists"  // confirms the address of a sign-up of an account
	SecondFactorMessage   MessageKind = "second_factor"   // a second factor of the account changed
	SecurityNoticeMessage MessageKind = "security_notice" // a credential of the recipient was added or changed
	AccountErasedMessage  MessageKind = "account_erased"  // the user has erased the account
	SetupMessage          MessageKind = "setup"           // never mailed: its link is printed at the first start
)

// IsNotice reports whether emails of this kind notify an account of a change that is made even if the
// email is not sent.
func (k MessageKind) IsNotice() bool {
	return k == EmailChangedMessage || k == SecondFactorMessage || k == SecurityNoticeMessage || k == AccountErasedMessage
}

// FactorChange is what a [SecondFactorMessage] says.
type FactorChange string

// The changes.
const (
	AppAdded              FactorChange = "app_added"
	AppRemoved            FactorChange = "app_removed"
	PasskeyAdded          FactorChange = "passkey_added"
	PasskeyRemoved        FactorChange = "passkey_removed"
	RecoveryCodesReplaced FactorChange = "recovery_codes_replaced"
	RecoveryCodeUsed      FactorChange = "recovery_code_used"
	FactorsReset          FactorChange = "reset"   // by an administrator
	FactorsRevoked        FactorChange = "revoked" // with all other access to the account
)

// Message is the content of an email before it is rendered.
type Message struct {
	Kind         MessageKind
	API          API // the API whose wording is used
	To           string
	Name         string // of the recipient
	Inviter      string
	Organization string
	NewAddress   string      // of EmailChangedMessage: the new primary address; the email shows it abbreviated
	Revertible   bool        // of EmailChangedMessage: To stays until NewAddress is verified, and the link reverts the change
	Token        secret.Text // the token in the link
	Expires      time.Time
	Invitation   InvitationID // of InvitationMessage
	Factor       FactorChange // of SecondFactorMessage
	User         UserID       // the account of the recipient; 0 if the recipient has none
	Language     string       // see [Preferences]
	TimeZone     string       // see [Preferences]
	KnownNetwork bool         // of RecoveryMessage: the account was used from the network of the caller before
	Verified     bool         // of RecoveryMessage: To is a verified address of the account

	Change  SecurityChange // of SecurityNoticeMessage
	Item    string         // of SecurityNoticeMessage: name of the key or token, or program of the session; may be empty
	From    string         // of SecurityNoticeMessage and AccountErasedMessage: IP address of the request that made the change
	ByOther bool           // of SecurityNoticeMessage: another user or the operator made the change
	Former  bool           // of notices: To was the primary address until recently
}

// SecurityChange is a change that a security notice reports.
type SecurityChange string

// The changes of security notices.
const (
	PasswordChanged SecurityChange = "password_changed"
	SSHKeyAdded     SecurityChange = "ssh_key_added"
	TokenCreated    SecurityChange = "token_created"
	APIKeyRotated   SecurityChange = "api_key_rotated"
	SignedIn        SecurityChange = "signed_in"      // from a new network
	WrongCodes      SecurityChange = "wrong_codes"    // the password was right, and several codes were wrong
	PasskeyCopied   SecurityChange = "passkey_copied" // a passkey was refused because its counter did not increase

	SignInNoticeOff SecurityChange = "sign_in_notice_off" // notices of SignedIn are switched off
)

// RenderedMessage is the text of an email, plain and as HTML. Link is the only link in both;
// it may be empty.
type RenderedMessage struct {
	Subject, Text, HTML, Link string
}
