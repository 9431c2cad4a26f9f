package main

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"
)

// failures returns the available rounds by name.
func (t *trial) failures() map[string]func(context.Context) (round, error) {
	return map[string]func(context.Context) (round, error){
		"lose": t.losePrimary, "crash": t.crashPrimary, "freeze": t.freezePrimary, "orphan": t.orphanPrimary,
		"standby": t.loseStandby, "alone": t.loseBothStandbys, "etcd": t.loseEtcd, "switchover": t.askSwitchover,
	}
}

func (t *trial) round(ctx context.Context, name string) (round, error) {
	deed, ok := t.failures()[name]
	if !ok {
		return round{}, fmt.Errorf("unknown round %q; use lose, crash, freeze, orphan, standby, alone, etcd or switchover", name)
	}
	if err := t.waitUntilComplete(ctx); err != nil {
		return round{}, err
	}
	return deed(ctx)
}

// losePrimary simulates a power failure: PostgreSQL, Patroni and etcd are killed at once, and
// started again later.
func (t *trial) losePrimary(ctx context.Context) (round, error) {
	m := t.primary(ctx)
	return round{
		what: "the primary's machine is lost, and comes back",
		do:   func(context.Context) error { m.lose(); return nil },
		undo: func(context.Context) error { return m.boot() },
	}, nil
}

// crashPrimary kills PostgreSQL only; its Patroni detects it.
func (t *trial) crashPrimary(ctx context.Context) (round, error) {
	m := t.primary(ctx)
	return round{
		what: "the primary's PostgreSQL is killed",
		do:   func(context.Context) error { signalAll(m.postgres(), syscall.SIGKILL); return nil },
	}, nil
}

// freezePrimary stops all programs of the primary for half a minute, like a paused virtual machine.
// Afterwards two servers run as primary for a moment.
func (t *trial) freezePrimary(ctx context.Context) (round, error) {
	m := t.primary(ctx)
	return round{
		what: "the primary's machine stands still for 30 s",
		do:   func(context.Context) error { m.freeze(); return nil },
		undo: func(context.Context) error { time.Sleep(30 * time.Second); m.thaw(); return nil },
	}, nil
}

// orphanPrimary kills Patroni only: PostgreSQL keeps running as primary, although another
// machine takes over.
func (t *trial) orphanPrimary(ctx context.Context) (round, error) {
	m := t.primary(ctx)
	return round{
		what: "the primary's Patroni is killed, its PostgreSQL goes on",
		do: func(ctx context.Context) error {
			m.patroni.kill()
			return await(ctx, completeTimeout, func() bool { return t.primary(ctx) != nil })
		},
		undo: func(context.Context) error { return m.startPatroni() },
	}, nil
}

// loseStandby kills the standby that every write waits for.
func (t *trial) loseStandby(ctx context.Context) (round, error) {
	m, err := t.with(ctx, "sync_standby")
	return round{
		what: "the synchronous standby's machine is lost, and comes back",
		do:   func(context.Context) error { m.lose(); return nil },
		undo: func(context.Context) error { return m.boot() },
	}, err
}

// loseBothStandbys kills both standbys for half a minute, which is longer than Roster
// waits for a commit.
func (t *trial) loseBothStandbys(ctx context.Context) (round, error) {
	primary := t.primary(ctx)
	var lost []*machine
	for _, m := range t.machines {
		if m != primary {
			lost = append(lost, m)
		}
	}
	return round{
		what: "both standbys' PostgreSQL and Patroni are away for 30 s",
		do: func(context.Context) error {
			for _, m := range lost {
				postgres := m.postgres()
				m.patroni.kill()
				signalAll(postgres, syscall.SIGKILL)
			}
			began := time.Now()
			time.Sleep(30 * time.Second)
			if t.ledger.acknowledgedSince(began.Add(5*time.Second), t.nodes[:1]) || t.ledger.acknowledgedSince(began.Add(5*time.Second), t.nodes[1:]) {
				return fmt.Errorf("a write was acknowledged with one copy only")
			}
			for _, m := range lost {
				if err := m.startPatroni(); err != nil {
					return err
				}
			}
			return nil
		},
	}, nil
}

// loseEtcd kills the majority of etcd, so that no primary can be elected.
func (t *trial) loseEtcd(ctx context.Context) (round, error) {
	lost := slices.DeleteFunc(slices.Clone(t.machines), func(m *machine) bool { return m.name == "a" })
	return round{
		what: "two of three etcd are away for 30 s",
		do: func(context.Context) error {
			for _, m := range lost {
				m.etcd.kill()
			}
			time.Sleep(30 * time.Second)
			return nil
		},
		undo: func(context.Context) error {
			for _, m := range lost {
				if err := m.startEtcd(); err != nil {
					return err
				}
			}
			return nil
		},
	}, nil
}

// askSwitchover requests a switchover, as an operator does before maintenance.
func (t *trial) askSwitchover(ctx context.Context) (round, error) {
	m := t.primary(ctx)
	return round{
		what: "an ordered switchover",
		do:   func(ctx context.Context) error { return t.switchOver(ctx, m) },
	}, nil
}
