package session

import (
	"fmt"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// Replaced is the session that replaces the one of the actor.
type Replaced struct {
	Session          secret.Text // its token; empty if the session was not replaced
	SessionExpiresAt time.Time
}

// Replace ends the session of the actor and creates one with the fields of s and another token. It is
// called where the rights of a session rise: a copy of the token that was planted in the browser, or read before,
// has none of them. The former token is invalid at once, without an overlap, because an overlap would be one for the
// copy too.
func Replace(tx model.Writer, l *List, actor model.Actor, s model.Session) (Replaced, error) {
	if err := tx.DropSession(s.User, s.ID); err != nil {
		return Replaced{}, err
	}
	token, err := l.sessionToken(s)
	if err != nil {
		return Replaced{}, err
	}
	former := s.ID
	s.ID, s.LastUsedAt = 0, l.ops.Now()
	if err := tx.AddSession(&s, secret.Fingerprint(token.Reveal())); err != nil {
		return Replaced{}, err
	}
	return Replaced{token, s.ExpiresAt}, l.ops.Record(tx, actor, operation.EventSpec{
		Verb: model.SessionProve, Target: "session", ID: int64(s.ID), User: s.User, Detail: fmt.Sprintf("replaces %d", former),
	})
}
