// Package sqldb implements [model.Store] on an SQL database. It has each query once,
// in SQL that SQLite and PostgreSQL both accept: $1 placeholders, RETURNING, ON CONFLICT … DO
// UPDATE, booleans as BOOLEAN, times as BIGINT. [Engine] describes the differences between the
// engines. The packages of the engines open databases, classify errors and have the migrations.
//
// Three conventions hold for all tables. A time is the number of microseconds since 1970 in
// UTC, and the zero time is 0, never NULL. A reference to another row is NULL for the id zero.
// Text that is compared without regard to case is stored twice: as given, and folded by
// [unitext.Fold] in a column with a name that ends in _key.
package sqldb
