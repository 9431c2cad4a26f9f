//go:build linux

package main

import (
	"fmt"
	"slices"
	"strings"
)

// A scenario measures one thing and reports it.
type scenario struct {
	name, about string
	run         func(*bench) error
}

func scenarios() []scenario {
	return []scenario{
		{"whoami", "who am I, with a token, in each API", (*bench).whoAmI},
		{"user", "one user by id", (*bench).userByID},
		{"pages", "pages of twenty: hot, at random, first and last", (*bench).pages},
		{"sizes", "the first page of few and of very many users", (*bench).firstPages},
		{"search", "part of a name", (*bench).search},
		{"create", "new users, one writer and many", (*bench).create},
		{"import", "a whole size at once", (*bench).importUsers},
		{"flood", "tokens while passwords are tried", (*bench).flood},
		{"searches", "one user, a login and a write while a member searches", (*bench).searches},
		{"signin", "the pages for signing in and for the own account, and sessions with a code", (*bench).signIn},
		{"idle", "tokens beside idle connections", (*bench).idleConnections},
		{"pressure", "resident memory beside unfinished bodies and whole lists", (*bench).pressure},
		{"memory", "resident memory", (*bench).memory},
		{"start", "from the start of the process to the first answer", (*bench).firstAnswer},
		{"nodes", "two nodes on one PostgreSQL", (*bench).nodes},
		{"peer", "PocketBase, on the nearest calls", (*bench).peer},
	}
}

func scenarioNames() []string {
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// chosen returns the scenarios of -only, in the usual order.
func (b *bench) chosen() ([]scenario, error) {
	for _, name := range b.only {
		if !slices.Contains(scenarioNames(), name) {
			return nil, fmt.Errorf("there is no scenario %q; there are %s", name, strings.Join(scenarioNames(), ", "))
		}
	}
	return slices.DeleteFunc(scenarios(), func(s scenario) bool {
		return len(b.only) > 0 && !slices.Contains(b.only, s.name)
	}), nil
}
