package cache

import (
	"sync/atomic"

	"roster.example/roster/internal/directory"
)

// topic is what a fact is about. Several people share one, so that now and then
// a fact is forgotten for somebody else's sake.
type topic uint32

// topics bounds the memory of the clock: 128 KiB.
const topics = 1 << 14

// nothing is the topic that never changes.
const nothing topic = topics

// aboutWebhooks is shared with few people.
const aboutWebhooks topic = 0

// aboutMembers is about how many belong to an organization.
func aboutMembers(id directory.OrgID) topic { return topic((uint64(id)*2654435761 + 1) % topics) }

func aboutUser(id directory.UserID) topic { return topic(uint64(id) % topics) }

// clock counts the commits that were noticed, and says which one was the last
// about each topic.
type clock struct {
	now    atomic.Uint64
	floor  atomic.Uint64 // nothing read before counts
	orgs   atomic.Uint64 // the last about organizations, their roles and projects
	stamps [topics + 1]atomic.Uint64
}

// note says that a commit was about these topics.
func (c *clock) note(about []topic, orgs bool) {
	at := c.now.Add(1)
	for _, t := range about {
		raise(&c.stamps[t], at)
	}
	if orgs {
		raise(&c.orgs, at)
	}
}

// forget outdates every fact.
func (c *clock) forget() { raise(&c.floor, c.now.Add(1)) }

// holds reports whether a fact still counts that was read when the clock showed at.
func (c *clock) holds(at uint64, about topic, orgs bool) bool {
	return at >= c.stamps[about].Load() && at >= c.floor.Load() && (!orgs || at >= c.orgs.Load())
}

// raise never lets a stamp go back: commits are noticed on several goroutines.
func raise(stamp *atomic.Uint64, to uint64) {
	for {
		was := stamp.Load()
		if was >= to || stamp.CompareAndSwap(was, to) {
			return
		}
	}
}
