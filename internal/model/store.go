package model

import (
	"context"
	"time"
)

// Store persists the directory. It contains no rules. internal/store/storetest holds the
// contract tests of all stores.
//
// Times are stored in UTC, to the microsecond. A read of one absent record returns an error of
// Kind NotFound (see [fault.Missing]); a list without results is empty. A write that violates a
// uniqueness constraint returns Kind Conflict with the field in question. Such a write aborts
// its transaction, as in PostgreSQL: later statements fail, and Update returns the error even
// if fn returns nil.
type Store interface {
	// Read runs fn against one consistent snapshot.
	Read(ctx context.Context, fn func(Reader) error) error
	// ReadCached is Read for frequent reads. Its results may come from a cache, so they need
	// not belong to one snapshot. Each of them was current at some moment since the call
	// began: every commit that was acknowledged before is visible. The values are shared; fn
	// must not modify them.
	ReadCached(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in a transaction and commits if fn returns nil. When Update returns nil,
	// the commit is durable. After a conflict with another transaction fn runs again, so it
	// must have no side effects beyond tx and its own results.
	Update(ctx context.Context, fn func(tx Writer) error) error
	// Check returns an error if the database is damaged.
	Check(ctx context.Context) error
	Close() error
}

// Reader reads in one transaction. It is bound to the context of the transaction and must not
// be used after it.
type Reader interface {
	UserReader
	OrganizationReader
	ProjectReader
	CredentialReader
	InvitationReader
	EventReader
	WebhookReader
	MailReader
	BulkReader
	NameReader
	AuthenticatorReader
	PreferencesReader
}

// Writer reads and writes in one transaction. Add… sets the id of the new row, Change…
// replaces a row, Put… adds or replaces, Drop… deletes and succeeds if there is no such row.
type Writer interface {
	Reader
	UserWriter
	OrganizationWriter
	ProjectWriter
	CredentialWriter
	InvitationWriter
	EventWriter
	WebhookWriter
	MailWriter
	BulkWriter
	NameWriter
	AuthenticatorWriter
	PreferencesWriter

	// AtCommit registers fn to be called after the commit and before Update returns, in the
	// order of commits. fn is not called after a rollback. committed is false if the database
	// did not answer the commit, so that its outcome is unknown. fn must be quick: it delays
	// later commits.
	AtCommit(fn func(committed bool))
	// Publish sends a message to all nodes that share the database when the transaction
	// commits: printable ASCII, at most [MaxFeedMessage] bytes. It does nothing for a database
	// that is not shared. See [Feed].
	Publish(message string)
}

// MaxFeedMessage is the maximum length of a message in bytes; PostgreSQL accepts 8,000.
const MaxFeedMessage = 4000

// Feed delivers the messages that nodes publish with their commits. Stores that can be shared
// implement it.
type Feed interface {
	// Follow calls l until ctx ends. It reconnects after the connection to the database was
	// lost.
	Follow(ctx context.Context, l FeedListener)
}

// LeaseHolder identifies a process that holds leases.
type LeaseHolder int64

// ConnectionChecker reports whether a process that shares the database is connected to it.
// Stores that can be shared implement it.
type ConnectionChecker interface {
	Connected(ctx context.Context, holder LeaseHolder) (bool, error)
}

// FeedListener receives the messages of all nodes, including its own, in the order of commits.
type FeedListener interface {
	// Received is called for each message.
	Received(message string)
	// CaughtUp is called when all messages of commits before asOf have been received.
	CaughtUp(asOf time.Time)
	// Lost is called when messages may have been missed, with the reason. It is called with
	// nil before the first message of a connection.
	Lost(reason error)
}
