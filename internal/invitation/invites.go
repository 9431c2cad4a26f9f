package invitation

import (
	"time"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/newuser"
	"roster.example/roster/internal/notice"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
)

// Invites holds the invitations of organizations. Its methods are operations of the directory, which embeds
// it.
type Invites struct {
	ops         *operation.Runner
	store       model.Store
	hasher      *secret.Hasher
	limits      *ratelimit.Limits
	mails       *mailqueue.Queue
	notices     *notice.Sender
	users       *newuser.Creator
	policy      *inputpolicy.Policy
	credentials *credential.Credentials
	rules       Rules
	lifetime    time.Duration
}

// Needs are the packages of rules that invitations need.
type Needs struct {
	Hasher      *secret.Hasher
	Limits      *ratelimit.Limits
	Mails       *mailqueue.Queue
	Notices     *notice.Sender
	Users       *newuser.Creator
	Policy      *inputpolicy.Policy
	Credentials *credential.Credentials
	Rules       Rules
}

// Rules are the rules of the directory for the account that accepts an invitation.
type Rules interface {
	// RevokeAllAccess revokes everything by which others could use the account.
	RevokeAllAccess(tx model.Writer, actor model.Actor, u model.User) error
	// VerifyEmail marks an address verified, and activates a user in state Invited.
	VerifyEmail(tx model.Writer, actor model.Actor, u model.User, e model.Email) error
	// Activate makes the user active.
	Activate(tx model.Writer, actor model.Actor, u model.User) error
	// ReleaseEmail takes an unverified address from an account that claimed it.
	ReleaseEmail(tx model.Writer, actor model.Actor, holder model.User, address string) error
	// SendVerification mails a link that verifies the primary address of the user.
	SendVerification(tx model.Writer, actor model.Actor, u model.User) error
}

// New returns the invitations. They expire after lifetime.
func New(ops *operation.Runner, store model.Store, n Needs, lifetime time.Duration) *Invites {
	return &Invites{ops, store, n.Hasher, n.Limits, n.Mails, n.Notices, n.Users, n.Policy, n.Credentials, n.Rules, lifetime}
}
