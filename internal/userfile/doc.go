// Package userfile reads and writes files of users, for imports and exports: CSV (RFC 4180,
// UTF-8, with a header) and JSON Lines (one object per line). docs/import.md explains the
// columns.
//
// The package checks only the syntax. The directory checks the values. A line that cannot be
// read is returned with an error, and the next one is read. Memory does not grow with the size
// of the file: a line has at most [MaxLine] bytes.
package userfile
