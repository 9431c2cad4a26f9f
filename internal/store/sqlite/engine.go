package sqlite

import (
	"encoding/json"
	"errors"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"roster.example/roster/internal/store/sqldb"
)

func engine() sqldb.Engine {
	return sqldb.Engine{
		BeginView:     "BEGIN DEFERRED",
		BeginUpdate:   "BEGIN IMMEDIATE",
		Classify:      classify,
		In:            func(placeholder string) string { return "IN (SELECT value FROM json_each(" + placeholder + "))" },
		List:          list[int64],
		Texts:         list[string],
		Find:          searchQuery,
		Grams:         grams,
		Merge:         merge,
		MergeAll:      mergeAll,
		CountSegments: `SELECT count(DISTINCT segid) FROM search_grams_idx`,
		LastID:        true,
		Bulk:          bulkCache,
		Rows:          1, // the driver searches all parameters of the statement for each one
	}
}

// bulkCache sets the page cache of the writing connection to 8 MiB: an import
// changes pages all over the unique indexes, and with a smaller cache SQLite writes most of them
// many times. Other work does not need it, and the driver's allocator uses 8 KiB for each page of
// 4 KiB with its metadata.
const bulkCache = "PRAGMA cache_size = -8192"

// list returns values as a JSON array, for json_each.
func list[T int64 | string](values []T) any {
	if len(values) == 0 {
		return "[]"
	}
	text, err := json.Marshal(values)
	if err != nil {
		panic(err) // numbers and text always have a JSON form
	}
	return string(text)
}

// classify maps extended result codes (sqlite.org/rescode.html).
func classify(err error) sqldb.DriverError {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return sqldb.DriverError{}
	}
	switch e.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
		return sqldb.DriverError{Kind: sqldb.Duplicate, Field: field(e.Error())}
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return sqldb.DriverError{Kind: sqldb.Reference}
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return sqldb.DriverError{Kind: sqldb.Busy}
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return sqldb.DriverError{Kind: sqldb.Damaged}
	case lib.SQLITE_FULL:
		return sqldb.DriverError{Kind: sqldb.Full}
	case lib.SQLITE_READONLY, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return sqldb.DriverError{Kind: sqldb.Unwritable}
	}
	return sqldb.DriverError{}
}

// fields maps the columns of unique constraints to the directory's field names. SQLite reports the
// columns of a violated constraint only in the text of its error.
func fields() map[string]string {
	return map[string]string{
		"users.uid":                                    "uid",
		"users.username_key":                           "username",
		"emails.address_key, emails.collision":         "email",
		"emails.user_id":                               "primary",
		"identities.provider, identities.extern_uid":   "extern_uid",
		"organizations.name_key":                       "name",
		"organizations.slug":                           "slug",
		"organizations.home":                           "home",
		"roles.organization_id, roles.name_key":        "name",
		"projects.organization_id, projects.permalink": "permalink",
		"ssh_keys.fingerprint":                         "key",
		"access_tokens.hash":                           "token",
		"api_keys.lookup":                              "api_key",
		"sessions.hash":                                "session",
		"authenticators.credential_id":                 "passkey",
		"ceremonies.hash":                              "ceremony",
		"invitations.hash":                             "invitation",
		"links.hash":                                   "link",
		"events.id":                                    "event",
	}
}

func field(text string) string {
	_, columns, _ := strings.Cut(text, "UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (")
	return fields()[columns]
}
