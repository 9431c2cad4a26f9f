// Package notice queues the emails of operations, within the limits of the mailboxes, and composes the
// notices to users about changes of their credentials.
package notice
