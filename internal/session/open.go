package session

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// maxSessions is the maximum number of sessions of a user. A new one replaces the oldest.
const maxSessions = 1000

// Open creates a session of user with the given terms. A pm415 session selects org; 0
// is the user's first organization.
func Open(tx model.Writer, l *List, actor model.Actor, user model.UserID, kind model.SessionKind, org model.OrgID, p Terms) (model.Session, secret.Text, error) {
	now := l.ops.Now()
	s := model.Session{
		User: user, Kind: kind, Org: org, CreatedAt: now, LastUsedAt: now, PasswordVerifiedAt: p.PasswordVerifiedAt, InheritsExpiry: p.Bounded,
		SecondFactorAt: p.SecondFactorAt, Exempt: p.Exempt, ExpiresAt: operation.Earlier(now.Add(l.sessionLifetime(kind)), p.ExpiresAt), Address: actor.Address(), Agent: actor.Agent(),
	}
	if kind == model.PM415Login && org == 0 {
		if err := selectFirstOrganization(tx, &s); err != nil {
			return s, "", err
		}
	}
	if err := l.dropExcessSession(tx, user); err != nil {
		return s, "", err
	}
	token, err := l.sessionToken(s)
	if err != nil {
		return s, "", err
	}
	if err := tx.AddSession(&s, secret.Fingerprint(token.Reveal())); err != nil {
		return s, "", err
	}
	return s, token, l.ops.Record(tx, actor, operation.EventSpec{Verb: model.SessionOpen, Target: "session", ID: int64(s.ID), User: user, Detail: string(kind)})
}

func selectFirstOrganization(tx model.Reader, s *model.Session) error {
	memberships, err := tx.Memberships(s.User)
	if err == nil && len(memberships) > 0 {
		s.Org = memberships[0].Organization.ID
	}
	return err
}

func (l *List) dropExcessSession(tx model.Writer, user model.UserID) error {
	open, err := tx.Sessions(user)
	if err != nil || len(open) < maxSessions {
		return err
	}
	return tx.DropSession(user, open[0].ID)
}

func (l *List) sessionLifetime(kind model.SessionKind) time.Duration {
	switch kind {
	case model.WekanLogin:
		return l.lifetimes.Wekan
	case model.PM415Login:
		return l.lifetimes.PM415
	}
	return l.lifetimes.Console
}

// sessionToken returns a token in the format of the product: Meteor's 43 characters, pm415's
// JWT.
func (l *List) sessionToken(s model.Session) (secret.Text, error) {
	if s.Kind == model.PM415Login {
		key := l.keyring.SigningKey("pm415 session")
		return secret.SignedToken(key, int64(s.User), int64(s.Org), s.CreatedAt, s.ExpiresAt)
	}
	return secret.NewOpaque(43, secret.URLSafe), nil
}

// CreateSessionFor creates a session of another user without a password, as administrators may
// at Wekan (POST /api/createtoken/:id). For a service account it is Forbidden.
func (l *List) CreateSessionFor(ctx context.Context, actor model.Actor, user model.UserID, kind model.SessionKind) (model.Session, secret.Text, error) {
	var session model.Session
	var token secret.Text
	err := l.ops.Update(ctx, actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if err := operation.RequireActiveUser(tx, user); err != nil {
			return err
		}
		if err := operation.RequireNotService(tx, user); err != nil {
			return err
		}
		if err := l.ops.RequireRecentAuthentication(tx, actor); err != nil {
			return err
		}
		p, err := termsForUser(tx, actor, user)
		if err != nil {
			return err
		}
		session, token, err = Open(tx, l, actor, user, kind, 0, p)
		return err
	})
	return session, token, err
}

// SwitchOrganization creates a pm415 session of the actor in another organization of theirs.
// It expires no later than the credential of the actor.
func (l *List) SwitchOrganization(ctx context.Context, actor model.Actor, org model.OrgID) (secret.Text, error) {
	var token secret.Text
	err := l.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireFullScope(actor); err != nil {
			return err
		}
		if actor.Impersonates() {
			return fault.New(fault.Forbidden, "a session of another user cannot be created by impersonating them")
		}
		if _, err := tx.Member(org, self.ID); err != nil {
			return operation.HideOrganization(err)
		}
		p, err := termsOfActor(tx, actor)
		if err != nil {
			return err
		}
		_, made, err := Open(tx, l, actor, self.ID, model.PM415Login, org, p)
		token = made
		return err
	})
	return token, err
}
