package app

import (
	"context"
	"time"

	"roster.example/roster/internal/model"
)

// A node that is not connected at maxMissedChecks checks in a row, nodeCheckInterval apart, has
// ended. A running node reconnects much sooner.
const (
	nodeCheckInterval = time.Second
	maxMissedChecks   = 3
)

// takeOverLeases releases the leases of ended nodes in the queues of emails and webhooks, until ctx
// ends.
func (a *App) takeOverLeases(ctx context.Context) {
	if a.nodes == nil {
		return
	}
	missed := map[model.LeaseHolder]int{}
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

// checkNodes releases the leases of ended nodes. It returns how often each node with leases was
// missed in a row.
func (a *App) checkNodes(ctx context.Context, before map[model.LeaseHolder]int) map[model.LeaseHolder]int {
	missed := map[model.LeaseHolder]int{}
	released, err := a.Directory.ReleaseLeases(ctx, model.Operator(), func(one model.LeaseHolder) (bool, error) {
		connected, err := a.nodes.Connected(ctx, one)
		if err != nil || connected {
			return false, err
		}
		missed[one] = before[one] + 1
		return missed[one] >= maxMissedChecks, nil
	})
	if err != nil {
		return nil // the database cannot be reached, possibly by any node
	}
	if released > 0 {
		a.log.InfoContext(ctx, "leases of ended nodes were released", "nodes", released)
	}
	return missed
}
