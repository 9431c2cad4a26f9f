package inputpolicy

import (
	"context"
	"log/slog"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/secret"
)

// Policy applies the settings to the rules. Its methods are operations of the directory, which embeds it.
type Policy struct {
	store   model.Store
	names   *naming.Policy
	options Options
}

// Options are the settings of a [Policy].
type Options struct {
	Log                   *slog.Logger
	Site                  string              // name of this installation; not accepted as a password
	PasswordMinimum       int                 // characters; 0 means the minimum of each API
	CommonPasswords       passwordpolicy.Rule // which APIs reject common passwords
	Breached              *secret.Breached    // passwords that were breached elsewhere; nil for none
	HidesAccounts         []model.API         // compatible APIs that do not reveal whether an account exists, although their products do
	PM415OwnPasswordRules bool                // the pm415 API accepts short and common passwords
}

// New returns a Policy.
func New(store model.Store, names *naming.Policy, options Options) *Policy {
	return &Policy{store, names, options}
}

// apiPolicy holds the rules for input that depend on the API.
type apiPolicy struct {
	passwordMin int // characters
	passwordMax int // characters; 0 means only the limit of 1,024 bytes
	nameMax     int // characters of the full name; 0 allows for two parts
	username    func(string) fault.Field
	// allowCommonPasswords accepts common passwords.
	allowCommonPasswords bool
	// hideAccountExistence makes responses independent of whether an address has an account.
	hideAccountExistence bool
	// loginRevealsAccounts is set if a failed login of the product reveals whether an account exists.
	loginRevealsAccounts bool
	// signUpOpensSession is set if the response to a sign-up is a session, so that it always reveals
	// whether an address has an account.
	signUpOpensSession bool
	// oneInvitationLink is set if the inviter gets the same link that is mailed, so that
	// following it does not verify the address.
	oneInvitationLink bool
	// partialIdentities allows to write provider and external uid separately.
	partialIdentities bool
}

// policies holds the policies of the APIs: docs/products/gitlab.md, Validation;
// docs/products/pm415.md, 5 and 6 (the response contains the link as well);
// docs/products/wekan.md, 3 (any password that is not empty).
var policies = map[model.API]apiPolicy{
	model.GitLab:   {passwordMin: 8, passwordMax: 128, allowCommonPasswords: true, nameMax: NameLimit, username: gitlabUsername, partialIdentities: true},
	model.Wekan:    {passwordMin: 1, allowCommonPasswords: true, loginRevealsAccounts: true, signUpOpensSession: true},
	model.PM415:    {passwordMin: 4, allowCommonPasswords: true, loginRevealsAccounts: true, oneInvitationLink: true},
	model.Codebase: {passwordMin: 8, allowCommonPasswords: true},
	model.Native:   {passwordMin: 8, hideAccountExistence: true},
	model.Console:  {passwordMin: 8, hideAccountExistence: true},
}

var defaultPolicy = apiPolicy{passwordMin: 8}

func policyOf(api model.API) apiPolicy {
	if d, ok := policies[api]; ok {
		return d
	}
	return defaultPolicy
}

// HidesAccounts reports whether sign-up and recovery through an API do not reveal whether an address
// has an account.
func HidesAccounts(p *Policy, api model.API) bool {
	policy := policyOf(api)
	return policy.hideAccountExistence || slices.Contains(p.options.HidesAccounts, api) && !policy.signUpOpensSession
}

// LoginRevealsAccounts reports whether a failed login through the API of the actor reveals whether
// an account exists. If not, all failed logins with a wrong or missing password have the same error.
func (p *Policy) LoginRevealsAccounts(_ context.Context, actor model.Actor) bool {
	return RevealsAccounts(p, actor.API())
}

// RevealsAccounts is [Policy.LoginRevealsAccounts] for an API.
func RevealsAccounts(p *Policy, api model.API) bool {
	return policyOf(api).loginRevealsAccounts && !slices.Contains(p.options.HidesAccounts, api)
}

// NameLimit returns the maximum length of a full name.
func (d apiPolicy) nameLimit() int {
	if d.nameMax > 0 {
		return d.nameMax
	}
	return 2 * NameLimit
}

const (
	usernameLimit = model.MaxLine
	NameLimit     = model.MaxLine
)

// FullNameLimit returns the maximum length of a full name at an API, in characters.
func FullNameLimit(api model.API) int { return policyOf(api).nameLimit() }

// OneInvitationLink reports whether the inviter at an API gets the link that is mailed, so that following it
// does not verify the address.
func OneInvitationLink(api model.API) bool { return policyOf(api).oneInvitationLink }
