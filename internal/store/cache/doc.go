// Package cache keeps in memory what is asked for often: who a credential belongs
// to, people, their organizations, and which people a list holds. It stands
// before any [directory.Store] and is one itself.
//
// # Never stale
//
// A fact in memory knows what it is about (a person, the organizations)
// and how many commits had been noticed when its snapshot was taken (see clock).
// Every commit notes, before it is acknowledged, what it was about. A fact counts
// as long as nothing was noted about its subject since; so it costs a comparison
// to trust it, and nothing has to be found and removed. A fact that was read from a
// snapshot older than a commit arrives already outdated, whenever it arrives.
//
// # Pages
//
// People by id are kept as bitmaps, one for each state and one for each
// organization that was listed: the page at any depth, and the total, come from
// them without reading what lies before (see lists). They are built in the
// background when first wanted; until then the database answers.
//
// # Many nodes
//
// Where several nodes share a database, each announces with its commits what they
// were about. A node trusts its memory only while it knows that it has heard
// everything but the last moment; a node that lost the feed asks the database
// (see follow.go).
package cache
