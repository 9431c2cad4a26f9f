package cache

import (
	"time"

	"roster.example/roster/internal/model"
)

func (w writer) RevokeToken(owner model.UserID, id model.TokenID, at time.Time) error {
	return w.recordUser(owner, w.Writer.RevokeToken(owner, id, at))
}

func (w writer) RevokeTokens(owner model.UserID, at time.Time) error {
	return w.recordUser(owner, w.Writer.RevokeTokens(owner, at))
}

func (w writer) PutAPIKey(k model.APIKey) error {
	return w.recordUser(k.Owner, w.Writer.PutAPIKey(k))
}

func (w writer) DropAPIKey(owner model.UserID) error {
	return w.recordUser(owner, w.Writer.DropAPIKey(owner))
}

func (w writer) DropSession(user model.UserID, id model.SessionID) error {
	return w.recordUser(user, w.Writer.DropSession(user, id))
}

func (w writer) DropSessions(user model.UserID) error {
	return w.recordUser(user, w.Writer.DropSessions(user))
}
