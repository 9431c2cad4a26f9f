package registration

import (
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/loginlimit"
	"roster.example/roster/internal/maillink"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/newuser"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secret"
)

// SignUps registers users. Its methods are operations of the directory, which embeds it.
type SignUps struct {
	ops      *operation.Runner
	hasher   *secret.Hasher
	limits   *ratelimit.Limits
	attempts *loginlimit.Limits
	names    *naming.Policy
	users    *newuser.Creator
	links    *maillink.Sender
	policy   *inputpolicy.Policy
	logins   *login.Logins
	invites  *invitation.Invites
	options  Options
}

// Rules are the other rules that sign-ups need.
type Rules struct {
	Limits   *ratelimit.Limits
	Attempts *loginlimit.Limits
	Names    *naming.Policy
	Users    *newuser.Creator
	Links    *maillink.Sender
	Policy   *inputpolicy.Policy
	Logins   *login.Logins
	Invites  *invitation.Invites
}

// Options are the settings of [SignUps].
type Options struct {
	Mode           Mode     // who may sign up
	Domains        []string // for ByDomain: example.org, or *.example.org for its subdomains
	Organizations  bool     // users create organizations with their sign-up
	FirstUserAdmin bool     // Wekan: the first sign-up on an empty server becomes administrator
	// Queue queues a sign-up whose response must not reveal whether the address has an account.
	Queue func(tx model.Writer, actor model.Actor, r Input, hash string) error
}

// New returns the sign-ups.
func New(ops *operation.Runner, hasher *secret.Hasher, r Rules, options Options) *SignUps {
	return &SignUps{ops, hasher, r.Limits, r.Attempts, r.Names, r.Users, r.Links, r.Policy, r.Logins, r.Invites, options}
}
