// Package operation runs the operations of the directory.
//
// A [Runner] gives an operation one transaction, which contains the check of the credential and of the
// permission, the reservation of the idempotency key (package idempotency), the change, and its events:
//
//   - [Runner.Read] authorizes the actor and reads, perhaps from the cache.
//   - [Runner.Update] authorizes the actor and writes. [Runner.Write] is for callers that authorize by
//     other means, such as a link, and for the server itself.
//   - [Runner.Record] appends an event to the chain. Its keys, the key check, and the keys of counters are
//     in chain_key.go, key_check.go and counter_key.go.
//
// It knows no rule about a noun. Packages of rules use it; APIs, pages and stores do not import it.
package operation
