// Package webhook tells receivers of what happened, by the conventions of Standard
// Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
//
// What is to be told waits in the store since the deed was committed. A Worker takes
// it from there and sends it: at least once, under the same id at each attempt, and
// what concerns one person in the order in which it was done. Several nodes may run
// one each.
//
// A webhook that fails is probed by one delivery at a time, whichever node sends it;
// what else waits for it is neither claimed nor written to until one was taken.
package webhook
