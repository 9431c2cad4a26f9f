package directory

import (
	"context"
	"slices"

	"roster.example/roster/internal/model"
)

// SignUpOffer says who can sign up without an invitation.
type SignUpOffer struct {
	Open    bool
	Domains []string // of the addresses that can sign up; empty means all
}

// SignUpOffer returns who can sign up, for pages that link to the sign-up only if it is open.
func (d *Directory) SignUpOffer(_ context.Context, _ model.Actor) SignUpOffer {
	switch d.options.SignUp {
	case SignUpByDomain:
		return SignUpOffer{Open: true, Domains: slices.Clone(d.options.SignUpDomains)}
	case SignUpOff, SignUpByInvitation:
		return SignUpOffer{}
	case SignUpOpen:
	}
	return SignUpOffer{Open: true}
}
