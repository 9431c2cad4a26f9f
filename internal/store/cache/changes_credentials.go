package cache

import (
	"time"

	"roster.example/roster/internal/directory"
)

func (w writer) RevokeToken(owner directory.UserID, id directory.TokenID, at time.Time) error {
	return w.recordUser(owner, w.Writer.RevokeToken(owner, id, at))
}

func (w writer) RevokeTokens(owner directory.UserID, at time.Time) error {
	return w.recordUser(owner, w.Writer.RevokeTokens(owner, at))
}

func (w writer) PutAPIKey(k directory.APIKey) error {
	return w.recordUser(k.Owner, w.Writer.PutAPIKey(k))
}

func (w writer) DropAPIKey(owner directory.UserID) error {
	return w.recordUser(owner, w.Writer.DropAPIKey(owner))
}

func (w writer) SetPasswordVerified(user directory.UserID, id directory.SessionID, at time.Time) error {
	return w.recordUser(user, w.Writer.SetPasswordVerified(user, id, at))
}

func (w writer) DropSession(user directory.UserID, id directory.SessionID) error {
	return w.recordUser(user, w.Writer.DropSession(user, id))
}

func (w writer) DropSessions(user directory.UserID) error {
	return w.recordUser(user, w.Writer.DropSessions(user))
}
