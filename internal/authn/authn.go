// Package authn authenticates the requests of the APIs and the console.
//
// Each API says how it reads a credential from a request, and writes errors in its own format. All
// else is the same for every API and is here: the anonymous actor, the check of the credential and
// its scope, and impersonation.
package authn

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// Claim is what a request says about its actor.
type Claim struct {
	directory.Credential
	// Sudo is the user to impersonate, by id or username, if HasSudo. "" is then a user that does
	// not exist.
	Sudo    string
	HasSudo bool
	// Err says why the request is rejected although its credential is valid, such as a repeated
	// header.
	Err error
}

// Authenticator authenticates the requests of one API.
type Authenticator struct {
	directory *directory.Directory
	api       model.API
	read      func(r *http.Request) Claim
}

// New returns an authenticator. read returns the claim in the header and the query of a request; it
// may be nil if all routes of the API are public.
func New(d *directory.Directory, api model.API, read func(r *http.Request) Claim) Authenticator {
	return Authenticator{d, api, read}
}

// Anonymous returns the actor of a request without a credential.
func (a Authenticator) Anonymous(r *http.Request) model.Actor {
	return model.AnonymousActor(a.api, web.Client(r), r.UserAgent())
}

// Authenticate returns the actor of r, or an error if it lacks the permission needs of its route. It
// ignores the credential of a request for a public route, so that a client with an expired one can
// sign in. It has the type of web.APIConfig.Authenticate.
func (a Authenticator) Authenticate(r *http.Request, needs string) (model.Actor, error) {
	if needs == string(model.Public) {
		return a.Anonymous(r), nil
	}
	return a.AuthenticateClaim(r, needs, a.read(r))
}

// AuthenticateClaim is Authenticate for an API that accepts a credential in the body. c is then the
// claim of the whole request.
func (a Authenticator) AuthenticateClaim(r *http.Request, needs string, c Claim) (model.Actor, error) {
	actor, err := a.actor(r, c.Credential)
	if err == nil {
		err = c.Err
	}
	if err == nil && c.HasSudo {
		if actor, err = a.directory.ActAs(r.Context(), actor, c.Sudo); err != nil {
			err = &SudoError{c.Sudo, err}
		}
	}
	if err == nil {
		err = a.directory.Require(r.Context(), actor, model.Permission(needs))
	}
	return actor, err
}

// Identify returns the actor of the claim in the header and the query of r, for decisions that come
// before the route is known. Authenticate then does not check the same credential again.
func (a Authenticator) Identify(r *http.Request) (model.Actor, error) {
	c := a.read(r).Credential
	actor, err := a.actor(r, c)
	if err == nil {
		web.SetIdentity(r, identity{c, actor})
	}
	return actor, err
}

// AllowLargeBody lifts the limit of bodies of anonymous callers from r, if the body needs it and a
// credential in the header or the query is valid. It is for an API that reads the body before it
// authenticates.
func (a Authenticator) AllowLargeBody(r *http.Request) {
	if !web.ExceedsPublicLimit(r) {
		return
	}
	if actor, err := a.Identify(r); err == nil {
		web.LiftPublicLimit(r, actor.ImpersonatorID())
	}
}

// identity is a credential that was checked earlier in the same request.
type identity struct {
	credential directory.Credential
	actor      model.Actor
}

func (a Authenticator) actor(r *http.Request, c directory.Credential) (model.Actor, error) {
	if known, ok := web.Identity[identity](r); ok && known.credential == c && known.actor.API() == a.api {
		return known.actor, nil
	}
	return a.directory.Authenticate(r.Context(), a.Anonymous(r), c)
}

// SudoError is the error of impersonating the user Name.
type SudoError struct {
	Name string
	Err  error
}

// Error returns the text of the cause.
func (e *SudoError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *SudoError) Unwrap() error { return e.Err }
