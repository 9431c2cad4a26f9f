// Package webhook holds the webhooks and the queue of their deliveries: what they receive, when a failing
// one is probed, and when it is disabled.
//
// The transaction of an operation adds the deliveries of its events ([Enqueue]), so webhooks receive
// committed events and no others. Package dispatch leases deliveries from the [Queue] and sends them.
package webhook
