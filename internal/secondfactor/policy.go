package secondfactor

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// An account with an authenticator is not opened by its password alone, through any API. Only the
// native API and the pages accept a second factor; the other APIs refuse such a login, and their
// clients use API keys and access tokens. See docs/adr/0022-second-factors.md.

// Policy says which users need a second factor.
type Policy string

// The policies. An organization can require a second factor of its members besides.
const (
	Optional    Policy = "off"
	ForAdmins   Policy = "admins" // administrators of the server
	ForEveryone Policy = "everyone"
)

// Needed reports whether the settings or an organization require a second factor of the
// user. Service accounts have no password and need none.
func Needed(tx model.Reader, factors *Factors, u model.User) (bool, error) {
	if NeededBySettings(factors, u) {
		return true, nil
	}
	memberships, err := tx.Memberships(u.ID)
	return NeededByMemberships(u, memberships), err
}

func NeededBySettings(factors *Factors, u model.User) bool {
	policy := factors.options.Policy
	return !u.Service && (policy == ForEveryone || policy == ForAdmins && u.Admin)
}

func NeededByMemberships(u model.User, memberships []model.Membership) bool {
	return !u.Service && slices.ContainsFunc(memberships, func(m model.Membership) bool { return m.Organization.RequireSecondFactor })
}

// Lacks reports whether a session of a login proved no second factor. Other credentials and
// the sessions that they create need none.
func Lacks(found *model.Authentication) bool {
	return found.Credential == model.BySession && found.SecondFactorAt.IsZero() && !found.Exempt
}

// LimitToEnrolment gives a session without a second factor the scope ScopeEnrol if its user needs one. It
// applies the current policy, so sessions from before a change are limited too.
func LimitToEnrolment(tx model.Reader, factors *Factors, found *model.Authentication, self model.User) error {
	needs, err := Needed(tx, factors, self)
	if needs {
		found.Scopes = model.Scopes{model.ScopeEnrol}
	}
	return err
}

// RequireEnrolled returns an error for a login without a second factor, if the user needs one and the
// session could not be used to add it: only those of the native API and the pages can.
func RequireEnrolled(tx model.Reader, factors *Factors, u model.User, use Use) error {
	if use.Proven {
		return nil
	}
	needs, err := Needed(tx, factors, u)
	if err == nil && needs {
		err = operation.EnrolmentRequired(fault.Unauthenticated)
	}
	return err
}
