//go:build linux

package main

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"roster.example/roster/bench/load"
)

// A side is one of the servers that are measured alternately.
type side struct {
	name  string
	on    *server
	with  *server // another server that shares the load, or nil
	next  func() load.Request
	conns int                           // 0 means bench.conns
	cpu   func() (time.Duration, error) // processor time of all servers so far; nil means that of on and with
}

// A sample is one side in one round.
type sample struct {
	perSecond float64
	cpu       time.Duration // of the server for one request
	middle    time.Duration // median request time
	p99       time.Duration
}

// A series is one side in all rounds.
type series struct {
	name    string
	samples []sample
}

// alternate measures all sides alternately, round by round, so that other load on the
// machine affects all of them. Each side gets a warm-up that is not counted.
func (b *bench) alternate(sides ...side) ([]series, error) {
	all := make([]series, len(sides))
	for i, s := range sides {
		all[i].name = s.name
		if _, err := b.sample(s, b.duration/4); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for range b.runs {
		for i, s := range sides {
			one, err := b.sample(s, b.duration)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			all[i].samples = append(all[i].samples, one)
		}
	}
	b.report.series(all...)
	return all, nil
}

func (b *bench) sample(s side, duration time.Duration) (sample, error) {
	l := load.Load{Addresses: s.addresses(), Conns: s.conns, For: duration, Next: s.next}
	if l.Conns == 0 {
		l.Conns = b.conns
	}
	if s.cpu == nil {
		s.cpu = s.serversCPU
	}
	return b.runLoad(l, s.cpu)
}

func (s side) addresses() []string {
	if s.with == nil {
		return []string{s.on.address}
	}
	return []string{s.on.address, s.with.address}
}

func (s side) serversCPU() (time.Duration, error) {
	one, err := s.on.cpu()
	if err != nil || s.with == nil {
		return one, err
	}
	other, err := s.with.cpu()
	return one + other, err
}

// runLoad runs a load on servers. A rejected request is an error.
func (b *bench) runLoad(l load.Load, cpu func() (time.Duration, error)) (sample, error) {
	before, err := cpu()
	if err != nil {
		return sample{}, err
	}
	o, err := l.Run(b.ctx)
	if err != nil {
		return sample{}, err
	}
	after, err := cpu()
	switch {
	case err != nil:
		return sample{}, err
	case o.Refused > 0:
		return sample{}, fmt.Errorf("%d of %d requests were refused", o.Refused, len(o.Took))
	case len(o.Took) == 0:
		return sample{}, errors.New("not one request was answered")
	}
	return sample{o.PerSecond(), (after - before) / time.Duration(len(o.Took)), o.Percentile(50), o.Percentile(99)}, nil
}

// The values of a sample that ratios compare.
func rate(s sample) float64    { return s.perSecond }
func cost(s sample) float64    { return float64(s.cpu) }
func pause(s sample) float64   { return 1 / s.perSecond }
func half(s sample) float64    { return float64(s.middle) }
func slowest(s sample) float64 { return float64(s.p99) }

// A spread is a median with the minimum and the maximum.
type spread struct{ Median, Low, High float64 }

// over returns a ÷ b, round by round.
func over(a, b series, of func(sample) float64) spread {
	ratios := make([]float64, len(a.samples))
	for i := range ratios {
		ratios[i] = of(a.samples[i]) / of(b.samples[i])
	}
	return spreadOf(ratios)
}

// spreadOf sorts values in place.
func spreadOf(values []float64) spread {
	slices.Sort(values)
	n := len(values)
	return spread{(values[(n-1)/2] + values[n/2]) / 2, values[0], values[n-1]}
}

func (s series) of(what func(sample) float64) spread {
	values := make([]float64, len(s.samples))
	for i := range values {
		values[i] = what(s.samples[i])
	}
	return spreadOf(values)
}

// always returns the same request.
func always(r load.Request) func() load.Request { return func() load.Request { return r } }

// each returns the requests in turn, again and again.
func each(all []load.Request) func() load.Request {
	var n atomic.Uint64
	return func() load.Request { return all[n.Add(1)%uint64(len(all))] }
}
