package app

import (
	"context"
	"time"

	"roster.example/roster/internal/directory"
)

// A node that is not connected at missedLooks looks in a row, lookInterval apart, has
// ended: one that lives reconnects much sooner after its connection was lost.
const (
	nodeCheckInterval = time.Second
	maxMissedChecks   = 3
)

// takeOverLeases sends what nodes that have ended had taken from the queues of emails and
// webhooks, until ctx ends.
func (a *App) takeOverLeases(ctx context.Context) {
	if a.nodes == nil {
		return
	}
	missed := map[directory.LeaseHolder]int{}
	tick := time.NewTicker(nodeCheckInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		missed = a.checkNodes(ctx, missed)
	}
}

// checkNodes releases the leases of nodes that have ended. It returns how often each node with
// leases was missed in a row.
func (a *App) checkNodes(ctx context.Context, before map[directory.LeaseHolder]int) map[directory.LeaseHolder]int {
	missed := map[directory.LeaseHolder]int{}
	released, err := a.Directory.ReleaseLeases(ctx, directory.Operator(), func(one directory.LeaseHolder) (bool, error) {
		connected, err := a.nodes.Connected(ctx, one)
		if err != nil || connected {
			return false, err
		}
		missed[one] = before[one] + 1
		return missed[one] >= maxMissedChecks, nil
	})
	if err != nil {
		return nil // the database is away, and may be for every node
	}
	if released > 0 {
		a.log.InfoContext(ctx, "emails and webhooks of nodes that have ended are taken over", "nodes", released)
	}
	return missed
}
