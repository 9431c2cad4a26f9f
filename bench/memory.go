//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/bench/load"
	"roster.example/roster/bench/process"
)

const mebibyte = 1 << 20

// memory measures the resident memory of the process, idle and under mixed
// load.
func (b *bench) memory() error {
	var idle []float64
	for range b.runs {
		now, err := b.idleMemory()
		if err != nil {
			return err
		}
		idle = append(idle, now)
	}
	b.report.quantity("resident memory, idle, empty directory", "≤ 30 MB", spreadOf(idle), "MB")
	return b.busyMemory()
}

func (b *bench) idleMemory() (mb float64, err error) {
	h, err := b.emptyFolder(fmt.Sprintf("idle-%d", b.started))
	if err != nil {
		return 0, err
	}
	s, err := b.serve(h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	if _, err := load.One(b.ctx, s.address, load.Get("/healthz")); err != nil {
		return 0, err
	}
	time.Sleep(3 * time.Second)
	now, _, err := process.Memory(s.PID())
	return float64(now) / mebibyte, err
}

// mixedFor is the duration of the mixed load, in units of bench.stretch.
const mixedFor = 10

// busyMemory runs requests with tokens, for users, pages and searches, and creates users with and without
// passwords, at the same time.
func (b *bench) busyMemory() (err error) {
	h, err := b.temporaryCopy(b.sizes.large)
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
	key, err := b.command(h, "", "user", "api-key", admin, "--yes")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	seen := b.watchMemory(ctx, s.PID())
	if err := b.mixed(s, h, key); err != nil {
		return err
	}
	cancel()
	samples := <-seen
	_, peak, err := process.Memory(s.PID())
	if err != nil {
		return err
	}
	b.report.quantity(fmt.Sprintf("resident memory, %d users, mixed load, median over time", h.users), "", spreadOf(samples), "MB")
	b.report.quantity(fmt.Sprintf("resident memory, %d users, mixed load, greatest ever", h.users), "≤ 120 MB", spreadOf([]float64{float64(peak) / mebibyte}), "MB")
	return nil
}

// watchMemory samples the memory ten times per second until ctx ends.
func (b *bench) watchMemory(ctx context.Context, pid int) <-chan []float64 {
	out := make(chan []float64, 1)
	go func() {
		var samples []float64
		for ctx.Err() == nil {
			if now, _, err := process.Memory(pid); err == nil {
				samples = append(samples, float64(now)/mebibyte)
			}
			time.Sleep(100 * time.Millisecond)
		}
		out <- samples
	}()
	return out
}

func (b *bench) mixed(s *server, h dataFolder, key string) error {
	last := h.users / pageSize
	var byID, searches []load.Request
	for i := range 20_000 {
		byID = append(byID, h.list("/%d", seeded+1+i*7919%h.users))
		name := dataset.Size(h.users).RareName(i % dataset.Size(h.users).Rare())
		searches = append(searches, h.list("?search=%s", strings.ToLower(name)))
	}
	kinds := []struct {
		name  string
		conns int
		next  func() load.Request
	}{
		{"who am I", 4, always(load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken))},
		{"anybody by id", 4, each(byID)},
		{"any page", 4, h.anyPage(1, last)},
		{"search", 2, each(searches)},
		{"create, with a password", 1, h.creating()},
		{"invite, without one", 2, inviting(key)},
	}
	outcomes := make([]load.Outcome, len(kinds))
	faults := make([]error, len(kinds))
	var all sync.WaitGroup
	for i, k := range kinds {
		all.Go(func() {
			l := load.Load{Addresses: []string{s.address}, Conns: k.conns, For: mixedFor * b.duration, Next: k.next}
			outcomes[i], faults[i] = l.Run(b.ctx)
		})
	}
	all.Wait()
	for i, k := range kinds {
		if outcomes[i].Refused > 0 {
			faults[i] = errors.Join(faults[i], fmt.Errorf("%s: %d requests were refused", k.name, outcomes[i].Refused))
		}
		b.printf("   mixed: %s %.0f/s", k.name, outcomes[i].PerSecond())
	}
	return errors.Join(faults...)
}
