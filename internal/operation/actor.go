package operation

import "roster.example/roster/internal/model"

// AsUser returns the actor with another user and without impersonation.
func AsUser(actor model.Actor, user model.UserID) model.Actor {
	a := actor.Authentication()
	a.User, a.Impersonator = user, user
	return actor.WithAuthentication(a)
}

// WithLink returns the actor with a one-time link as its credential.
func WithLink(actor model.Actor) model.Actor {
	a := actor.Authentication()
	a.Credential = model.ByLink
	return actor.WithAuthentication(a)
}
