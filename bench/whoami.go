//go:build linux

package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"roster.example/roster/bench/load"
)

// whoAmI compares the request for the authenticated user, through each API, with a bare handler.
func (b *bench) whoAmI() (err error) {
	h, err := b.dataFolder(b.sizes.large)
	if err != nil {
		return err
	}
	s, err := b.serve(h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := b.settle(h, s); err != nil {
		return err
	}
	questions, err := b.questions(h, s.address)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if err := b.againstBare(s, "who am I, "+q.api, "≥ 0.80", q.request); err != nil {
			return err
		}
	}
	return nil
}

type question struct {
	api     string
	request load.Request
}

func (b *bench) questions(h dataFolder, address string) ([]question, error) {
	wekan, err := b.wekanLogin(address)
	if err != nil {
		return nil, err
	}
	basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("home/"+member+":"+h.MemberKey))
	return []question{
		{"GitLab", load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken)},
		{"Wekan", load.Get("/api/user", "Authorization: Bearer "+wekan)},
		{"Codebase, XML", load.Get("/profile", basic)},
		{"Codebase, JSON", load.Get("/profile", basic, "Accept: application/json")},
		{"pm415", load.Get("/api/user", "Authorization: Bearer "+h.MemberKey)},
	}, nil
}

// wekanLogin returns the token of a login. The token makes /api/user a request of
// Wekan's API.
func (b *bench) wekanLogin(address string) (string, error) {
	form := url.Values{"username": {member}, "password": {password}}.Encode()
	a, err := load.One(b.ctx, address, load.Post("/users/login", "application/x-www-form-urlencoded", form))
	if err != nil {
		return "", err
	}
	var output struct{ Token string }
	if err := json.Unmarshal(a.Body, &output); err != nil || a.Status != http.StatusOK {
		return "", fmt.Errorf("login is answered with %d: %s", a.Status, a.Body)
	}
	return output.Token, nil
}

// againstBare reports the ratio of Roster to the bare handler, in requests per second and in
// processor time of the servers.
func (b *bench) againstBare(s *server, what, goal string, requests ...load.Request) (err error) {
	plain, err := b.serveAnswers(s.address, requests...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plain.Stop()) }()
	all, err := b.alternate(
		side{name: what, on: s, next: each(requests)},
		side{name: what + ": bare handler", on: plain, next: each(requests)},
	)
	if err != nil {
		return err
	}
	b.report.row(what+" ÷ bare handler", goal, over(all[0], all[1], rate))
	b.report.row(what+": processor time of the server ÷ bare handler", "", over(all[0], all[1], cost))
	return nil
}
