package cache

import "time"

// A user who was blocked on one node is rejected by all nodes within a tenth of a second after
// the response. A working feed is faster, but a feed can stop silently. So entries are served
// only for trustPeriod after the database confirmed that no messages were pending.

// trustPeriod is shorter than 100 ms by the time that a request takes to be rejected.
const trustPeriod = 75 * time.Millisecond

// Received implements [model.FeedListener].
func (s *Store) Received(message string) {
	c, err := parseMessage(message)
	s.probe.receive(c.id)
	if err != nil {
		s.clear()
		return
	}
	s.applyCommit(c, true)
}

// CaughtUp implements [model.FeedListener].
func (s *Store) CaughtUp(asOf time.Time) {
	if !s.probe.confirms(asOf) {
		return
	}
	s.trustedMono.Store(int64(asOf.Sub(s.started) + trustPeriod))
	if s.trustedUntil.Swap(asOf.Add(trustPeriod).UnixNano()) == 0 {
		s.log.Info("the feed of other nodes works; this node answers from its cache")
	}
}

// Lost implements [model.FeedListener].
func (s *Store) Lost(reason error) {
	s.probe.reset()
	if s.trustedUntil.Swap(0) != 0 || reason != nil && !s.warned.Swap(true) {
		s.log.Warn("the feed of other nodes does not work; this node reads everything from the database until it does", "error", reason)
	}
	s.clear()
}

func (s *Store) clear() {
	s.invalidateAll()
	s.lists.clear()
}
