//go:build linux

package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/bench/load"
)

const form = "application/x-www-form-urlencoded"

// createOverHTTP compares many connections with one. GitLab's API requires a password
// for each user, so most of its time is hashing. Codebase's API does not,
// but sends an email.
func (b *bench) createOverHTTP() (err error) {
	h, err := b.emptyFolder("create-http")
	if err != nil {
		return err
	}
	s, err := b.serve(h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	key, err := b.command(h, "", "user", "api-key", admin, "--yes")
	if err != nil {
		return err
	}
	invite := inviting(key)
	all, err := b.alternate(
		side{name: "Codebase POST /users (an invitation and its email), one connection", on: s, next: invite, conns: 1},
		side{name: fmt.Sprintf("Codebase POST /users, %d connections", manyWriters), on: s, next: invite, conns: manyWriters},
		side{name: "GitLab POST /users (with a password), 4 connections", on: s, next: h.creating(), conns: 4},
	)
	if err != nil {
		return err
	}
	b.report.row(fmt.Sprintf("Codebase POST /users, %d connections ÷ one", manyWriters), "", over(all[1], all[0], rate))
	return nil
}

// inviting returns requests that each create another user through Codebase's API.
func inviting(key string) func() load.Request {
	basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("home/"+admin+":"+key))
	var n atomic.Int64
	return func() load.Request {
		p := dataset.Size(1 << 30).User(int(n.Add(1)))
		body := fmt.Sprintf(`{"user":{"first_name":%q,"last_name":%q,"email_address":%q}}`, p.Given, p.Family, "invited."+p.Email)
		return load.Post("/users", "application/json", body, basic, "Accept: application/json")
	}
}

// creating returns requests that each create another user through GitLab's API.
func (h dataFolder) creating() func() load.Request {
	var n atomic.Int64
	return func() load.Request {
		p := dataset.Size(1 << 30).User(int(n.Add(1)))
		body := url.Values{"username": {"new." + p.Username}, "name": {p.Name()}, "email": {"new." + p.Email}, "password": {password}}.Encode()
		return load.Post("/api/v3/users", form, body, "PRIVATE-TOKEN: "+h.AdminToken)
	}
}
