//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"roster.example/roster/bench/load"
	"roster.example/roster/bench/process"
)

// idleConnections compares the slowest hundredth of token requests beside open
// connections that rest with the same without them.
func (b *bench) idleConnections() error {
	return b.withLarge(func(h house, s *server) error {
		ask := load.Load{
			Addresses: []string{s.address}, Conns: probeConns, For: b.stretch, Rate: probeRate,
			Next: always(load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken)),
		}
		all := []series{{name: "tokens"}, {name: "tokens, 3000 connections rest"}, {name: "tokens, 10000 connections rest"}}
		for range b.runs {
			for i, n := range []int{0, 3_000, 10_000} {
				one, err := b.beside(s, n, ask)
				if err != nil {
					return err
				}
				all[i].samples = append(all[i].samples, one)
			}
		}
		b.report.series(all...)
		b.report.row("99 % of token requests, 3000 connections rest ÷ none, time", "≤ 1.5", over(all[1], all[0], slowest))
		b.report.row("99 % of token requests, 10000 connections rest ÷ none, time", "≤ 2", over(all[2], all[0], slowest))
		return nil
	})
}

// beside measures l while n connections rest that have made a request each.
func (b *bench) beside(s *server, n int, l load.Load) (one sample, err error) {
	resting := make([]*load.Conn, 0, n)
	defer func() {
		for _, c := range resting {
			err = errors.Join(err, c.Close())
		}
	}()
	for range n {
		c, err := load.Dial(b.ctx, s.address)
		if err != nil {
			return sample{}, fmt.Errorf("open connection %d; raise the limit of open files (ulimit -n): %w", len(resting)+1, err)
		}
		resting = append(resting, c)
		if _, err := c.Ask(load.Get("/healthz")); err != nil {
			return sample{}, err
		}
	}
	return b.put(l, s.cpu)
}

const searchers = 32 // searches of one member at the same time

// searches compares point reads, writes and logins while a member searches for one
// letter with the same without searches.
func (b *bench) searches() error {
	return b.withLarge(func(h house, s *server) error {
		token := "PRIVATE-TOKEN: " + h.AdminToken
		probes := []struct {
			name string
			rate float64
			next load.Request
		}{
			{"one person by id", 200, load.Get("/api/v3/users/2", token)},
			{"a write", 50, load.Put("/api/v3/users/2", form, url.Values{"bio": {"bench"}}.Encode(), token)},
			{"a login", 5, load.Post("/api/v3/session", form, url.Values{"login": {member}, "password": {password}}.Encode())},
		}
		for _, p := range probes {
			l := load.Load{Addresses: []string{s.address}, Conns: probeConns, For: 2 * b.stretch, Rate: p.rate, Next: always(p.next)}
			if err := b.searchProbe(h, s, p.name, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) searchProbe(h house, s *server, name string, l load.Load) error {
	calm, busy := series{name: name}, series{name: name + ", beside searches"}
	for range b.runs {
		one, err := b.put(l, s.cpu)
		if err != nil {
			return err
		}
		calm.samples = append(calm.samples, one)
		ctx, cancel := context.WithCancel(b.ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			search := load.Get("/api/v1/users?total=true&search=e", "Authorization: Bearer "+h.MemberToken)
			// It ends by being cut off, and most are refused: neither is a fault.
			_, _ = load.Load{Addresses: []string{s.address}, Conns: searchers, For: time.Hour, Next: always(search)}.Run(ctx)
		}()
		one, err = b.put(l, s.cpu)
		cancel()
		<-ended
		if err != nil {
			return err
		}
		busy.samples = append(busy.samples, one)
	}
	b.report.series(calm, busy)
	b.report.row(fmt.Sprintf("99 %% of %s, beside %d searches ÷ without, time", name, searchers), "≤ 3", over(busy, calm, slowest))
	return nil
}

const (
	unfinishedBodies = 1_000
	listsAtOnce      = 16
)

// pressure reads the memory of the process beside bodies that do not end and beside
// lists without pages.
func (b *bench) pressure() error {
	return b.withLarge(func(h house, s *server) error {
		before, _, err := process.Memory(s.PID())
		if err != nil {
			return err
		}
		if err := b.unfinished(s); err != nil {
			return err
		}
		now, _, err := process.Memory(s.PID())
		if err != nil {
			return err
		}
		more := float64(now-before) / mebibyte
		b.report.quantity(fmt.Sprintf("resident memory, %d unfinished bodies, more than before", unfinishedBodies), "≤ 100 MB", spreadOf([]float64{more}), "MB")
		list := load.Get("/pm415/api/org/1/users", "Authorization: Bearer "+h.AdminToken)
		if _, err := (load.Load{Addresses: []string{s.address}, Conns: listsAtOnce, For: 5 * b.stretch, Next: always(list)}).Run(b.ctx); err != nil {
			return err
		}
		_, peak, err := process.Memory(s.PID())
		b.report.quantity(fmt.Sprintf("resident memory, %d whole lists at once, greatest ever", listsAtOnce), "≤ 200 MB", spreadOf([]float64{float64(peak) / mebibyte}), "MB")
		return err
	})
}

// unfinished sends most of a body of 1 MB on each connection.
func (b *bench) unfinished(s *server) (err error) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			err = errors.Join(err, c.Close())
		}
	}()
	body := make([]byte, 512<<10)
	for range unfinishedBodies {
		c, err := new(net.Dialer).DialContext(b.ctx, "tcp", s.address)
		if err != nil {
			return err
		}
		open = append(open, c)
		if err := c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			return err
		}
		head := "POST /wekan/users/login HTTP/1.1\r\nHost: roster\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
		// The server takes a part of it and ends the connection.
		_, _ = c.Write(append([]byte(head), body...))
	}
	return nil
}
