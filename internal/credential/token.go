package credential

import (
	"context"
	"fmt"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// NewToken describes an access token to be created.
type NewToken struct {
	Owner     model.UserID
	Name      string
	Scopes    model.Scopes
	ExpiresAt time.Time // zero means never
}

// CreateToken creates an access token: for the own user, with no more scopes than the
// credential, or for any user by an administrator with users.act_as. It expires no later than
// a token that creates it. The text is returned only this once.
func (c *Credentials) CreateToken(ctx context.Context, actor model.Actor, n NewToken) (model.AccessToken, secret.Text, error) {
	token := model.AccessToken{Owner: n.Owner, Name: n.Name, Scopes: n.Scopes, ExpiresAt: n.ExpiresAt, CreatedAt: c.ops.Now()}
	var text secret.Text
	if err := checkToken(n, c.ops.Now()); err != nil {
		return token, text, err
	}
	err := c.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if err := c.requireCanCreateToken(tx, actor, self, n); err != nil {
			return err
		}
		ends, err := operation.LimitExpiry(actor, n.ExpiresAt)
		if err != nil {
			return err
		}
		token.ExpiresAt, text = ends, secret.NewToken(TokenPrefix)
		if err := c.addToken(tx, &token, text); err != nil {
			return err
		}
		if err := c.ops.Record(tx, actor, operation.EventSpec{Verb: model.TokenCreate, Target: "token", ID: int64(token.ID), User: n.Owner}); err != nil {
			return err
		}
		if err := c.notices.OwnerID(tx, actor, n.Owner, model.TokenCreated, n.Name); err != nil {
			return err
		}
		return c.ops.StoreResult(ctx, tx, actor, idempotency.SecretResult[model.AccessToken]{Value: token, Secret: text})
	})
	return token, text, err
}

const (
	// maxTokens is the maximum number of live access tokens of a user. It bounds the list of
	// tokens, which has no pages.
	maxTokens = 1000
	// maxEndedTokens is the number of revoked and expired tokens of a user that are kept for
	// the list. Events name all of them.
	maxEndedTokens = 1000
)

// addToken adds a token within the limits of its owner.
func (c *Credentials) addToken(tx model.Writer, token *model.AccessToken, text secret.Text) error {
	live, err := tx.LiveTokens(token.Owner, token.CreatedAt)
	if err != nil {
		return err
	}
	if live >= maxTokens {
		return fault.NewText(fault.Invalid, fault.Textf("the user has {n} access tokens; revoke one before you create another", "n", maxTokens),
			fault.Field{Name: "token", Code: fault.TooMany, Limit: maxTokens})
	}
	if err := tx.DropEndedTokens(token.Owner, token.CreatedAt, maxEndedTokens); err != nil {
		return err
	}
	return tx.AddToken(token, secret.Fingerprint(text.Reveal()))
}

func checkToken(n NewToken, now time.Time) error {
	var f fault.List
	unitext.CheckRequired(&f, "name", n.Name, model.MaxLine)
	if len(n.Scopes) == 0 {
		f.Add("scopes", fault.Blank, 0)
	}
	if onlySudo(n.Scopes) {
		f = append(f, fault.Field{Name: "scopes", Code: fault.Required, Detail: "sudo is used together with another scope: add api, read_api or read_user"})
	}
	for _, scope := range n.Scopes {
		if !slices.Contains(model.AllScopes(), scope) {
			f.AddUnknown("scopes", fault.OneOf(model.AllScopes()))
		}
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		f.AddMalformed("expires_at", "it is in the past; choose a later time, or leave it out")
	}
	return f.Err()
}

// onlySudo reports whether scopes permit impersonation and nothing else.
func onlySudo(scopes model.Scopes) bool {
	return len(scopes) > 0 && !slices.ContainsFunc(scopes, func(s model.Scope) bool { return s != model.ScopeSudo })
}

func (c *Credentials) requireCanCreateToken(tx model.Reader, actor model.Actor, self model.User, n NewToken) error {
	if actor.IsOperator() {
		return operation.RequireActiveUser(tx, n.Owner)
	}
	if err := c.ops.RequireRecentAuthentication(tx, actor); err != nil {
		return err
	}
	if !n.Scopes.Within(actor.Scopes()) {
		return operation.InsufficientScope(model.SelfCredentials)
	}
	if n.Owner == self.ID && actor.Impersonates() {
		return fault.New(fault.Forbidden, "a token cannot be created by impersonating its owner; create it as yourself, for the id of the owner")
	}
	if n.Owner == self.ID {
		return nil
	}
	if _, err := operation.Authorize(tx, actor, model.ActAsOthers, 0); err != nil {
		return err
	}
	return operation.RequireActiveUser(tx, n.Owner)
}

// Tokens lists the access tokens of a user, for the user and administrators.
func (c *Credentials) Tokens(ctx context.Context, actor model.Actor, owner model.UserID) ([]model.AccessToken, error) {
	var tokens []model.AccessToken
	err := c.ops.Read(ctx, actor, model.SelfCredentials, 0, func(tx model.Reader, self model.User) (err error) {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		tokens, err = tx.Tokens(owner)
		return err
	})
	return tokens, err
}

// RevokeToken revokes an access token, found by owner and id.
func (c *Credentials) RevokeToken(ctx context.Context, actor model.Actor, owner model.UserID, id model.TokenID) error {
	return c.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		if err := operation.RequireSelfOrAdmin(tx, actor, self, owner); err != nil {
			return err
		}
		token, err := tx.Token(id)
		if err != nil {
			return err
		}
		if token.Owner != owner {
			return fault.Missing("token")
		}
		if err := tx.RevokeToken(owner, id, c.ops.Now()); err != nil {
			return err
		}
		return c.ops.Record(tx, actor, operation.EventSpec{Verb: model.TokenRevoke, Target: "token", ID: int64(id), User: owner})
	})
}

// RotateToken replaces the text of an access token and returns it once; the former text is
// invalid immediately. Name, scopes and expiry stay. The token gets a new id, because in
// events its id identifies its text.
func (c *Credentials) RotateToken(ctx context.Context, actor model.Actor, owner model.UserID, id model.TokenID) (model.AccessToken, secret.Text, error) {
	var next model.AccessToken
	var text secret.Text
	err := c.ops.Update(ctx, actor, model.SelfCredentials, 0, func(tx model.Writer, self model.User) error {
		before, err := tx.Token(id)
		if err == nil && before.Owner != owner {
			err = fault.Missing("token")
		}
		if own := operation.RequireSelfOrAdmin(tx, actor, self, owner); own != nil {
			return own
		}
		if err != nil {
			return err
		}
		if err := c.requireLiveToken(before); err != nil {
			return err
		}
		if err := c.requireCanCreateToken(tx, actor, self, NewToken{Owner: owner, Scopes: before.Scopes}); err != nil {
			return err
		}
		if err := operation.RequireExpiryWithin(actor, before.ExpiresAt); err != nil {
			return err
		}
		if err := tx.RevokeToken(owner, id, c.ops.Now()); err != nil {
			return err
		}
		next, text = model.AccessToken{Owner: owner, Name: before.Name, Scopes: before.Scopes, CreatedAt: c.ops.Now(), ExpiresAt: before.ExpiresAt}, secret.NewToken(TokenPrefix)
		if err := c.addToken(tx, &next, text); err != nil {
			return err
		}
		return c.ops.Record(tx, actor, operation.EventSpec{Verb: model.TokenRotate, Target: "token", ID: int64(next.ID), User: owner, Detail: fmt.Sprintf("in place of %d", id)})
	})
	return next, text, err
}

// requireLiveToken returns an error if the token was revoked or has expired.
func (c *Credentials) requireLiveToken(t model.AccessToken) error {
	if !t.RevokedAt.IsZero() || !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(c.ops.Now()) {
		return &fault.Error{Kind: fault.Conflict, Msg: "this token was revoked or has expired; create a new one", Fields: []fault.Field{{Name: "token", Code: fault.Inactive}}}
	}
	return nil
}

// TokenPrefix is the prefix of access tokens, by which scanners find leaked ones.
const TokenPrefix = "rst_"
