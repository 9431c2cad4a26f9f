package cache

import (
	"sync/atomic"

	"roster.example/roster/internal/model"
)

// tag identifies what an entry depends on. Several users share one, so a change of one user
// may invalidate entries of another.
type tag uint32

// tagCount bounds the memory of epochs: 128 KiB.
const tagCount = 1 << 14

// noTag is the tag of entries that no commit invalidates.
const noTag tag = tagCount

// webhooksTag is shared with few users.
const webhooksTag tag = 0

// membersTag returns the tag of an organization's number of members.
func membersTag(id model.OrgID) tag { return tag((uint64(id)*2654435761 + 1) % tagCount) }

func userTag(id model.UserID) tag { return tag(uint64(id) % tagCount) }

// epochs counts commits, and stores the last commit for each tag.
type epochs struct {
	now   atomic.Uint64
	floor atomic.Uint64 // entries of earlier epochs are stale
	orgs  atomic.Uint64 // the last commit that changed organizations, roles or projects
	tags  [tagCount + 1]atomic.Uint64
}

// invalidate makes all entries with one of tags stale.
func (c *epochs) invalidate(tags []tag, orgs bool) {
	at := c.now.Add(1)
	for _, t := range tags {
		storeMax(&c.tags[t], at)
	}
	if orgs {
		storeMax(&c.orgs, at)
	}
}

// invalidateAll makes every entry stale.
func (c *epochs) invalidateAll() { storeMax(&c.floor, c.now.Add(1)) }

// isFresh reports whether an entry of epoch is valid.
func (c *epochs) isFresh(epoch uint64, tag tag, orgs bool) bool {
	return epoch >= c.tags[tag].Load() && epoch >= c.floor.Load() && (!orgs || epoch >= c.orgs.Load())
}

// storeMax stores to unless a greater number is stored already. Commits are applied by several
// goroutines.
func storeMax(stored *atomic.Uint64, to uint64) {
	for {
		was := stored.Load()
		if was >= to || stored.CompareAndSwap(was, to) {
			return
		}
	}
}
