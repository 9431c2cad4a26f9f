package directory

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// maxSessions is the maximum number of sessions of a user. A new one replaces the oldest.
const maxSessions = 1000

// openSession creates a session of user with the given terms. A pm415 session selects org; 0
// is the user's first organization.
func (d *Directory) openSession(tx model.Writer, actor model.Actor, user model.UserID, kind model.SessionKind, org model.OrgID, p sessionTerms) (model.Session, secret.Text, error) {
	now := d.ops.Now()
	s := model.Session{
		User: user, Kind: kind, Org: org, CreatedAt: now, LastUsedAt: now, PasswordVerifiedAt: p.passwordVerifiedAt, InheritsExpiry: p.bounded,
		SecondFactorAt: p.secondFactorAt, Exempt: p.exempt, ExpiresAt: operation.Earlier(now.Add(d.sessionLifetime(kind)), p.expiresAt), Address: actor.Address(), Agent: actor.Agent(),
	}
	if kind == model.PM415Login && org == 0 {
		if err := selectFirstOrganization(tx, &s); err != nil {
			return s, "", err
		}
	}
	if err := d.dropExcessSession(tx, user); err != nil {
		return s, "", err
	}
	token, err := d.sessionToken(s)
	if err != nil {
		return s, "", err
	}
	if err := tx.AddSession(&s, secret.Fingerprint(token.Reveal())); err != nil {
		return s, "", err
	}
	return s, token, d.ops.Record(tx, actor, operation.EventSpec{Verb: model.SessionOpen, Target: "session", ID: int64(s.ID), User: user, Detail: string(kind)})
}

func selectFirstOrganization(tx model.Reader, s *model.Session) error {
	memberships, err := tx.Memberships(s.User)
	if err == nil && len(memberships) > 0 {
		s.Org = memberships[0].Organization.ID
	}
	return err
}

func (d *Directory) dropExcessSession(tx model.Writer, user model.UserID) error {
	open, err := tx.Sessions(user)
	if err != nil || len(open) < maxSessions {
		return err
	}
	return tx.DropSession(user, open[0].ID)
}

func (d *Directory) sessionLifetime(kind model.SessionKind) time.Duration {
	switch kind {
	case model.WekanLogin:
		return d.options.Lifetimes.WekanSession
	case model.PM415Login:
		return d.options.Lifetimes.PM415Session
	}
	return d.options.Lifetimes.ConsoleSession
}

// sessionToken returns a token in the format of the product: Meteor's 43 characters, pm415's
// JWT.
func (d *Directory) sessionToken(s model.Session) (secret.Text, error) {
	if s.Kind == model.PM415Login {
		key := d.keyring.SigningKey("pm415 session")
		return secret.SignedToken(key, int64(s.User), int64(s.Org), s.CreatedAt, s.ExpiresAt)
	}
	return secret.NewOpaque(43, secret.URLSafe), nil
}

// CreateSessionFor creates a session of another user without a password, as administrators may
// at Wekan (POST /api/createtoken/:id). For a service account it is Forbidden.
func (d *Directory) CreateSessionFor(ctx context.Context, actor model.Actor, user model.UserID, kind model.SessionKind) (model.Session, secret.Text, error) {
	var session model.Session
	var token secret.Text
	err := d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if err := operation.RequireActiveUser(tx, user); err != nil {
			return err
		}
		if err := operation.RequireNotService(tx, user); err != nil {
			return err
		}
		if err := d.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		p, err := termsForUser(tx, actor, user)
		if err != nil {
			return err
		}
		session, token, err = d.openSession(tx, actor, user, kind, 0, p)
		return err
	})
	return session, token, err
}

// SwitchOrganization creates a pm415 session of the actor in another organization of theirs.
// It expires no later than the credential of the actor.
func (d *Directory) SwitchOrganization(ctx context.Context, actor model.Actor, org model.OrgID) (secret.Text, error) {
	var token secret.Text
	err := d.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if actor.Impersonates() {
			return fault.New(fault.Forbidden, "a session of another user cannot be created by impersonating them")
		}
		if _, err := tx.Member(org, self.ID); err != nil {
			return operation.HideOrganization(err)
		}
		p, err := inheritedTerms(tx, actor)
		if err != nil {
			return err
		}
		_, made, err := d.openSession(tx, actor, self.ID, model.PM415Login, org, p)
		token = made
		return err
	})
	return token, err
}

// LogOut deletes the session of the actor, or all sessions of the user.
func (d *Directory) LogOut(ctx context.Context, actor model.Actor, all bool) error {
	need := model.SelfAuthenticators
	if all {
		need = model.SelfCredentials
	}
	return d.ops.Update(ctx, actor, need, 0, func(tx model.Writer, self model.User) error {
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
		return d.ops.Record(tx, actor, spec)
	})
}

// RevokeSessionsOf deletes the sessions of another user: all, or the one with this token,
// which is given as it is or as base64 of its SHA-256 (Wekan's hashedToken). A missing session
// is no error.
func (d *Directory) RevokeSessionsOf(ctx context.Context, actor model.Actor, user model.UserID, token secret.Text) error {
	return d.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		if _, err := tx.User(user); err != nil {
			return err
		}
		spec := operation.EventSpec{Verb: model.SessionClose, Target: "session", User: user, Detail: "all"}
		if token == "" {
			if err := tx.DropSessions(user); err != nil {
				return err
			}
			return d.ops.Record(tx, actor, spec)
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
		return d.ops.Record(tx, actor, spec)
	})
}

// dropOtherSessions deletes the sessions of user, except the one of the actor.
func dropOtherSessions(tx model.Writer, actor model.Actor, user model.UserID) error {
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

// SessionsOf lists the sessions of a user, for the user and administrators.
func (d *Directory) SessionsOf(ctx context.Context, actor model.Actor, owner model.UserID) ([]model.Session, error) {
	var sessions []model.Session
	err := d.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		sessions, err = tx.Sessions(owner)
		sessions = d.liveSessions(sessions)
		return err
	})
	return sessions, err
}

// RevokeSession deletes one session of a user, found by owner and id.
func (d *Directory) RevokeSession(ctx context.Context, actor model.Actor, owner model.UserID, id model.SessionID) error {
	return d.revokeSessions(ctx, actor, owner, func(s model.Session) bool { return s.ID == id }, true)
}

// RevokeOtherSessions deletes the sessions of a user, except the one of the actor.
func (d *Directory) RevokeOtherSessions(ctx context.Context, actor model.Actor, owner model.UserID) error {
	return d.revokeSessions(ctx, actor, owner, func(s model.Session) bool {
		return actor.Credential() != model.BySession || int64(s.ID) != actor.CredentialID()
	}, false)
}

func (d *Directory) revokeSessions(ctx context.Context, actor model.Actor, owner model.UserID, ends func(model.Session) bool, must bool) error {
	return d.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
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
			if err := d.ops.Record(tx, actor, operation.EventSpec{Verb: model.SessionClose, Target: "session", ID: int64(s.ID), User: owner}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sessions lists the sessions of the actor's user.
func (d *Directory) Sessions(ctx context.Context, actor model.Actor) ([]model.Session, error) {
	var sessions []model.Session
	err := d.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		sessions, err = tx.Sessions(self.ID)
		sessions = d.liveSessions(sessions)
		return err
	})
	return sessions, err
}

// liveSessions returns the sessions that have neither expired nor been idle for too long.
func (d *Directory) liveSessions(all []model.Session) []model.Session {
	return slices.DeleteFunc(slices.Clone(all), func(s model.Session) bool { return !d.ops.IsLive(s) })
}
