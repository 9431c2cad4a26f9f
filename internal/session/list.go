package session

import (
	"context"
	"slices"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// List holds the open sessions of users. Its methods are operations of the directory, which embeds it.
type List struct {
	ops       *operation.Runner
	keyring   *secret.Keyring
	lifetimes Lifetimes
}

// Lifetimes holds the lifetimes of the kinds of sessions.
type Lifetimes struct{ Wekan, PM415, Console time.Duration }

// New returns the sessions.
func New(ops *operation.Runner, keyring *secret.Keyring, lifetimes Lifetimes) *List {
	return &List{ops, keyring, lifetimes}
}

// SessionsOf lists the sessions of a user, for the user and administrators.
func (l *List) SessionsOf(ctx context.Context, actor model.Actor, owner model.UserID) ([]model.Session, error) {
	var sessions []model.Session
	err := l.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		sessions, err = tx.Sessions(owner)
		sessions = l.liveSessions(sessions)
		return err
	})
	return sessions, err
}

// Sessions lists the sessions of the actor's user.
func (l *List) Sessions(ctx context.Context, actor model.Actor) ([]model.Session, error) {
	var sessions []model.Session
	err := l.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		sessions, err = tx.Sessions(self.ID)
		sessions = l.liveSessions(sessions)
		return err
	})
	return sessions, err
}

// liveSessions returns the sessions that have neither expired nor been idle for too long.
func (l *List) liveSessions(all []model.Session) []model.Session {
	return slices.DeleteFunc(slices.Clone(all), func(s model.Session) bool { return !l.ops.IsLive(s) })
}
