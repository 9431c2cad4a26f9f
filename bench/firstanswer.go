//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"

	"roster.example/roster/bench/load"
)

// firstAnswer compares the time from the start of the process to the first response,
// with many users and with none. The files are in the page cache of the system.
func (b *bench) firstAnswer() error {
	large, err := b.dataFolder(b.sizes.large)
	if err != nil {
		return err
	}
	none, err := b.emptyFolder("start")
	if err != nil {
		return err
	}
	questions := []struct {
		what, goal string
		of         func(dataFolder) load.Request
	}{
		{"/healthz", "≤ 1.5", func(dataFolder) load.Request { return load.Get("/healthz") }},
		{"who am I", "≤ 1.5", func(h dataFolder) load.Request { return load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken) }},
		{"first page of users", "", func(h dataFolder) load.Request { return h.page(1) }},
	}
	for _, q := range questions {
		var with, without, ratios []float64
		for range b.runs {
			l, err := b.untilAnswer(large, q.of(large))
			if err != nil {
				return err
			}
			n, err := b.untilAnswer(none, q.of(none))
			if err != nil {
				return err
			}
			with, without, ratios = append(with, ms(l)), append(without, ms(n)), append(ratios, ms(l)/ms(n))
		}
		b.report.quantity(fmt.Sprintf("start to first answer (%s), %d users", q.what, large.users), "", spreadOf(with), "ms")
		b.report.quantity(fmt.Sprintf("start to first answer (%s), empty directory", q.what), "", spreadOf(without), "ms")
		b.report.row(fmt.Sprintf("start to first answer (%s), %d users ÷ empty directory", q.what, large.users), q.goal, spreadOf(ratios))
	}
	return b.untilSettled(large)
}

// untilSettled reports the time until pages have their final speed.
func (b *bench) untilSettled(h dataFolder) error {
	var times []float64
	for range b.runs {
		took, err := b.settleOnce(h)
		if err != nil {
			return err
		}
		times = append(times, ms(took))
	}
	b.report.quantity(fmt.Sprintf("start until pages of %d users take at most %s", h.users, atOnce), "", spreadOf(times), "ms")
	return nil
}

func (b *bench) settleOnce(h dataFolder) (took time.Duration, err error) {
	s, err := b.serve(h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return b.settle(h, s)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// untilAnswer starts Roster, sends one request, and stops Roster.
func (b *bench) untilAnswer(h dataFolder, r load.Request) (took time.Duration, err error) {
	begin := time.Now()
	s, err := b.serve(h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	a, err := load.One(b.ctx, s.address, r)
	took = time.Since(begin)
	if err == nil && a.Status != 200 {
		err = fmt.Errorf("the response to %s is %d", uri(r), a.Status)
	}
	return took, err
}
