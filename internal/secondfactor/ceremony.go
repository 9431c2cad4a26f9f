package secondfactor

import (
	"cmp"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/throttle"
)

const (
	ceremonyPurpose  = "ceremony"
	ceremonyLifetime = 10 * time.Minute
	// maxEnrolments is the maximum number of enrolments that a user begins in an hour.
	maxEnrolments = 60
)

// begunCeremony is what the client needs to finish a ceremony.
type begunCeremony struct {
	Token     secret.Text
	ExpiresAt time.Time
}

// addCeremony stores what finishing a ceremony needs.
func (factors *Factors) addCeremony(tx model.Writer, kind model.CeremonyKind, user model.UserID, state []byte) (begunCeremony, error) {
	if err := factors.ops.UseCurrentKey(tx); err != nil {
		return begunCeremony{}, err
	}
	token := secret.NewOpaque(43, secret.URLSafe)
	c := model.Ceremony{Kind: kind, User: user, ExpiresAt: factors.ops.Now().Add(ceremonyLifetime)}
	c.Sealed, _ = factors.keyring.Seal(ceremonyPurpose, int64(user), state)
	return begunCeremony{token, c.ExpiresAt}, tx.AddCeremony(&c, secret.Fingerprint(token.Reveal()))
}

// countEnrolment bounds the ceremonies of a user that are not finished.
func (factors *Factors) countEnrolment(tx model.Writer, user model.UserID) error {
	return throttle.Take(tx, factors.ops.Now(), throttle.Bound{Key: fmt.Sprintf("enrolments:%d", user), Limit: maxEnrolments, Window: time.Hour})
}

// openCeremony returns the ceremony with a token. One of another kind or user does not exist.
func (factors *Factors) openCeremony(tx model.Reader, token secret.Text, kind model.CeremonyKind, user model.UserID) (model.Ceremony, []byte, error) {
	c, err := tx.CeremonyByHash(secret.Fingerprint(token.Reveal()))
	if err == nil && (c.Kind != kind || c.User != user || !c.ExpiresAt.After(factors.ops.Now())) {
		err = fault.Missing("ceremony")
	}
	if err != nil {
		return c, nil, expiredIfMissing(err)
	}
	state, err := factors.keyring.Open(ceremonyPurpose, int64(user), c.Sealed)
	if err != nil {
		return c, nil, ceremonyExpired() // the encryption key has changed since
	}
	return c, state, nil
}

func expiredIfMissing(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return ceremonyExpired()
	}
	return err
}

func ceremonyExpired() error {
	return fault.New(fault.Expired, "this took too long or was finished before; begin again", fault.Field{Name: "ceremony", Code: fault.Inactive})
}

// relyingParty returns this server as passkeys know it.
func (factors *Factors) relyingParty() (*passkey.RelyingParty, error) {
	if factors.options.Passkeys != nil {
		if party := factors.options.Passkeys(); party != nil {
			return party, nil
		}
	}
	return nil, fault.New(fault.Conflict, "passkeys need a server with an https address and a domain name; use an authenticator app, or ask the administrator to set base_url",
		fault.Field{Name: "passkey", Code: fault.Closed})
}

// passkeyUser returns a user as authenticators store it. The handle is the UID, which never changes
// and says nothing about its user.
func passkeyUser(u model.User) passkey.User {
	name := cmp.Or(u.Username, u.Primary().Address, u.UID)
	return passkey.User{Handle: u.UID, Name: name, DisplayName: cmp.Or(u.Name, name)}
}
