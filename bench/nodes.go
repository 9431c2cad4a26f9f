//go:build linux

package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/bench/load"
	"roster.example/roster/bench/process"
	"roster.example/roster/internal/store/postgres"
	"roster.example/roster/internal/store/postgres/pgtest"
)

// nodes compares one node on PostgreSQL with two, on the same two
// processors. The relevant figure is the processor time of a request.
func (b *bench) nodes() (err error) {
	stop, err := pgtest.Start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	first, database, err := b.postgresFolder()
	if err != nil {
		return err
	}
	second := first
	second.folder = filepath.Join(b.scratch, "node-2")
	one, err := b.serve(first)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, one.Stop()) }()
	other, err := b.serve(second)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.Stop()) }()
	for _, s := range []*server{one, other} {
		if _, err := b.settle(first, s); err != nil {
			return err
		}
	}
	return b.compareNodes(first, one, other, database)
}

func (b *bench) compareNodes(h dataFolder, one, other *server, database func() (time.Duration, error)) error {
	for _, reads := range []struct {
		name string
		next func() load.Request
	}{
		{"who am I", always(load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken))},
		{"tokens, users and pages at random", h.reads()},
	} {
		alone := side{name: "one node: " + reads.name, on: one, next: reads.next}
		both := side{name: "two nodes: " + reads.name, on: one, with: other, next: reads.next, conns: 2 * b.conns} // the same number for each
		alone.cpu, both.cpu = sum(alone.serversCPU, database), sum(both.serversCPU, database)
		all, err := b.alternate(alone, both)
		if err != nil {
			return err
		}
		b.report.row("two nodes ÷ one, processor time of nodes and PostgreSQL for a request: "+reads.name, "≤ 1.2", over(all[1], all[0], cost))
		b.report.row("two nodes ÷ one, requests/s on the same two processors: "+reads.name, "", over(all[1], all[0], rate))
	}
	return nil
}

func sum(a, b func() (time.Duration, error)) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		one, err := a()
		if err != nil {
			return 0, err
		}
		other, err := b()
		return one + other, err
	}
}

// reads is a mix of requests, many of which are not cached.
func (h dataFolder) reads() func() load.Request {
	anyPage := h.anyPage(1, h.users/pageSize)
	var requests []load.Request
	for i := range 10_000 {
		requests = append(requests, load.Get("/api/v3/user", "PRIVATE-TOKEN: "+h.MemberToken), h.list("/%d", seeded+1+i*7919%h.users), anyPage())
	}
	return each(requests)
}

// postgresFolder is a data folder with a new PostgreSQL database, and the processor time of PostgreSQL so far.
func (b *bench) postgresFolder() (dataFolder, func() (time.Duration, error), error) {
	address, err := url.Parse(os.Getenv(pgtest.Variable))
	if err != nil {
		return dataFolder{}, nil, err
	}
	name := fmt.Sprintf("roster_bench_%d", time.Now().UnixNano())
	if err := pgtest.Exec(address.String(), "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return dataFolder{}, nil, err
	}
	cost, err := postgresCPU(address.Query().Get("host"))
	if err != nil {
		return dataFolder{}, nil, err
	}
	address.Path = "/" + name
	h := dataFolder{folder: filepath.Join(b.scratch, "node-1"), users: b.sizes.small}
	h.env = []string{"ROSTER_DATABASE=" + address.String(), "ROSTER_KEY_FILE=" + filepath.Join(b.scratch, "node.key")}
	if err := b.seed(&h); err != nil {
		return dataFolder{}, nil, err
	}
	store, err := postgres.Open(b.ctx, address.String(), postgres.Options{})
	if err != nil {
		return dataFolder{}, nil, err
	}
	return h, cost, errors.Join(dataset.Fill(b.ctx, store, dataset.Size(h.users), b.progress(h.users)), store.Close())
}

// postgresCPU returns the processor time of the server with its socket in folder, 0 for a server
// on another machine.
func postgresCPU(folder string) (func() (time.Duration, error), error) {
	text, err := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
	if errors.Is(err, os.ErrNotExist) {
		return func() (time.Duration, error) { return 0, nil }, nil
	}
	if err != nil {
		return nil, err
	}
	pid, err := strconv.Atoi(strings.Fields(string(text))[0])
	if err != nil {
		return nil, err
	}
	return func() (time.Duration, error) { return process.CPU(pid) }, nil
}
