package sqldb

import (
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"roster.example/roster/internal/directory"
)

// stamp is how a time is stored; see the package comment.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func unstamp(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// moment scans a time.
type moment struct{ into *time.Time }

func when(into *time.Time) sql.Scanner { return moment{into} }

// Scan implements [sql.Scanner].
func (m moment) Scan(value any) error {
	var micros sql.NullInt64
	err := micros.Scan(value)
	*m.into = unstamp(micros.Int64)
	return err
}

// optional is how a reference is stored that may be zero.
func optional[ID ~int64](id ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// reference scans one.
type reference[ID ~int64] struct{ into *ID }

func orZero[ID ~int64](into *ID) sql.Scanner { return reference[ID]{into} }

// Scan implements [sql.Scanner].
func (r reference[ID]) Scan(value any) error {
	var id sql.NullInt64
	err := id.Scan(value)
	*r.into = ID(id.Int64)
	return err
}

// key is the folded form of text that may be absent: NULL is unique to nobody.
func key(text string) any {
	if text == "" {
		return nil
	}
	return directory.Fold(text)
}

// numbers are ids for [Engine.List].
func numbers[ID ~int64](ids []ID) []int64 {
	plain := make([]int64, len(ids))
	for i, id := range ids {
		plain[i] = int64(id)
	}
	return plain
}

// legible replaces what is no text, bytes that are not UTF-8 and NUL, by U+FFFD.
// PostgreSQL takes neither. Stored or compared, both engines see the same.
func legible(args []any) []any {
	for i, arg := range args {
		if text, ok := arg.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return args
}

// blob keeps an empty value apart from NULL, which no column of ours takes.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func joinScopes(scopes directory.Scopes) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

func splitScopes(text string) directory.Scopes {
	var scopes directory.Scopes
	for _, word := range strings.Fields(text) {
		scopes = append(scopes, directory.Scope(word))
	}
	return scopes
}
