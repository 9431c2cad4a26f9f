//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"roster.example/roster/bench/load"
)

// The number of different users or pages in measurements of cached responses.
const (
	hotUsers = 1_000
	hotPages = 100
)

// pageSize is the default page size of GitLab's API.
const pageSize = 20

// withLarge runs measure on a server with the large data folder and a filled cache.
func (b *bench) withLarge(measure func(dataFolder, *server) error) error {
	return b.with(b.sizes.large, nil, measure)
}

// with runs measure on a server with n users, these settings and a filled cache.
func (b *bench) with(n int, env []string, measure func(dataFolder, *server) error) (err error) {
	h, err := b.dataFolder(n)
	if err != nil {
		return err
	}
	s, err := b.serve(h, env...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := b.settle(h, s); err != nil {
		return err
	}
	return measure(h, s)
}

// A server has settled when this number of pages in a row was fast. After settleLimit
// it never will.
const (
	settledPages = 100
	atOnce       = 5 * time.Millisecond
	settleLimit  = time.Minute
)

// settle requests pages until they are fast, and returns the time that this took: a
// new server first fills its cache. It also blocks until the server has checked its database.
func (b *bench) settle(h dataFolder, s *server) (took time.Duration, err error) {
	begin := time.Now()
	c, err := load.Dial(b.ctx, s.address)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for row := 0; row < settledPages && time.Since(begin) < settleLimit; row++ {
		sent := time.Now()
		if _, err := c.Do(h.page(1)); err != nil {
			return 0, err
		}
		if time.Since(sent) > atOnce {
			row = 0
			took = time.Since(begin)
		}
	}
	return took, b.waitUntilIdle(s)
}

// waitUntilIdle blocks until the server used less than a twentieth of a processor for a second, at most
// settleLimit. After the start it reads its whole database once, at a low priority, to find damaged pages.
func (b *bench) waitUntilIdle(s *server) error {
	const interval, intervals = 200 * time.Millisecond, 5
	for begin, idle := time.Now(), 0; idle < intervals && time.Since(begin) < settleLimit; idle++ {
		before, err := s.cpu()
		if err != nil {
			return err
		}
		select {
		case <-b.ctx.Done():
			return b.ctx.Err()
		case <-time.After(interval):
		}
		after, err := s.cpu()
		if err != nil {
			return err
		}
		if after-before >= interval/20 {
			idle = -1
		}
	}
	return nil
}

// userByID requests a thousand users in turn, as an administrator.
func (b *bench) userByID() error {
	return b.withLarge(func(h dataFolder, s *server) error {
		// Ids are assigned in order, after those of the administrator and the member.
		step := h.users / hotUsers
		var requests []load.Request
		for i := range hotUsers {
			requests = append(requests, h.list("/%d", seeded+1+i*step))
		}
		return b.againstBare(s, fmt.Sprintf("user by id (%d in turn)", hotUsers), "≥ 0.75", requests...)
	})
}

// pages compares cached pages with a bare handler, and pages with each other.
func (b *bench) pages() error {
	return b.withLarge(func(h dataFolder, s *server) error {
		var requests []load.Request
		for i := range hotPages {
			requests = append(requests, h.page(1+i))
		}
		what := fmt.Sprintf("page of %d of %d (%d in turn)", pageSize, h.users, hotPages)
		if err := b.againstBare(s, what, "≥ 0.50", requests...); err != nil {
			return err
		}
		return b.depth(h, s)
	})
}

func (h dataFolder) page(number int) load.Request {
	return h.list("?page=%d&per_page=%d", number, pageSize)
}

// total returns the number of users or matches.
func (b *bench) total(address string, r load.Request) (int, error) {
	a, err := load.One(b.ctx, address, r)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(a.Get("X-Total"))
	if err != nil || a.Status != http.StatusOK {
		return 0, fmt.Errorf("%s is answered with %d and X-Total %q: %s", uri(r), a.Status, a.Get("X-Total"), a.Body)
	}
	return n, nil
}

// depth compares the first pages with the last ones: the same page again and again,
// and random pages of the first and the last percent.
func (b *bench) depth(h dataFolder, s *server) error {
	total, err := b.total(s.address, h.page(1))
	if err != nil {
		return err
	}
	last := total / pageSize // the last full one
	part := max(last/100, 1)
	pages := func(name string, next func() load.Request) side {
		return side{name: name, on: s, next: next}
	}
	all, err := b.alternate(
		pages("first page", always(h.page(1))),
		pages("last page", always(h.page(last))),
		pages("any of the first hundredth of the pages", h.anyPage(1, part)),
		pages("any of the last hundredth of the pages", h.anyPage(last-part+1, last)),
		pages("any page", h.anyPage(1, last)),
	)
	if err != nil {
		return err
	}
	b.report.row(fmt.Sprintf("last page ÷ first page of %d users, time", h.users), "≤ 1.2", over(all[1], all[0], pause))
	b.report.row("any of the last ÷ any of the first hundredth, time", "≤ 1.2", over(all[3], all[2], pause))
	b.report.row("any page ÷ first page, time", "", over(all[4], all[0], pause))
	return nil
}

// anyPage returns random pages, the same in each run.
func (h dataFolder) anyPage(first, last int) func() load.Request {
	r := rand.New(rand.NewPCG(1, 2))
	requests := make([]load.Request, 4_096)
	for i := range requests {
		requests[i] = h.page(first + r.IntN(last-first+1))
	}
	return each(requests)
}

// firstPages compares a very large database with a small one.
func (b *bench) firstPages() (err error) {
	var sides []side
	for _, n := range []int{b.sizes.small, b.sizes.huge} {
		h, err := b.dataFolder(n)
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
		sides = append(sides, side{name: fmt.Sprintf("first page of %d users", n), on: s, next: always(h.page(1))})
	}
	all, err := b.alternate(sides...)
	if err != nil {
		return err
	}
	b.report.row(fmt.Sprintf("first page of %d ÷ of %d users, time", b.sizes.huge, b.sizes.small), "≤ 1.2", over(all[1], all[0], pause))
	return nil
}

// once returns each request once before it repeats any. left returns the number that were not
// returned yet.
func once(all []load.Request) (next func() load.Request, left func() int) {
	var n atomic.Int64
	next = func() load.Request { return all[int(n.Add(1)-1)%len(all)] }
	return next, func() int { return max(0, len(all)-int(n.Load())) }
}
