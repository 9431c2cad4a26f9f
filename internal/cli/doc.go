// Package cli is the roster command: one file for each group of commands.
//
// A command that works on the data is a deed: a struct with its input, and one
// method that does it. Where a server owns the data folder, the struct travels to
// it and is run there; otherwise this process owns the folder for as long as the
// deed takes. Either way the same code runs, and never beside a server.
package cli
