// Package userfile reads and writes files of people: what an import takes and
// an export gives, as CSV (RFC 4180, UTF-8, with a header) or as JSON Lines (one
// object on each line). docs/import.md explains the columns.
//
// It says what a line says and judges no person: whatever is well formed it hands
// on, and the directory decides. A line that cannot be read becomes a line with an
// error, and the next one is read. Memory does not grow with the file: no line is
// longer than [MaxLine].
package userfile
