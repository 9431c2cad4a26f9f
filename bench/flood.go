//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"roster.example/roster/bench/load"
)

// The flood has far more logins than two processors can hash.
const (
	floodConns = 64
	floodRate  = 400 // logins a second
	probeConns = 8
	probeRate  = 500 // requests with a token a second
)

// raisedLoginLimits raise the limits on logins, so that the load reaches the hashing of passwords.
func raisedLoginLimits() []string {
	return []string{
		"ROSTER_LOGIN_ACCOUNT_FAILURES=100000", "ROSTER_LOGIN_ADDRESS_FAILURES=1000000", "ROSTER_TRUSTED_PROXIES=127.0.0.1/32",
		"ROSTER_LOGIN_ACCOUNT_PER_MINUTE=0", "ROSTER_LOGIN_ADDRESS_PER_MINUTE=0",
	}
}

// flood compares the slowest percent of token requests during a flood of logins
// with the same without logins: at a fixed rate, and at the maximum.
func (b *bench) flood() (err error) {
	h, err := b.dataFolder(b.sizes.small)
	if err != nil {
		return err
	}
	s, err := b.serve(h, raisedLoginLimits()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	probe := always(load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken))
	for _, probe := range []struct {
		name string
		load load.Load
		goal string
	}{
		{fmt.Sprintf("%d a second", probeRate), load.Load{Addresses: []string{s.address}, Conns: probeConns, For: 2 * b.duration, Next: probe, Rate: probeRate}, "≤ 3"},
		{"as many as possible", load.Load{Addresses: []string{s.address}, Conns: b.conns, For: 2 * b.duration, Next: probe}, "≤ 3"},
	} {
		if err := b.floodProbe(s, probe.name, probe.goal, probe.load); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) floodProbe(s *server, name, goal string, probe load.Load) error {
	var calm, flooded series
	calm.name, flooded.name = "tokens, "+name, "tokens, "+name+", during a flood of logins"
	for range b.runs {
		one, err := b.runLoad(probe, s.cpu)
		if err != nil {
			return err
		}
		calm.samples = append(calm.samples, one)
		ctx, cancel := context.WithCancel(b.ctx)
		drained := make(chan load.Outcome, 1)
		go func() { drained <- b.logins(ctx, s.address) }()
		time.Sleep(time.Second) // until the queue is full
		one, err = b.runLoad(probe, s.cpu)
		cancel()
		tried := <-drained
		if err != nil {
			return err
		}
		b.printf("   flood: %.0f logins a second, %d of %d refused", tried.PerSecond(), tried.Refused, len(tried.Took))
		flooded.samples = append(flooded.samples, one)
	}
	b.report.series(calm, flooded)
	b.report.row("99 % of token requests ("+name+"), during a flood of logins ÷ without, time", goal, over(flooded, calm, slowest))
	return nil
}

// logins floods the server from many addresses until ctx ends. Every other
// password is correct, every third username does not exist.
func (b *bench) logins(ctx context.Context, address string) load.Outcome {
	var n atomic.Uint64
	next := func() load.Request {
		i := n.Add(1)
		name, secret := member, password
		if i%2 == 0 {
			secret = fmt.Sprint("guess ", i)
		}
		if i%3 == 0 {
			name = fmt.Sprint("unknown", i)
		}
		body := url.Values{"login": {name}, "password": {secret}}.Encode()
		from := fmt.Sprintf("X-Forwarded-For: 10.%d.%d.%d", i>>16&255, i>>8&255, i&255)
		return load.Post("/api/v3/session", form, body, from)
	}
	// It always ends with an error, because ctx is cancelled.
	o, _ := load.Load{Addresses: []string{address}, Conns: floodConns, For: time.Hour, Next: next, Rate: floodRate}.Run(ctx)
	return o
}
