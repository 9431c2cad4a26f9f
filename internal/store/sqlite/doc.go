// Package sqlite stores the directory in one SQLite file, with a driver in pure
// Go. It opens the file, runs migrations and maps SQLite's error
// codes. The queries are those of package sqldb.
package sqlite
