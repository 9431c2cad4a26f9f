// Package audit is the log of events: reading and following them, verifying their chain, comparing it with
// the anchor outside of the database, and deleting old events. Package operation records events.
package audit
