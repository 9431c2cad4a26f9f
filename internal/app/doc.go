// Package app puts the house together: it opens the data folder, builds the
// directory on its store, hangs the doors, runs and stops.
//
// One process owns a data folder at a time. It holds the folder's lock, and takes
// the commands of others on a control socket (see control.go), so that nobody
// changes the data behind its back.
package app
