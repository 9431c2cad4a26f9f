// Package postgres stores the directory in a PostgreSQL database that several
// nodes may share. It connects, runs migrations and maps PostgreSQL's
// error codes. The queries are those of package sqldb.
//
// # Isolation
//
// An update is SERIALIZABLE, because rules read before they write. The rule that an
// administrator must remain counts rows and then changes another row. Two such updates
// violate no lock and no unique constraint; with REPEATABLE READ both would commit, and
// no administrator would remain.
//
// A read is REPEATABLE READ, READ ONLY: one snapshot, without waits and serialization
// failures.
//
// # Write lock
//
// Nearly every update appends to the chain of events, and each event contains
// the hash of the one before, so two concurrent updates can never both commit. One of them
// would do all of its work and then have to run again. So an update waits for the others before it
// begins: within a node in the group commit of package sqldb, between nodes
// for a lock on event_head:
//
//	BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE event_head IN EXCLUSIVE MODE
//
// LOCK TABLE takes no snapshot, so an update that waited sees the commit before.
// The lock is granted in the order of requests, and readers do not need it. It is
// an optimization: isolation alone guarantees correctness. A write without the lock, for instance
// by an operator in psql, makes an update fail with 40001, and the update is retried. The same
// happens on engines without LOCK TABLE, which [Open] detects.
//
// # Errors
//
// Updates with serialization failures and deadlocks (40001, 40P01) are retried with growing
// pauses, a limited number of times. So is an update whose connection was lost
// before COMMIT was sent. If the response to COMMIT is lost, it is unknown whether the
// commit succeeded, and the error says so. Statements, waits for locks and idle
// transactions have time limits.
package postgres
