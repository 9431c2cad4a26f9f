package directory

import (
	"cmp"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/naming"
)

// SignUpMode controls who may sign up. Invitations work in every mode.
type SignUpMode string

// The modes; an empty one is open.
const (
	SignUpOpen         SignUpMode = "open"
	SignUpOff          SignUpMode = "off"        // closed
	SignUpByInvitation SignUpMode = "invitation" // no one; the error refers to invitations
	SignUpByDomain     SignUpMode = "domains"    // users with a verified address in Options.SignUpDomains
)

// requireSignUpOpen returns an error if the mode does not allow the sign-up. Malformed
// addresses are reported elsewhere.
func (d *Directory) requireSignUpOpen(r Registration) error {
	if r.Invitation != "" {
		return nil
	}
	if r.Organization != "" && !d.options.SignUpOrganizations {
		return organizationCreationClosed()
	}
	switch d.options.SignUp {
	case SignUpOff:
		return signUpClosed("sign-up is switched off; ask an administrator for an invitation")
	case SignUpByInvitation:
		return signUpClosed("sign-up requires an invitation; ask a member for one")
	case SignUpByDomain:
		if emailaddress.Valid(r.Email) && !inDomains(r.Email, d.options.SignUpDomains) {
			return signUpClosed("addresses of this domain cannot sign up; use the one that your organization gave you, or ask for an invitation")
		}
	case SignUpOpen:
	}
	return nil
}

func signUpClosed(msg string) error {
	return fault.New(fault.Forbidden, msg, fault.Field{Name: "sign_up", Code: fault.Closed})
}

// inDomains reports whether an address belongs to one of the domains, in the form that mail
// servers use: "BÜCHER.example" is "xn--bcher-kva.example" (RFC 5891). "*.example.org" matches
// subdomains of example.org.
func inDomains(address string, domains []string) bool {
	of, ok := emailaddress.ASCIIDomain(address[strings.LastIndexByte(address, '@')+1:])
	return ok && slices.ContainsFunc(domains, func(written string) bool {
		name, below := strings.CutPrefix(written, "*.")
		name, ok := emailaddress.ASCIIDomain(name)
		return ok && (!below && of == name || below && strings.HasSuffix(of, "."+name))
	})
}

// awaitsConfirmation reports whether the user must open a mailed link before the first login.
func (d *Directory) awaitsConfirmation(actor model.Actor, r Registration) bool {
	return r.Organization != "" || r.Invitation != "" || d.options.SignUp == SignUpByDomain || inputpolicy.HidesAccounts(d.Policy, actor.API())
}

// withoutAccount returns the result of a sign-up through an API that does not reveal accounts:
// the input, and nothing else.
func (r Registration) withoutAccount() model.User {
	return model.User{Username: r.Username, Names: model.Names{}.WithParts(r.GivenName, r.FamilyName), State: model.Invited}
}

// applyPendingRegistration assigns username and organization of a sign-up when its link is
// opened, with a number if they were taken meanwhile. A recovery link also verifies the
// address, and carries no registration: then the user gets the role Pending in the home
// organization.
func (d *Directory) applyPendingRegistration(tx model.Writer, actor model.Actor, u *model.User, registration model.PendingRegistration) error {
	var err error
	if registration.Username == "" {
		u.Username, err = d.users.UsernameFromAddress(tx, u.Primary().Address)
	} else {
		u.Username, err = d.users.AvailableUsername(tx, registration.Username)
	}
	if err != nil {
		return err
	}
	if registration.Organization != "" && d.options.SignUpOrganizations {
		name, err := d.availableOrganizationName(tx, registration.Organization)
		if err == nil {
			_, err = d.createOrganization(tx, actor, u.ID, name)
		}
		return err
	}
	memberships, err := tx.Memberships(u.ID)
	if err != nil || len(memberships) > 0 {
		return err
	}
	return d.users.Join(tx, actor, *u, 0, model.RolePending)
}

// availableOrganizationName returns the first name like base that is free.
func (d *Directory) availableOrganizationName(tx model.Reader, base string) (string, error) {
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
		if err := d.names.RequireUnreservedOrganization(tx, 0, name); fault.KindOf(err) != fault.Conflict {
			return cmp.Or[error](err, fault.Missing("organization"))
		}
		return nil
	})
}

// checkAvailable returns an error for all names of a sign-up that are taken, except the
// address, and returns the account that has the address, if any.
func (d *Directory) checkAvailable(tx model.Reader, r Registration) (addressed model.UserID, err error) {
	named, addressed, err := tx.HoldersOf(0, r.Username, r.Email)
	if err != nil {
		return 0, err
	}
	if err := d.users.RequireFreeUsername(tx, 0, named, r.Username); err != nil {
		return 0, err
	}
	if _, _, err := d.invitationFor(tx, r); err != nil {
		return 0, err
	}
	if r.Organization == "" || r.Invitation != "" {
		return addressed, nil
	}
	return addressed, d.names.RequireFreeOrganization(tx, &model.Organization{Name: strings.TrimSpace(r.Organization)})
}
