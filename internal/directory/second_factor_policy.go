package directory

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// needsSecondFactor reports whether the settings or an organization require a second factor of the
// user. Service accounts have no password and need none.
func (d *Directory) needsSecondFactor(tx model.Reader, u model.User) (bool, error) {
	if d.policyNeedsFactor(u) {
		return true, nil
	}
	memberships, err := tx.Memberships(u.ID)
	return membershipsNeedFactor(u, memberships), err
}

func (d *Directory) policyNeedsFactor(u model.User) bool {
	policy := d.options.RequireSecondFactor
	return !u.Service && (policy == SecondFactorForEveryone || policy == SecondFactorForAdmins && u.Admin)
}

func membershipsNeedFactor(u model.User, memberships []model.Membership) bool {
	return !u.Service && slices.ContainsFunc(memberships, func(m model.Membership) bool { return m.Organization.RequireSecondFactor })
}

// lacksSecondFactor reports whether a session of a login proved no second factor. Other credentials and
// the sessions that they create need none.
func lacksSecondFactor(found *model.Authentication) bool {
	return found.Credential == model.BySession && found.SecondFactorAt.IsZero() && !found.Exempt
}

// limitToEnrolment gives a session without a second factor the scope ScopeEnrol if its user needs one. It
// applies the current policy, so sessions from before a change are limited too.
func (d *Directory) limitToEnrolment(tx model.Reader, found *model.Authentication, self model.User) error {
	needs, err := d.needsSecondFactor(tx, self)
	if needs {
		found.Scopes = model.Scopes{model.ScopeEnrol}
	}
	return err
}

// requireEnrolled returns an error for a login without a second factor, if the user needs one and the
// session could not be used to add it: only those of the native API and the pages can.
func (d *Directory) requireEnrolled(tx model.Reader, u model.User, use factorUse) error {
	if use.proven {
		return nil
	}
	needs, err := d.needsSecondFactor(tx, u)
	if err == nil && needs {
		err = operation.EnrolmentRequired(fault.Unauthenticated)
	}
	return err
}
