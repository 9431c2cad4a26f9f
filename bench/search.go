//go:build linux

package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"roster.example/roster/bench/dataset"
	"roster.example/roster/bench/load"
)

// The time to look for rare names, and the number that is sufficient.
const (
	searchFor   = 45 * time.Second
	enoughNames = 10_000
)

// search compares searches with twenty matches with pages of twenty. Each
// search is for another family name.
func (b *bench) search() error {
	return b.withLarge(func(h dataFolder, s *server) error {
		names, err := b.rareNames(h, s)
		if err != nil {
			return err
		}
		next, left := once(names)
		all, err := b.alternate(
			side{name: "page of 20", on: s, next: h.anyPage(1, hotPages)},
			side{name: fmt.Sprintf("search with 20 hits among %d", h.users), on: s, next: next},
			side{name: "the same, requested one after the other", on: s, next: next, conns: 1},
		)
		if err != nil {
			return err
		}
		b.printf("   %d names, %d of them never asked for", len(names), left())
		b.report.row(fmt.Sprintf("search with 20 hits among %d ÷ page of 20, time", h.users), "≤ 5", over(all[1], all[0], pause))
		return nil
	})
}

// rareNames returns searches with exactly twenty matches. Each is tried
// first, because a rare name may be part of another.
func (b *bench) rareNames(h dataFolder, s *server) (found []load.Request, err error) {
	size := dataset.Size(h.users)
	c, err := load.Dial(b.ctx, s.address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for i, begin := 0, time.Now(); i < size.Rare() && len(found) < enoughNames && time.Since(begin) < searchFor; i++ {
		r := h.list("?per_page=%d&search=%s", pageSize, strings.ToLower(size.RareName(i)))
		a, err := c.Ask(r)
		if err != nil {
			return nil, err
		}
		if a.Get("X-Total") == fmt.Sprint(dataset.UsersPerRareName) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no search finds the twenty expected users")
	}
	return found, nil
}
