// Package dispatch delivers events to webhooks, as Standard Webhooks specifies
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
//
// The transaction of a change adds its deliveries to the store. A Worker claims and sends
// them: at least once, with the same message id at each attempt, and events of one user in
// their order. Several nodes may run one worker each.
//
// A webhook that fails is probed by one delivery at a time, whichever node sends it. Its
// other deliveries are not claimed until a probe succeeds.
package dispatch
