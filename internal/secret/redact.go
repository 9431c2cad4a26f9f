package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// stars is what every secret looks like to a log, a terminal or a reply.
const stars = "***"

// A Text is a secret in clear. It prints as stars with every verb of fmt, in
// slog and in JSON, XML or TOML, so that showing it takes a deliberate Reveal.
//
// Two places are out of its reach: fmt calls no methods of unexported struct
// fields, and JSON writes the keys of a map as they are. A struct that hides a
// Text must redact itself, and a Text is never the key of a map.
type Text string

// Reveal returns the secret itself. Use it only where it leaves on purpose:
// the one reply that shows a new token, or the argument of a hash.
func (t Text) Reveal() string { return string(t) }

// String returns stars.
func (Text) String() string { return stars }

// GoString returns stars.
func (Text) GoString() string { return stars }

// Format writes stars. Without it an ill-fitting verb such as %d would print
// the clear text in fmt's complaint about the verb.
func (Text) Format(s fmt.State, _ rune) { writeTo(s, stars) }

// LogValue returns stars.
func (Text) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalText returns stars, which covers JSON, XML and TOML. Reading is not
// affected: a Text field of a request or a setting takes the text as given.
func (Text) MarshalText() ([]byte, error) { return []byte(stars), nil }

// writeTo writes text for a Format method, which has nowhere to report to.
func writeTo(s fmt.State, text string) { _, _ = io.WriteString(s, text) }
