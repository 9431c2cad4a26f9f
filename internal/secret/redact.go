package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// stars replaces every secret in logs, terminals and responses.
const stars = "***"

// A Text is a secret in clear text. It prints as stars with every verb of fmt, in slog and
// in JSON, XML or TOML; only Reveal returns it.
//
// Two cases are not covered: fmt calls no methods of unexported struct fields, and JSON
// writes the keys of a map unchanged. A struct with an unexported Text must redact itself,
// and a Text must not be the key of a map.
type Text string

// Reveal returns the secret. Use it only for the response that shows a new secret, or as
// input of a hash.
func (t Text) Reveal() string { return string(t) }

// String returns stars.
func (Text) String() string { return stars }

// GoString returns stars.
func (Text) GoString() string { return stars }

// Format writes stars. Without it, fmt's error text for a wrong verb such as %d would
// contain the secret.
func (Text) Format(s fmt.State, _ rune) { writeTo(s, stars) }

// LogValue returns stars.
func (Text) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalText returns stars, which covers JSON, XML and TOML. Reading is not affected: a
// Text field of a request or setting receives the text.
func (Text) MarshalText() ([]byte, error) { return []byte(stars), nil }

// writeTo writes text for a Format method, which cannot return an error.
func writeTo(s fmt.State, text string) { _, _ = io.WriteString(s, text) }
