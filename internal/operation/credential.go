package operation

import (
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func HideCredential(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return Unauthenticated()
	}
	return err
}

// clockSkew is the tolerated difference between the clocks of nodes.
const clockSkew = 5 * time.Minute

func reauthenticationRequired() error {
	return fault.New(fault.Forbidden, "this returns or changes a credential or an address; enter your password again, or sign in again, and then repeat the request",
		fault.Field{Name: "reauthentication", Code: fault.Required})
}

// ActorSession returns the session of the actor.
func ActorSession(tx model.Reader, actor model.Actor) (model.Session, error) {
	session, err := tx.Session(actor.Impersonator(), model.SessionID(actor.CredentialID()))
	return session, HideCredential(err)
}
