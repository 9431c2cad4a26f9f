package login

import (
	"errors"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Versions before [emailaddress.Key] gave one mailbox to two accounts where it was spelled
// differently. Such accounts stay, but no operation takes one of them for the address:
// which of the two the caller means is unknown.

// AccountByEmail finds the account with an address for a caller that is not authenticated. An
// ambiguous address is NotFound, and the log has the reason.
func AccountByEmail(tx model.Reader, l *Logins, actor model.Actor, address string) (model.User, error) {
	u, err := tx.UserByEmail(address)
	cause, ambiguous := errors.AsType[model.DuplicateError](err)
	if !ambiguous {
		return u, err
	}
	l.log.Warn("address refused", "api", actor.API(), "address", actor.Address(),
		"reason", "two accounts have this address in different spellings; see 'roster doctor'", "users", cause.Users)
	missing := fault.Missing("user")
	missing.Err = cause
	return model.User{}, missing
}
