package directory

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// A page whose form continues or undoes something puts into it what the server has done before. The browser
// holds that state encrypted, so that every node can read it and no other page can make it up.

// pageStateLife is the time to send the form of a page with a state.
const pageStateLife = time.Hour

// pageStatePurpose separates the states of pages from other encrypted texts.
func pageStatePurpose(page string) string { return "page state " + page }

// SealPageState returns a state as a text that only [Directory.OpenPageState] reads, for the same page and
// the same user, for an hour.
func (d *Directory) SealPageState(_ context.Context, actor model.Actor, page, state string) string {
	until := strconv.FormatInt(d.ops.Now().Add(pageStateLife).Unix(), 10)
	sealed, _ := d.keyring.Seal(pageStatePurpose(page), int64(actor.UserID()), []byte(until+"\n"+state))
	return base64.RawURLEncoding.EncodeToString(sealed)
}

// OpenPageState returns the state in a text of [Directory.SealPageState]. A text that has expired, was changed
// or belongs to another page or user is a Conflict.
func (d *Directory) OpenPageState(_ context.Context, actor model.Actor, page, text string) (string, error) {
	bad := fault.New(fault.Conflict, "this form has expired or was changed; open its page again")
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return "", bad
	}
	plain, err := d.keyring.Open(pageStatePurpose(page), int64(actor.UserID()), sealed)
	if err != nil {
		return "", bad
	}
	first, state, _ := strings.Cut(string(plain), "\n")
	until, err := strconv.ParseInt(first, 10, 64)
	if err != nil || d.ops.Now().Unix() >= until {
		return "", bad
	}
	return state, nil
}
