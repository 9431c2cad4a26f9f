// Package postgres keeps the directory in a PostgreSQL database that several
// nodes may share. It connects, brings the tables up to date, and knows
// PostgreSQL's error codes; the queries are those of package sqldb.
//
// # Isolation
//
// An update is SERIALIZABLE. The rules read before they write: "somebody else is
// still an administrator" is a count, followed by a change of another row, and
// two such updates side by side break no lock and no uniqueness. REPEATABLE READ
// would let both through and leave nobody to administer.
//
// A view is REPEATABLE READ, READ ONLY: one snapshot, which never waits and never
// fails. It writes nothing, so there is nothing that it could get wrong.
//
// # Turns
//
// Nearly every update appends to the chain of events, and the next event needs
// the hash of the last: two updates can never be committed side by side. If both
// ran at once, one would do all of its work only to hear at the end that it has
// to run again. So updates take turns before they begin. Within a node that is
// the shared commit of package sqldb. Between nodes it is a lock on event_head:
//
//	BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE event_head IN EXCLUSIVE MODE
//
// LOCK TABLE takes no snapshot, so who waited sees what the one before committed.
// The queue is first come, first served; readers do not stand in it. The lock is
// a courtesy and the isolation the law: whoever writes without it, for instance
// an operator in psql, makes an update fail with 40001, and it runs again. So it
// does on engines that do not know LOCK TABLE, which [Open] finds out.
//
// # Trouble
//
// Serialization failures and deadlocks (40001, 40P01) run again, with growing
// pauses, a bounded number of times. So does an update whose connection was lost
// before COMMIT was sent. When the answer to COMMIT is lost, nobody knows whether
// it was made, and the error says so. Everything has an end: a statement, a wait
// for a lock, a node that falls silent in the middle of a transaction.
package postgres
