// Package app connects all parts of the program: it opens the data folder, creates the
// directory with its store, mounts the APIs, and runs the server.
//
// At most one process uses a data folder. It holds the lock of the folder, and executes the
// commands of other processes, which it receives on a control socket (see control.go).
package app
