package directory

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secret"
)

// A browser sends the cookie of its session to this server only. For applications on other hosts, which
// a proxy protects by forward authentication, it gets a second cookie, with a forward token. The token
// names the session and has a keyed hash. It identifies the user at [Directory.AuthenticateForward] and
// is no credential anywhere else, because the applications receive it as well.

const forwardPurpose = "forward authentication"

// ForwardToken returns the forward token of the session of the actor.
func (d *Directory) ForwardToken(ctx context.Context, actor model.Actor) (secret.Text, error) {
	if actor.Credential() != model.BySession || actor.Impersonates() {
		return "", fault.New(fault.Forbidden, "only a session has a token for forward authentication")
	}
	var token secret.Text
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		session, err := operation.ActorSession(tx, actor)
		token = d.forwardToken(session)
		return err
	})
	return token, err
}

func (d *Directory) forwardToken(s model.Session) secret.Text {
	user, id := strconv.FormatInt(int64(s.User), 10), strconv.FormatInt(int64(s.ID), 10)
	return secret.Text(user + "." + id + "." + base64.RawURLEncoding.EncodeToString(d.forwardSum(s)))
}

// forwardSum returns the keyed hash of a session. It contains the time of its creation, so that a
// session with the id of a deleted one has another hash.
func (d *Directory) forwardSum(s model.Session) []byte {
	h := hmac.New(sha256.New, d.keyring.SigningKey(forwardPurpose))
	for _, n := range []int64{int64(s.User), int64(s.ID), s.CreatedAt.UnixMicro()} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	return h.Sum(nil)
}

// AuthenticateForward returns the actor of a forward token. It ends with the session. Every failure is
// Unauthenticated.
func (d *Directory) AuthenticateForward(ctx context.Context, actor model.Actor, token secret.Text) (model.Actor, error) {
	user, id, sum, ok := parseForwardToken(token.Reveal())
	if !ok {
		return actor, operation.Unauthenticated()
	}
	found := actor
	err := d.store.Read(ctx, func(tx model.Reader) error {
		session, err := tx.Session(user, id)
		if err != nil {
			return operation.HideCredential(err)
		}
		if !d.ops.IsLive(session) || !hmac.Equal(sum, d.forwardSum(session)) {
			return operation.Unauthenticated()
		}
		by := d.authenticationOf(session)
		by.AuthenticatedAt = d.ops.Now()
		if err := d.checkOwner(tx, &by, Credential{}); err != nil {
			return err
		}
		found = actor.WithAuthentication(by)
		return nil
	})
	if err != nil {
		return actor, err
	}
	d.lastUsed.record(found, found.AuthenticatedAt())
	return found, nil
}

func parseForwardToken(text string) (user model.UserID, id model.SessionID, sum []byte, ok bool) {
	parts := strings.Split(text, ".")
	if len(text) > maxCredential || len(parts) != 3 {
		return 0, 0, nil, false
	}
	u, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return 0, 0, nil, false
	}
	s, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return 0, 0, nil, false
	}
	sum, err = base64.RawURLEncoding.DecodeString(parts[2])
	return model.UserID(u), model.SessionID(s), sum, err == nil
}
