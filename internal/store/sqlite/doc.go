// Package sqlite keeps the directory in one SQLite file, with a driver in pure
// Go. It opens the file, brings its tables up to date, and knows SQLite's error
// codes; the queries are those of package sqldb.
package sqlite
