package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

// Database is the address of a database: "" is SQLite in the data folder,
// sqlite:FILE another file, postgres://… a PostgreSQL database. The password in
// an address is always masked; only Reveal returns it.
type Database string

// mask replaces a password that is shown.
const mask = "***"

// File returns the file of sqlite:FILE.
func (d Database) File() (path string, ok bool) { return strings.CutPrefix(string(d), "sqlite:") }

// PostgreSQL reports whether this is the address of a PostgreSQL database.
func (d Database) PostgreSQL() bool {
	return strings.HasPrefix(string(d), "postgres://") || strings.HasPrefix(string(d), "postgresql://")
}

// Reveal returns the address with its password, to connect.
func (d Database) Reveal() string { return string(d) }

// String masks the password. In a malformed address it masks everything that may belong to the
// password.
func (d Database) String() string {
	text := string(d)
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		if user, _, secret := strings.Cut(rest[:i], ":"); secret {
			rest = user + ":" + mask + rest[i:]
		}
	}
	path, query, ok := strings.Cut(rest, "?")
	if !ok {
		return scheme + "://" + rest
	}
	return scheme + "://" + path + "?" + maskQuery(query)
}

func maskQuery(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || strings.Contains(strings.ToLower(plain), "password") {
			pairs[i] = name + "=" + mask
		}
	}
	return strings.Join(pairs, "&")
}

// GoString hides the password.
func (d Database) GoString() string { return d.String() }

// Format hides the password whatever the verb.
func (d Database) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, d.String()) }

// LogValue hides the password.
func (d Database) LogValue() slog.Value { return slog.StringValue(d.String()) }

// MarshalText hides the password. Reading is not affected.
func (d Database) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// check returns errors without the text, which may contain a password.
func (d Database) check() error {
	if path, ok := d.File(); ok && path != "" {
		return nil
	}
	if !d.PostgreSQL() {
		return errors.New("is neither SQLite nor PostgreSQL: leave it empty, or write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME")
	}
	if strings.Contains(string(d), ":"+mask+"@") || strings.Contains(string(d), "="+mask) {
		return errors.New("contains the mask of a password: write the password itself, or omit it")
	}
	if _, rest, _ := strings.Cut(string(d), "://"); rest == "" {
		return errors.New("names no host and no database: write it like postgres://USER:PASSWORD@HOST/NAME")
	}
	return nil
}
