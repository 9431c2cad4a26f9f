package session

import (
	"context"
	"encoding/base64"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// LogOut deletes the session of the actor, or all sessions of the user.
func (l *List) LogOut(ctx context.Context, actor model.Actor, all bool) error {
	need := model.SelfAuthenticators
	if all {
		need = model.SelfCredentials
	}
	return l.ops.Update(ctx, actor, need, 0, func(tx model.Writer, self model.User) error {
		spec := operation.EventSpec{Verb: model.SessionClose, Target: "session", ID: actor.CredentialID(), User: actor.Impersonator()}
		end := func() error { return tx.DropSession(actor.Impersonator(), model.SessionID(actor.CredentialID())) }
		if all {
			spec.ID, spec.User, spec.Detail = 0, self.ID, "all"
			end = func() error { return tx.DropSessions(self.ID) }
		} else if actor.Credential() != model.BySession {
			return nil
		}
		if err := end(); err != nil {
			return err
		}
		return l.ops.Record(tx, actor, spec)
	})
}

// RevokeSessionsOf deletes the sessions of another user: all, or the one with this token,
// which is given as it is or as base64 of its SHA-256 (Wekan's hashedToken). A missing session
// is no error.
func (l *List) RevokeSessionsOf(ctx context.Context, actor model.Actor, user model.UserID, token secret.Text) error {
	return l.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		if _, err := tx.User(user); err != nil {
			return err
		}
		spec := operation.EventSpec{Verb: model.SessionClose, Target: "session", User: user, Detail: "all"}
		if token == "" {
			if err := tx.DropSessions(user); err != nil {
				return err
			}
			return l.ops.Record(tx, actor, spec)
		}
		session, err := sessionByTokenOrHash(tx, token.Reveal())
		if fault.KindOf(err) == fault.NotFound || err == nil && session.User != user {
			return nil
		}
		if err != nil {
			return err
		}
		spec.ID, spec.Detail = int64(session.ID), ""
		if err := tx.DropSession(user, session.ID); err != nil {
			return err
		}
		return l.ops.Record(tx, actor, spec)
	})
}

// DropOthers deletes the sessions of user, except the one of the actor.
func DropOthers(tx model.Writer, actor model.Actor, user model.UserID) error {
	if actor.Credential() != model.BySession || actor.Impersonator() != user {
		return tx.DropSessions(user)
	}
	open, err := tx.Sessions(user)
	if err != nil {
		return err
	}
	for _, s := range open {
		if int64(s.ID) == actor.CredentialID() {
			continue
		}
		if err := tx.DropSession(user, s.ID); err != nil {
			return err
		}
	}
	return nil
}

func sessionByTokenOrHash(tx model.Reader, text string) (model.Session, error) {
	session, err := tx.SessionByHash(secret.Fingerprint(text))
	if fault.KindOf(err) != fault.NotFound {
		return session, err
	}
	hash, decode := base64.StdEncoding.DecodeString(text)
	if decode != nil {
		return session, err
	}
	return tx.SessionByHash(hash)
}

// RevokeSession deletes one session of a user, found by owner and id.
func (l *List) RevokeSession(ctx context.Context, actor model.Actor, owner model.UserID, id model.SessionID) error {
	return l.revokeSessions(ctx, actor, owner, func(s model.Session) bool { return s.ID == id }, true)
}

// RevokeOtherSessions deletes the sessions of a user, except the one of the actor.
func (l *List) RevokeOtherSessions(ctx context.Context, actor model.Actor, owner model.UserID) error {
	return l.revokeSessions(ctx, actor, owner, func(s model.Session) bool {
		return actor.Credential() != model.BySession || int64(s.ID) != actor.CredentialID()
	}, false)
}

func (l *List) revokeSessions(ctx context.Context, actor model.Actor, owner model.UserID, ends func(model.Session) bool, must bool) error {
	return l.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		open, err := tx.Sessions(owner)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(slices.Clone(open), func(s model.Session) bool { return !ends(s) })
		if must && len(open) == 0 {
			return fault.Missing("session")
		}
		for _, s := range open {
			if err := tx.DropSession(owner, s.ID); err != nil {
				return err
			}
			if err := l.ops.Record(tx, actor, operation.EventSpec{Verb: model.SessionClose, Target: "session", ID: int64(s.ID), User: owner}); err != nil {
				return err
			}
		}
		return nil
	})
}
