package cache

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/model"
)

// A working feed can belong to the wrong database: its address may lead to a copy, or to a
// former primary. So each node checks that its own messages, which it sends through the writing
// connection, come back through the feed. Only then it trusts its cache. A node without writes
// sends a message at intervals.

// feedProbe records the messages that this node sent and received.
type feedProbe struct {
	node      string
	sent      atomic.Int64 // number of the last message
	received  atomic.Int64 // greatest number that came back
	baseline  atomic.Int64 // last number when the feed was connected; only greater ones count
	acked     atomic.Pointer[acknowledged]
	requested chan struct{} // holds one value when a message must be sent at once
}

// acknowledged is the last message that was committed for certain.
type acknowledged struct {
	number int64
	since  time.Time
}

// messageID is the node that sent a message, and the number of the message.
type messageID struct {
	node   string
	number int64
}

func (p *feedProbe) init() {
	p.node = strings.ToLower(rand.Text()[:10])
	p.requested = make(chan struct{}, 1)
}

func (n messageID) format() string { return "e" + n.node + "." + formatNumber(n.number) }

func parseMessageID(rest string) messageID {
	node, n, _ := strings.Cut(rest, ".")
	which, _ := parseNumber[int64](n) // 0, which no message has, if it is invalid
	return messageID{node, which}
}

// nextID returns the id of the next message. Only the transaction that holds the lock for writing
// calls it, so numbers increase in the order of commits.
func (p *feedProbe) nextID() messageID { return messageID{p.node, p.sent.Add(1)} }

// committed records that message n was committed.
func (p *feedProbe) committed(n int64) { p.acked.Store(&acknowledged{n, time.Now()}) }

// receive records that a message came back.
func (p *feedProbe) receive(from messageID) {
	if from.node == p.node && from.number > p.received.Load() {
		p.received.Store(from.number)
	}
}

// reset requires that a new message comes back.
func (p *feedProbe) reset() {
	p.baseline.Store(p.sent.Load())
	select {
	case p.requested <- struct{}{}:
	default:
	}
}

// confirms reports whether every message that was committed before asOf came back.
func (p *feedProbe) confirms(asOf time.Time) bool {
	received := p.received.Load()
	if received <= p.baseline.Load() {
		return false
	}
	last := p.acked.Load()
	return last == nil || last.number <= received || !last.since.Before(asOf)
}

// heartbeat is the interval of messages without changes.
const heartbeat = 5 * time.Second

// follow receives the feed until ctx ends, and sends heartbeats meanwhile.
func (s *Store) follow(ctx context.Context, feed model.Feed) {
	defer close(s.done)
	if feed == nil {
		return
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		s.sendHeartbeats(ctx)
	}()
	feed.Follow(ctx, s)
	<-stopped
}

func (s *Store) sendHeartbeats(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.probe.requested:
		}
		// While the database is unavailable, the next heartbeat is enough.
		_ = s.backend.Update(ctx, func(tx model.Writer) error {
			s.sendNotes(tx, &changes{})
			return nil
		})
	}
}

// sendNotes announces changes to all nodes with a new id.
func (s *Store) sendNotes(tx model.Writer, c *changes) {
	c.id = s.probe.nextID()
	for _, message := range c.messages() {
		tx.Publish(message)
	}
	tx.AtCommit(func(sure bool) {
		if sure {
			s.probe.committed(c.id.number)
		}
	})
}

// announce is sendNotes with the version that orders changes of lists.
func (s *Store) announce(tx model.Writer, c *changes) error {
	if len(c.lists) > 0 {
		version, _, err := tx.LockEvents()
		if err != nil {
			return err
		}
		c.version = version
	}
	s.sendNotes(tx, c)
	return nil
}
