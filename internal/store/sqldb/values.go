package sqldb

import (
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// toMicros returns the stored form of a time; see the package comment.
func toMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// timeScanner scans a time.
type timeScanner struct{ into *time.Time }

func scanTime(into *time.Time) sql.Scanner { return timeScanner{into} }

// Scan implements [sql.Scanner].
func (m timeScanner) Scan(value any) error {
	var micros sql.NullInt64
	err := micros.Scan(value)
	*m.into = fromMicros(micros.Int64)
	return err
}

// optional returns the stored form of an id that may be zero.
func optional[ID ~int64](id ID) any {
	if id == 0 {
		return nil
	}
	return int64(id)
}

// idScanner scans an id that may be NULL.
type idScanner[ID ~int64] struct{ into *ID }

func scanOptionalID[ID ~int64](into *ID) sql.Scanner { return idScanner[ID]{into} }

// Scan implements [sql.Scanner].
func (r idScanner[ID]) Scan(value any) error {
	var id sql.NullInt64
	err := id.Scan(value)
	*r.into = ID(id.Int64)
	return err
}

// foldedOrNull returns the folded form of text, or NULL for empty text, because NULL does not
// violate uniqueness.
func foldedOrNull(text string) any {
	if text == "" {
		return nil
	}
	return unitext.Fold(text)
}

// lookKey returns the key of a name with other than plain characters, and "" for other names, which are
// found by their folded form.
func lookKey(name string) string {
	if len(confusables.PlainSpellings(name)) == 0 {
		return ""
	}
	return confusables.LookKey(name)
}

// plainSpellings returns the folded names of plain characters that name looks like; NULL for none.
func plainSpellings(name string) (plain [2]any) {
	for i, spelling := range confusables.PlainSpellings(name) {
		plain[i] = spelling
	}
	return plain
}

// int64s converts ids for [Engine.List].
func int64s[ID ~int64](ids []ID) []int64 {
	plain := make([]int64, len(ids))
	for i, id := range ids {
		plain[i] = int64(id)
	}
	return plain
}

// sanitizeText replaces NUL and bytes that are not UTF-8 by U+FFFD. PostgreSQL accepts neither,
// and both engines must behave alike.
func sanitizeText(args []any) []any {
	for i, arg := range args {
		if text, ok := arg.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			args[i] = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
		}
	}
	return args
}

// nonNil returns an empty value for nil, because no column accepts NULL.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func joinScopes(scopes model.Scopes) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}

func splitScopes(text string) model.Scopes {
	var scopes model.Scopes
	for _, word := range strings.Fields(text) {
		scopes = append(scopes, model.Scope(word))
	}
	return scopes
}
