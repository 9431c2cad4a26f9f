package registration

import (
	"cmp"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
)

// Apply assigns username and organization of a sign-up when its link is
// opened, with a number if they were taken meanwhile. A recovery link also verifies the
// address, and carries no registration: then the user gets the role Pending in the home
// organization.
func Apply(tx model.Writer, s *SignUps, actor model.Actor, u *model.User, registration model.PendingRegistration) error {
	var err error
	if registration.Username == "" {
		u.Username, err = s.users.UsernameFromAddress(tx, u.Primary().Address)
	} else {
		u.Username, err = s.users.AvailableUsername(tx, registration.Username)
	}
	if err != nil {
		return err
	}
	if registration.Organization != "" && s.options.Organizations {
		name, err := s.availableOrganizationName(tx, registration.Organization)
		if err == nil {
			_, err = s.users.AddOrganization(tx, actor, u.ID, name)
		}
		return err
	}
	memberships, err := tx.Memberships(u.ID)
	if err != nil || len(memberships) > 0 {
		return err
	}
	return s.users.Join(tx, actor, *u, 0, model.RolePending)
}

// availableOrganizationName returns the first name like base that is free.
func (s *SignUps) availableOrganizationName(tx model.Reader, base string) (string, error) {
	return naming.FirstAvailable("organization", base, func(name string) error {
		_, err := tx.OrganizationByName(name)
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err := naming.RequireDistinctOrganization(tx, model.Organization{}, name); err != nil {
			if fault.KindOf(err) == fault.Conflict {
				return nil
			}
			return err
		}
		if err := s.names.RequireUnreservedOrganization(tx, 0, name); fault.KindOf(err) != fault.Conflict {
			return cmp.Or[error](err, fault.Missing("organization"))
		}
		return nil
	})
}

// CheckAvailable returns an error for all names of a sign-up that are taken, except the
// address, and returns the account that has the address, if any.
func CheckAvailable(tx model.Reader, s *SignUps, r Input) (addressed model.UserID, err error) {
	named, addressed, err := tx.HoldersOf(0, r.Username, r.Email)
	if err != nil {
		return 0, err
	}
	if err := s.users.RequireFreeUsername(tx, 0, named, r.Username); err != nil {
		return 0, err
	}
	if _, _, err := s.invitationFor(tx, r); err != nil {
		return 0, err
	}
	if r.Organization == "" || r.Invitation != "" {
		return addressed, nil
	}
	return addressed, s.names.RequireFreeOrganization(tx, &model.Organization{Name: strings.TrimSpace(r.Organization)})
}
