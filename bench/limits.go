//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"roster.example/roster/bench/load"
	"roster.example/roster/bench/process"
)

// idleConnections compares the slowest percent of token requests with and without
// idle connections.
func (b *bench) idleConnections() error {
	return b.with(b.sizes.medium, nil, func(h dataFolder, s *server) error {
		probe := load.Load{
			Addresses: []string{s.address}, Conns: probeConns, For: b.duration, Rate: probeRate,
			Next: always(load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken)),
		}
		all := []series{{name: "tokens"}, {name: "tokens, 3000 connections idle"}, {name: "tokens, 10000 connections idle"}}
		for range b.runs {
			for i, n := range []int{0, 3_000, 10_000} {
				one, err := b.withIdleConnections(s, n, probe)
				if err != nil {
					return err
				}
				all[i].samples = append(all[i].samples, one)
			}
		}
		b.report.series(all...)
		b.report.row("99 % of token requests, 3000 connections idle ÷ none, time", "≤ 1.5", over(all[1], all[0], slowest))
		b.report.row("99 % of token requests, 10000 connections idle ÷ none, time", "≤ 2", over(all[2], all[0], slowest))
		return nil
	})
}

// withIdleConnections measures l while n connections are idle after a request each. It returns after
// the server has closed them: closing ten thousand connections takes
// so long that it would affect the next measurement.
func (b *bench) withIdleConnections(s *server, n int, l load.Load) (one sample, err error) {
	before, err := process.OpenFiles(s.PID())
	if err != nil {
		return sample{}, err
	}
	resting := make([]*load.Conn, 0, n)
	defer func() {
		for _, c := range resting {
			err = errors.Join(err, c.Close())
		}
		err = errors.Join(err, b.waitUntilClosed(s, before+probeConns))
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
	return b.runLoad(l, s.cpu)
}

// waitUntilClosed blocks until the server has at most most open files.
func (b *bench) waitUntilClosed(s *server, most int) error {
	for {
		open, err := process.OpenFiles(s.PID())
		if err != nil || open <= most {
			return err
		}
		select {
		case <-b.ctx.Done():
			return b.ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

const (
	searchers  = 32  // searches of one member at the same time
	searchRate = 640 // per second in total: most are rejected, and the load must not consist of rejections
)

// searches compares reads of one user, writes and logins with and without searches of a member for one
// letter.
func (b *bench) searches() error {
	return b.with(b.sizes.medium, raisedLoginLimits(), func(h dataFolder, s *server) error {
		token := "PRIVATE-TOKEN: " + h.AdminToken
		probes := []struct {
			name string
			rate float64
			long time.Duration // in units of bench.stretch: rare requests need more time for a percentile
			next load.Request
		}{
			{"one user by id", 200, 6, load.Get("/api/v3/users/2", token)},
			{"a write", 50, 4, load.Put("/api/v3/users/2", form, url.Values{"bio": {"bench"}}.Encode(), token)},
			{"a login", 5, 10, load.Post("/api/v3/session", form, url.Values{"login": {member}, "password": {password}}.Encode())},
		}
		for _, p := range probes {
			l := load.Load{Addresses: []string{s.address}, Conns: probeConns, For: p.long * b.duration, Rate: p.rate, Next: always(p.next)}
			if err := b.searchProbe(h, s, p.name, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) searchProbe(h dataFolder, s *server, name string, l load.Load) error {
	calm, busy := series{name: name}, series{name: name + ", beside searches"}
	for range b.runs {
		one, err := b.runLoad(l, s.cpu)
		if err != nil {
			return err
		}
		calm.samples = append(calm.samples, one)
		if one, err = b.whileSearching(h, s, l); err != nil {
			return err
		}
		busy.samples = append(busy.samples, one)
	}
	b.report.series(calm, busy)
	b.report.row(fmt.Sprintf("99 %% of %s, beside %d searches ÷ without, time", name, searchers), "≤ 3", over(busy, calm, slowest))
	return nil
}

// whileSearching measures l while a member searches. The searches come from a process of their own, so that
// the time of l does not include waits inside the client.
func (b *bench) whileSearching(h dataFolder, s *server, l load.Load) (one sample, err error) {
	self, err := os.Executable()
	if err != nil {
		return sample{}, err
	}
	flood, err := b.launch(process.Options{Path: self, Args: []string{searchCommand, s.address, h.MemberToken}}, searching)
	if err != nil {
		return sample{}, err
	}
	defer func() { err = errors.Join(err, flood.Stop()) }()
	return b.runLoad(l, s.cpu)
}

// searchCommand searches on a server, with a token, until the process is interrupted.
const searchCommand = "search"

// searching is the text that the search command prints when it begins.
const searching = "searching "

func search(ctx context.Context, address, token string) {
	fmt.Println(searching + address)
	request := load.Get("/api/v1/users?total=true&search=e", "Authorization: Bearer "+token)
	// The load always ends with an error, because ctx is cancelled. Most searches are rejected.
	_, _ = load.Load{Addresses: []string{address}, Conns: searchers, For: time.Hour, Rate: searchRate, Next: always(request)}.Run(ctx)
}

const (
	unfinishedBodies = 1_000
	listsAtOnce      = 16
)

// pressure measures the memory of the process with unfinished bodies and with
// lists without pages, each with a new server.
func (b *bench) pressure() error {
	for _, attack := range []struct {
		name, goal string
		run        func(dataFolder, *server) error
	}{
		{"1000 unfinished bodies, 512 KiB of 1 MB", "≤ 100 MB", func(_ dataFolder, s *server) error { return b.unfinished(s, 512<<10, 1_000_000) }},
		{"1000 unfinished bodies, 15 KiB of 16 KiB", "≤ 100 MB", func(_ dataFolder, s *server) error { return b.unfinished(s, 15<<10, 16<<10) }},
		{"16 whole lists at once", "≤ 200 MB", b.wholeLists},
	} {
		var grown, peaks []float64
		for range b.runs {
			err := b.with(b.sizes.medium, nil, func(h dataFolder, s *server) error {
				before, _, err := process.Memory(s.PID())
				if err != nil {
					return err
				}
				if err := attack.run(h, s); err != nil {
					return err
				}
				_, peak, err := process.Memory(s.PID())
				grown, peaks = append(grown, float64(peak-before)/mebibyte), append(peaks, float64(peak)/mebibyte)
				return err
			})
			if err != nil {
				return err
			}
		}
		b.report.quantity("resident memory, "+attack.name+", greatest ever", "", spreadOf(peaks), "MB")
		b.report.quantity("resident memory, "+attack.name+", more than before", attack.goal, spreadOf(grown), "MB")
	}
	return nil
}

// wholeLists requests lists without pages. Most are rejected, which is not an error.
func (b *bench) wholeLists(h dataFolder, s *server) error {
	token := "Authorization: Bearer " + h.AdminToken
	lists := each([]load.Request{load.Get("/pm415/api/org/1/users", token), load.Get("/wekan/api/users", token)})
	_, err := load.Load{Addresses: []string{s.address}, Conns: listsAtOnce, For: 5 * b.duration, Next: lists}.Run(b.ctx)
	return err
}

// unfinished sends size bytes of a longer body on each connection, and keeps the connections open for
// the time of a measurement.
func (b *bench) unfinished(s *server, size, length int) (err error) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			err = errors.Join(err, c.Close())
		}
	}()
	head := fmt.Sprintf("POST /wekan/users/login HTTP/1.1\r\nHost: roster\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", length)
	body := append([]byte(head), make([]byte, size)...)
	var sent sync.WaitGroup
	defer sent.Wait()
	for range unfinishedBodies {
		c, err := new(net.Dialer).DialContext(b.ctx, "tcp", s.address)
		if err != nil {
			return err
		}
		open = append(open, c)
		if err := c.SetWriteDeadline(time.Now().Add(b.duration)); err != nil {
			return err
		}
		// The server may read a part of it and close the connection.
		sent.Go(func() { _, _ = c.Write(body) })
	}
	sent.Wait()
	select {
	case <-b.ctx.Done():
		return b.ctx.Err()
	case <-time.After(b.duration):
		return nil
	}
}
