// Package cli is the roster command: one file for each group of commands.
//
// A command that works on the data is a struct with its input and a method execute. If a
// server owns the data folder, the struct is sent to the server and executed there. Otherwise
// this process locks the folder and executes it. So at most one process uses a folder.
package cli
