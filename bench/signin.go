//go:build linux

package main

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"roster.example/roster/bench/load"
	"roster.example/roster/client"
	"roster.example/roster/internal/totp"
)

// enrolled is the number of users with an authenticator app. Each code is accepted once, so each of them
// signs in once in a round.
const enrolled = 20

// signIn compares the pages for signing in and for the own account with a bare handler, and sessions that are
// created with a password and a code with those that are created with a password alone.
func (b *bench) signIn() (err error) {
	h, err := b.emptyFolder("signin")
	if err != nil {
		return err
	}
	s, err := b.serve(h, raisedLoginLimits()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	cookie, err := b.pageLogin(s.address)
	if err != nil {
		return err
	}
	for _, page := range []struct {
		name    string
		request load.Request
	}{
		{"sign-in page", load.Get("/login", "Accept: text/html")},
		{"security page of the account", load.Get("/account/security", "Accept: text/html", "Cookie: "+cookie)},
	} {
		if err := b.againstBare(s, page.name, "", page.request); err != nil {
			return err
		}
	}
	return b.codes(h, s)
}

// pageLogin signs in as the member on the pages, and returns the cookie.
func (b *bench) pageLogin(address string) (string, error) {
	fields := url.Values{"username": {member}, "password": {password}}.Encode()
	a, err := load.One(b.ctx, address, load.Post("/login", form, fields, "Accept: text/html"))
	if err != nil {
		return "", err
	}
	cookie, _, found := strings.Cut(a.Get("Set-Cookie"), ";")
	if a.Status != http.StatusSeeOther || !found {
		return "", fmt.Errorf("the sign-in page answers %d without a session: %s", a.Status, a.Body)
	}
	return cookie, nil
}

// codes reports the time of a sign-in with a code ÷ one with a password alone.
func (b *bench) codes(h dataFolder, s *server) error {
	c, err := client.New("http://"+s.address, h.AdminToken)
	if err != nil {
		return err
	}
	with, without := series{name: "session with a password and a code"}, series{name: "session with a password"}
	for round := range b.runs {
		one, other, err := b.codeRound(c, round)
		if err != nil {
			return err
		}
		with.samples, without.samples = append(with.samples, one), append(without.samples, other)
	}
	b.report.series(with, without)
	b.report.row("session with a password and a code ÷ with a password, time", "", over(with, without, half))
	return nil
}

// codeRound creates users, half of them with an authenticator app, and measures their sign-ins in turn.
func (b *bench) codeRound(c *client.Client, round int) (with, without sample, err error) {
	var coded, plain time.Duration
	for i := range enrolled {
		proofs, names := [2]client.FactorProof{}, [2]string{}
		for n := range names {
			names[n] = fmt.Sprintf("signin-%d-%d-%d", round, i, n)
			if _, err := c.Users.Create(b.ctx, client.NewUser{Username: names[n], Email: names[n] + "@example.org", Password: password}); err != nil {
				return sample{}, sample{}, err
			}
		}
		if proofs[1].Code, err = enrol(b.ctx, c, names[1]); err != nil {
			return sample{}, sample{}, err
		}
		for n := range names {
			took := &plain
			if n = (n + i) % 2; n == 1 { // each is first in turn
				took = &coded
			}
			begin := time.Now()
			if _, err := c.Sessions.Create(b.ctx, client.NewSession{Login: names[n], Password: password, FactorProof: proofs[n]}); err != nil {
				return sample{}, sample{}, err
			}
			*took += time.Since(begin)
		}
	}
	return sampleOf(coded / enrolled), sampleOf(plain / enrolled), nil
}

// sampleOf returns a sample of requests one after the other.
func sampleOf(mean time.Duration) sample {
	return sample{perSecond: 1 / mean.Seconds(), middle: mean, p99: mean}
}

// enrol adds an authenticator app to a user, and returns the next code.
func enrol(ctx context.Context, c *client.Client, username string) (string, error) {
	session, err := c.Sessions.Create(ctx, client.NewSession{Login: username, Password: password})
	if err != nil {
		return "", err
	}
	own := c.WithToken(session.Token)
	begun, err := own.Authenticators.BeginTOTP(ctx)
	if err != nil {
		return "", err
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(begun.Secret, " ", ""))
	if err != nil {
		return "", err
	}
	// The code of a step is accepted from one step before it, and each once.
	step := totp.Step(time.Now())
	_, err = own.Authenticators.ConfirmTOTP(ctx, client.TOTPConfirmation{Ceremony: begun.Ceremony, Code: totp.Code(key, step)})
	return totp.Code(key, step+1), err
}
