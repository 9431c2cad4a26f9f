package registration

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/newuser"
)

// Mode controls who may sign up. Invitations work in every mode.
type Mode string

// The modes; an empty one is open.
const (
	Open         Mode = "open"
	Off          Mode = "off"        // closed
	ByInvitation Mode = "invitation" // no one; the error refers to invitations
	ByDomain     Mode = "domains"    // users with a verified address in Options.Domains
)

// requireSignUpOpen returns an error if the mode does not allow the sign-up. Malformed
// addresses are reported elsewhere.
func (s *SignUps) requireSignUpOpen(r Input) error {
	if r.Invitation != "" {
		return nil
	}
	if r.Organization != "" && !s.options.Organizations {
		return newuser.OrganizationsClosed()
	}
	switch s.options.Mode {
	case Off:
		return signUpClosed("sign-up is switched off; ask an administrator for an invitation")
	case ByInvitation:
		return signUpClosed("sign-up requires an invitation; ask a member for one")
	case ByDomain:
		if emailaddress.Valid(r.Email) && !inDomains(r.Email, s.options.Domains) {
			return signUpClosed("addresses of this domain cannot sign up; use the one that your organization gave you, or ask for an invitation")
		}
	case Open:
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
func (s *SignUps) awaitsConfirmation(actor model.Actor, r Input) bool {
	return r.Organization != "" || r.Invitation != "" || s.options.Mode == ByDomain || inputpolicy.HidesAccounts(s.policy, actor.API())
}

// withoutAccount returns the result of a sign-up through an API that does not reveal accounts:
// the input, and nothing else.
func (r Input) withoutAccount() model.User {
	return model.User{Username: r.Username, Names: model.Names{}.WithParts(r.GivenName, r.FamilyName), State: model.Invited}
}

// Offer says who can sign up without an invitation.
type Offer struct {
	Open    bool
	Domains []string // of the addresses that can sign up; empty means all
}

// SignUpOffer returns who can sign up, for pages that link to the sign-up only if it is open.
func (s *SignUps) SignUpOffer(_ context.Context, _ model.Actor) Offer {
	switch s.options.Mode {
	case ByDomain:
		return Offer{Open: true, Domains: slices.Clone(s.options.Domains)}
	case Off, ByInvitation:
		return Offer{}
	case Open:
	}
	return Offer{Open: true}
}
