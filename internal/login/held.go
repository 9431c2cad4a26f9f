package login

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// A page asks for the second factor after the password. Until the code arrives, the browser holds the
// name and the password, encrypted, so that they are in no page and the server keeps no state.

const (
	heldLoginPurpose = "held login"
	// heldLoginLife is the time to enter a code.
	heldLoginLife = 10 * time.Minute
)

// HoldLogin returns a login as a text that only [Logins.HeldLogin] reads, for ten minutes. It is for a
// login whose second factor is missing.
func (l *Logins) HoldLogin(_ context.Context, _ model.Actor, login Attempt) (secret.Text, error) {
	fields := []string{
		strconv.FormatInt(l.ops.Now().Add(heldLoginLife).Unix(), 10), login.Name, login.Email, login.Password.Reveal(), login.Invitation.Reveal(),
	}
	for i := range fields {
		fields[i] = strconv.Quote(fields[i])
	}
	sealed, _ := l.keyring.Seal(heldLoginPurpose, 0, []byte(strings.Join(fields, "\n")))
	return secret.Text(base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// HeldLogin returns the login of a text of [Logins.HoldLogin]. A text that has expired or was changed
// is Expired.
func (l *Logins) HeldLogin(_ context.Context, _ model.Actor, held secret.Text) (Attempt, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(held.Reveal())
	if err != nil {
		return Attempt{}, heldLoginExpired()
	}
	text, err := l.keyring.Open(heldLoginPurpose, 0, sealed)
	if err != nil {
		return Attempt{}, heldLoginExpired()
	}
	var fields [5]string
	lines := strings.Split(string(text), "\n")
	if len(lines) != len(fields) {
		return Attempt{}, heldLoginExpired()
	}
	for i, line := range lines {
		if fields[i], err = strconv.Unquote(line); err != nil {
			return Attempt{}, heldLoginExpired()
		}
	}
	until, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || l.ops.Now().Unix() >= until {
		return Attempt{}, heldLoginExpired()
	}
	return Attempt{Name: fields[1], Email: fields[2], Password: secret.Text(fields[3]), Invitation: secret.Text(fields[4])}, nil
}

func heldLoginExpired() error {
	return fault.New(fault.Expired, "the sign-in took too long; enter the password again")
}
