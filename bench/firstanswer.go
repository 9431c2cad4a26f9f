//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"

	"roster.example/roster/bench/load"
)

// firstAnswer compares how long it takes from the start of the process until it
// answers, with a crowd and with nobody. What was read from the disk before stays
// in the system's memory.
func (b *bench) firstAnswer() error {
	large, err := b.house(b.sizes.large)
	if err != nil {
		return err
	}
	none, err := b.empty("start")
	if err != nil {
		return err
	}
	questions := []struct {
		what, goal string
		of         func(house) load.Request
	}{
		{"/healthz", "≤ 1.5", func(house) load.Request { return load.Get("/healthz") }},
		{"who am I", "≤ 1.5", func(h house) load.Request { return load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken) }},
		{"first page of people", "", func(h house) load.Request { return h.page(1) }},
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
		b.report.quantity(fmt.Sprintf("start to first answer (%s), %d people", q.what, large.people), "", spreadOf(with), "ms")
		b.report.quantity(fmt.Sprintf("start to first answer (%s), nobody", q.what), "", spreadOf(without), "ms")
		b.report.row(fmt.Sprintf("start to first answer (%s), %d people ÷ nobody", q.what, large.people), q.goal, spreadOf(ratios))
	}
	return b.untilSettled(large)
}

// untilSettled tells how long pages are slower than they will be.
func (b *bench) untilSettled(h house) error {
	var times []float64
	for range b.runs {
		took, err := b.settleOnce(h)
		if err != nil {
			return err
		}
		times = append(times, ms(took))
	}
	b.report.quantity(fmt.Sprintf("start until pages of %d people come within %s", h.people, atOnce), "", spreadOf(times), "ms")
	return nil
}

func (b *bench) settleOnce(h house) (took time.Duration, err error) {
	s, err := b.serve(h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	return b.settle(h, s)
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// untilAnswer starts Roster, asks once, and stops it again.
func (b *bench) untilAnswer(h house, r load.Request) (took time.Duration, err error) {
	begin := time.Now()
	s, err := b.serve(h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	a, err := load.One(b.ctx, s.address, r)
	took = time.Since(begin)
	if err == nil && a.Status != 200 {
		err = fmt.Errorf("%s is answered with %d", uri(r), a.Status)
	}
	return took, err
}
