package directory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// NewToken describes an access token to be made.
type NewToken struct {
	Owner     UserID
	Name      string
	Scopes    Scopes
	ExpiresAt time.Time // zero means never
}

// CreateToken makes an access token: for oneself, no stronger than the
// credential one came with, or for anybody by an administrator who may act as
// others. It expires no later than a token that makes it. The text is shown this once.
func (d *Directory) CreateToken(ctx context.Context, actor Actor, n NewToken) (AccessToken, secret.Text, error) {
	token := AccessToken{Owner: n.Owner, Name: n.Name, Scopes: n.Scopes, ExpiresAt: n.ExpiresAt, CreatedAt: d.now()}
	var text secret.Text
	if err := checkToken(n, d.now()); err != nil {
		return token, text, err
	}
	err := d.update(ctx, actor, SelfCredentials, 0, func(tx Writer, self User) error {
		if err := d.requireCanCreateToken(tx, actor, self, n); err != nil {
			return err
		}
		ends, err := actor.limitExpiry(n.ExpiresAt)
		if err != nil {
			return err
		}
		token.ExpiresAt, text = ends, secret.NewToken(TokenPrefix)
		if err := d.addToken(tx, &token, text); err != nil {
			return err
		}
		if err := d.record(tx, actor, eventSpec{verb: TokenCreate, target: "token", id: int64(token.ID), user: n.Owner}); err != nil {
			return err
		}
		return d.storeResponse(tx, actor, SecretResult[AccessToken]{token, text})
	})
	return token, text, err
}

const (
	// maxTokens is how many access tokens of one user may be live. It is more than
	// scripts and devices of one user need, and bounds the list of tokens, which has no
	// pages.
	maxTokens = 1000
	// maxEndedTokens is how many revoked and expired tokens of one user are kept for the
	// list. Events name all of them.
	maxEndedTokens = 1000
)

// addToken adds a token within the bounds of its owner.
func (d *Directory) addToken(tx Writer, token *AccessToken, text secret.Text) error {
	live, err := tx.LiveTokens(token.Owner, token.CreatedAt)
	if err != nil {
		return err
	}
	if live >= maxTokens {
		return &fault.Error{
			Kind: fault.Invalid, Fields: []fault.Field{{Name: "token", Code: fault.TooMany, Limit: maxTokens}},
			Msg: fmt.Sprintf("the user has %d access tokens; revoke one before you create another", maxTokens),
		}
	}
	if err := tx.DropEndedTokens(token.Owner, token.CreatedAt, maxEndedTokens); err != nil {
		return err
	}
	return tx.AddToken(token, secret.Fingerprint(text.Reveal()))
}

func checkToken(n NewToken, now time.Time) error {
	var f fault.List
	unitext.CheckRequired(&f, "name", n.Name, 255)
	if len(n.Scopes) == 0 {
		f.Add("scopes", fault.Blank, 0)
	}
	if onlySudo(n.Scopes) {
		f = append(f, fault.Field{Name: "scopes", Code: fault.Required, Detail: "sudo is used together with another scope: add api, read_api or read_user"})
	}
	for _, scope := range n.Scopes {
		if !slices.Contains(AllScopes(), scope) {
			f.AddDetail("scopes", fault.Unknown, "write "+fault.OneOf(AllScopes()))
		}
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		f.AddMalformed("expires_at", "it is in the past; choose a later time, or leave it out")
	}
	return f.Err()
}

// onlySudo reports whether scopes permit to act as another user, and nothing else.
func onlySudo(scopes Scopes) bool {
	return len(scopes) > 0 && !slices.ContainsFunc(scopes, func(s Scope) bool { return s != ScopeSudo })
}

func (d *Directory) requireCanCreateToken(tx Reader, actor Actor, self User, n NewToken) error {
	if actor.isOperator() {
		return requireActiveUser(tx, n.Owner)
	}
	if err := d.requireRecentAuthentication(tx, actor); err != nil {
		return err
	}
	if !n.Scopes.within(actor.scopes) {
		return insufficientScope(SelfCredentials)
	}
	if n.Owner == self.ID && actor.Impersonates() {
		return fault.New(fault.Forbidden, "nobody makes another person's token by acting as them; make it as yourself, for their id")
	}
	if n.Owner == self.ID {
		return nil
	}
	if _, err := authorize(tx, actor, ActAsOthers, 0); err != nil {
		return err
	}
	return requireActiveUser(tx, n.Owner)
}

// stillIn refuses new credentials for people who may not come in: they would come
// alive with the person.
func requireActiveUser(tx Reader, id UserID) error {
	u, err := tx.User(id)
	if err == nil && u.State != Active {
		err = inactiveAccount()
	}
	return err
}

// Tokens lists the access tokens of a person: one's own, or anybody's for an
// administrator.
func (d *Directory) Tokens(ctx context.Context, actor Actor, owner UserID) ([]AccessToken, error) {
	var tokens []AccessToken
	err := d.read(ctx, actor, SelfCredentials, 0, func(tx Reader, self User) (err error) {
		if err := requireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		tokens, err = tx.Tokens(owner)
		return err
	})
	return tokens, err
}

// RevokeToken ends an access token, found by owner and id together.
func (d *Directory) RevokeToken(ctx context.Context, actor Actor, owner UserID, id TokenID) error {
	return d.update(ctx, actor, SelfCredentials, 0, func(tx Writer, self User) error {
		if err := requireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		token, err := tx.Token(id)
		if err != nil {
			return err
		}
		if token.Owner != owner {
			return fault.Missing("token")
		}
		if err := tx.RevokeToken(owner, id, d.now()); err != nil {
			return err
		}
		return d.record(tx, actor, eventSpec{verb: TokenRevoke, target: "token", id: int64(id), user: owner})
	})
}

// RotateToken gives an access token a new text and shows it this once; the text of
// before is dead at once. Name, scopes and expiry stay. The token gets a new id, for
// its id names its text in the events.
func (d *Directory) RotateToken(ctx context.Context, actor Actor, owner UserID, id TokenID) (AccessToken, secret.Text, error) {
	var next AccessToken
	var text secret.Text
	err := d.update(ctx, actor, SelfCredentials, 0, func(tx Writer, self User) error {
		before, err := tx.Token(id)
		if err == nil && before.Owner != owner {
			err = fault.Missing("token")
		}
		if own := requireSelfOrAdmin(tx, actor, self, owner); own != nil {
			return own
		}
		if err != nil {
			return err
		}
		if err := d.requireLiveToken(before); err != nil {
			return err
		}
		if err := d.requireCanCreateToken(tx, actor, self, NewToken{Owner: owner, Scopes: before.Scopes}); err != nil {
			return err
		}
		if err := actor.requireExpiryWithin(before.ExpiresAt); err != nil {
			return err
		}
		if err := tx.RevokeToken(owner, id, d.now()); err != nil {
			return err
		}
		next, text = AccessToken{Owner: owner, Name: before.Name, Scopes: before.Scopes, CreatedAt: d.now(), ExpiresAt: before.ExpiresAt}, secret.NewToken(TokenPrefix)
		if err := d.addToken(tx, &next, text); err != nil {
			return err
		}
		return d.record(tx, actor, eventSpec{verb: TokenRotate, target: "token", id: int64(next.ID), user: owner, detail: fmt.Sprintf("in place of %d", id)})
	})
	return next, text, err
}

// stillGood wants that a token still lets its owner in.
func (d *Directory) requireLiveToken(t AccessToken) error {
	if !t.RevokedAt.IsZero() || !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(d.now()) {
		return &fault.Error{Kind: fault.Conflict, Msg: "this token is good no more; make a new one", Fields: []fault.Field{{Name: "token", Code: fault.Inactive}}}
	}
	return nil
}

// mayEquip is ownOrManaged for a new credential: another administrator is given one by
// whatever could also change the password of that administrator.
func requireCanAddKey(tx Reader, actor Actor, self User, owner UserID) error {
	if err := requireSelfOrAdmin(tx, actor, self, owner); err != nil || !actor.isOperator() && self.ID == owner {
		return err
	}
	u, err := tx.User(owner)
	if err == nil && u.Admin {
		err = requireFullScope(actor)
	}
	return err
}

// ownOrManaged lets everybody at what is their own, and administrators at what
// belongs to anybody. To others it does not exist.
func requireSelfOrAdmin(tx Reader, actor Actor, self User, owner UserID) error {
	if !actor.isOperator() && self.ID == owner {
		return nil
	}
	if _, err := authorize(tx, actor, UsersManage, 0); err != nil {
		if fault.KindOf(err) == fault.Forbidden && !fault.Has(err, "scope", fault.SmallScope) {
			return fault.Missing("user")
		}
		return err
	}
	_, err := tx.User(owner)
	return err
}
