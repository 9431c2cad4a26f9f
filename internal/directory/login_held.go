package directory

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

// HoldLogin returns a login as a text that only [Directory.HeldLogin] reads, for ten minutes. It is for a
// login whose second factor is missing.
func (d *Directory) HoldLogin(_ context.Context, _ model.Actor, login Login) (secret.Text, error) {
	fields := []string{
		strconv.FormatInt(d.ops.Now().Add(heldLoginLife).Unix(), 10), login.Name, login.Email, login.Password.Reveal(), login.Invitation.Reveal(),
	}
	for i := range fields {
		fields[i] = strconv.Quote(fields[i])
	}
	sealed, _ := d.keyring.Seal(heldLoginPurpose, 0, []byte(strings.Join(fields, "\n")))
	return secret.Text(base64.RawURLEncoding.EncodeToString(sealed)), nil
}

// HeldLogin returns the login of a text of [Directory.HoldLogin]. A text that has expired or was changed
// is Expired.
func (d *Directory) HeldLogin(_ context.Context, _ model.Actor, held secret.Text) (Login, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(held.Reveal())
	if err != nil {
		return Login{}, heldLoginExpired()
	}
	text, err := d.keyring.Open(heldLoginPurpose, 0, sealed)
	if err != nil {
		return Login{}, heldLoginExpired()
	}
	var fields [5]string
	lines := strings.Split(string(text), "\n")
	if len(lines) != len(fields) {
		return Login{}, heldLoginExpired()
	}
	for i, line := range lines {
		if fields[i], err = strconv.Unquote(line); err != nil {
			return Login{}, heldLoginExpired()
		}
	}
	until, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil || d.ops.Now().Unix() >= until {
		return Login{}, heldLoginExpired()
	}
	return Login{Name: fields[1], Email: fields[2], Password: secret.Text(fields[3]), Invitation: secret.Text(fields[4])}, nil
}

func heldLoginExpired() error {
	return fault.New(fault.Expired, "the sign-in took too long; enter the password again")
}
