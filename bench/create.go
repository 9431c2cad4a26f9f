//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// manyWriters is the number of concurrent writers.
const manyWriters = 64

// A writer creates user number i, durably.
type writer func(ctx context.Context, i int) error

// create compares many writers with one, and Roster's group commits with raw
// SQLite, where every user has its own commit. It runs in this
// process: the directory of a server, without HTTP and passwords.
func (b *bench) create() (err error) {
	d, done, err := b.openDirectory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	waiting, err := openRaw(b.ctx, filepath.Join(b.scratch, "waiting.db"), manyWriters)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, waiting.Close()) }()
	queued, err := openRaw(b.ctx, filepath.Join(b.scratch, "queued.db"), 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, queued.Close()) }()
	all, err := b.alternateWriters([]writers{
		{"create, one writer", 1, creator(d)},
		{fmt.Sprintf("create, %d writers", manyWriters), manyWriters, creator(d)},
		{fmt.Sprintf("raw SQLite, %d writers, a connection each (busy_timeout)", manyWriters), manyWriters, waiting.create},
		{fmt.Sprintf("raw SQLite, %d writers, one connection in turns", manyWriters), manyWriters, queued.create},
	})
	if err != nil {
		return err
	}
	b.report.row(fmt.Sprintf("create, %d writers ÷ one", manyWriters), "≥ 8", over(all[1], all[0], rate))
	b.report.row("create, 64 writers ÷ raw SQLite, a connection each", "≥ 5", over(all[1], all[2], rate))
	b.report.row("create, 64 writers ÷ raw SQLite, one connection in turns", "≥ 5", over(all[1], all[3], rate))
	return b.createOverHTTP()
}

// openDirectory opens an empty data folder as the server does.
func (b *bench) openDirectory() (*directory.Directory, func() error, error) {
	h, err := b.emptyFolder("create")
	if err != nil {
		return nil, nil, err
	}
	cfg, err := config.Load(config.Sources{Flags: map[string]string{"data": h.folder}})
	if err != nil {
		return nil, nil, err
	}
	a, err := app.Open(b.ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	return a.Directory, a.Close, nil
}

func creator(d *directory.Directory) writer {
	return func(ctx context.Context, i int) error {
		p := dataset.Size(1 << 30).User(i)
		_, err := d.CreateUser(ctx, model.Operator(), directory.NewUser{
			Username: p.Username, Names: model.Names{}.WithName(p.Name()), Email: p.Email, Limits: model.DefaultLimits(),
		})
		return err
	}
}

type writers struct {
	name  string
	count int
	write writer
}

// alternateWriters is alternate for writers in this process.
func (b *bench) alternateWriters(sides []writers) ([]series, error) {
	all := make([]series, len(sides))
	var next atomic.Int64 // each user is created once
	for round := range b.runs + 1 {
		for i, s := range sides {
			one, err := b.writeFor(s, &next)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			all[i].name = s.name
			if round > 0 { // the first is a warm-up
				all[i].samples = append(all[i].samples, one)
			}
		}
	}
	b.report.series(all...)
	return all, nil
}

func (b *bench) writeFor(s writers, next *atomic.Int64) (sample, error) {
	begin, cpu := time.Now(), ownCPU()
	took := make([][]float64, s.count)
	faults := make([]error, s.count)
	var all sync.WaitGroup
	for w := range s.count {
		all.Go(func() {
			for sent := time.Now(); sent.Sub(begin) < b.duration && faults[w] == nil; sent = time.Now() {
				faults[w] = s.write(b.ctx, int(next.Add(1)))
				took[w] = append(took[w], float64(time.Since(sent)))
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begin)
	var times []float64
	for _, t := range took {
		times = append(times, t...)
	}
	n := float64(len(times))
	middle := spreadOf(times).Median
	return sample{n / elapsed.Seconds(), time.Duration(float64(ownCPU()-cpu) / n), time.Duration(middle), time.Duration(times[int(n*0.99)])}, errors.Join(faults...)
}
