// Package sqldb keeps the directory's facts in an SQL database. Every query
// stands here once, in words that SQLite and PostgreSQL both read: $1
// placeholders, RETURNING, ON CONFLICT … DO UPDATE, booleans as BOOLEAN, times
// as BIGINT. What the engines disagree about is gathered in [Engine]; opening a
// database, its error codes and its tables are the engines' own packages.
//
// Three conventions hold for all tables. A time is a count of microseconds since
// 1970 in UTC, and the zero time is 0, never NULL. A reference to another row is
// NULL where the directory says zero. What must be found without regard to case
// is kept twice: as given, and folded by [directory.Fold] in a column whose name
// ends in _key.
package sqldb
