// Package cache is a [model.Store] that wraps another store and answers frequent reads
// from memory: users, credentials, organizations and memberships, and lists of users by id.
//
// # Consistency
//
// An entry has a tag (the user that it concerns) and an epoch: the number of commits that
// this process had seen before the entry's snapshot was taken. Each commit raises the epoch
// and stores it for the tags that it changed, before it is acknowledged. An entry is fresh
// if its epoch is not older than that of its tag. So a check is one comparison, no entry has
// to be found and removed, and a value from a snapshot older than a commit is stale on
// arrival, however late it arrives.
//
// # Lists
//
// Users by id are bitmaps, one for each state and one for each organization that was
// listed. They give the page at any depth and the total without reading previous rows. A
// bitmap is loaded in the background at the first request; until then the database answers.
//
// # Several nodes
//
// Nodes that share a database send messages about their commits to each other. A node trusts
// its cache only while it knows that it has received all messages but those of the last moment.
// A node that lost the feed reads from the database (follow.go).
package cache
