package cli

import (
	"log/slog"
	"strconv"
	"time"
)

// The line of each request has only short plain texts and numbers. This file formats such
// lines faster than slog's handlers, which format all other lines. A test checks that both
// write the same bytes.

// A logFormat is a format of the log: text or JSON.
type logFormat interface {
	// isPlain reports whether a text needs no quoting or escaping.
	isPlain(s string) bool
	begin(b []byte, at time.Time) []byte
	text(b []byte, name, value string) []byte
	number(b []byte, name string, n int64) []byte
	duration(b []byte, name string, d time.Duration) []byte
	end(b []byte) []byte
}

// An logRecord is a slog.Record that lies open.
type logRecord struct {
	at      time.Time
	level   slog.Level
	message string
	attrs   []slog.Attr
}

func newLogRecord(r slog.Record) logRecord {
	l := logRecord{r.Time, r.Level, r.Message, make([]slog.Attr, 0, r.NumAttrs())}
	r.Attrs(func(a slog.Attr) bool {
		l.attrs = append(l.attrs, a)
		return true
	})
	return l
}

func (l logRecord) record() slog.Record {
	r := slog.NewRecord(l.at, l.level, l.message, 0)
	r.AddAttrs(l.attrs...)
	return r
}

// isSimple reports whether appendLine can write l.
func isSimple(l logRecord, style logFormat) bool {
	if l.at.IsZero() || !style.isPlain(l.message) {
		return false
	}
	for i := range l.attrs {
		a := &l.attrs[i]
		switch a.Value.Kind() {
		case slog.KindString:
			if !style.isPlain(a.Value.String()) {
				return false
			}
		case slog.KindInt64, slog.KindDuration:
		default:
			return false
		}
		if !style.isPlain(a.Key) {
			return false
		}
	}
	return true
}

func appendLine(b []byte, l logRecord, style logFormat) []byte {
	b = style.begin(b, l.at)
	b = style.text(b, slog.LevelKey, l.level.String())
	b = style.text(b, slog.MessageKey, l.message)
	for i := range l.attrs {
		a := &l.attrs[i]
		switch a.Value.Kind() {
		case slog.KindInt64:
			b = style.number(b, a.Key, a.Value.Int64())
		case slog.KindDuration:
			b = style.duration(b, a.Key, a.Value.Duration())
		default:
			b = style.text(b, a.Key, a.Value.String())
		}
	}
	return style.end(b)
}

// textFormat is the format of slog.TextHandler: name=value.
type textFormat struct{}

// isPlain returns false for the empty text, which is quoted.
func (textFormat) isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '=' {
			return false
		}
	}
	return s != ""
}

func (textFormat) begin(b []byte, at time.Time) []byte {
	b = append(append(b, slog.TimeKey...), '=')
	// Package time has a fast path for RFC3339Nano. The added fraction makes it print four
	// digits of the fraction, of which the last is removed.
	short := len(b) + len("2006-01-02T15:04:05.000")
	b = at.Truncate(time.Millisecond).Add(time.Millisecond/10).AppendFormat(b, time.RFC3339Nano)
	return append(b[:short], b[short+1:]...)
}

func (textFormat) name(b []byte, name string) []byte {
	return append(append(append(b, ' '), name...), '=')
}

func (t textFormat) text(b []byte, name, value string) []byte {
	return append(t.name(b, name), value...)
}

func (t textFormat) number(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(t.name(b, name), n, 10)
}

func (t textFormat) duration(b []byte, name string, d time.Duration) []byte {
	return append(t.name(b, name), d.String()...)
}

func (textFormat) end(b []byte) []byte { return append(b, '\n') }

// jsonFormat is the format of slog.JSONHandler, with durations in nanoseconds.
type jsonFormat struct{}

func (jsonFormat) isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (jsonFormat) begin(b []byte, at time.Time) []byte {
	b = append(append(b, `{"`...), slog.TimeKey...)
	return append(at.AppendFormat(append(b, `":"`...), time.RFC3339Nano), '"')
}

func (jsonFormat) name(b []byte, name string) []byte {
	return append(append(append(b, `,"`...), name...), `":`...)
}

func (j jsonFormat) text(b []byte, name, value string) []byte {
	return append(append(append(j.name(b, name), '"'), value...), '"')
}

func (j jsonFormat) number(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(j.name(b, name), n, 10)
}

func (j jsonFormat) duration(b []byte, name string, d time.Duration) []byte {
	return j.number(b, name, int64(d))
}

func (jsonFormat) end(b []byte) []byte { return append(b, "}\n"...) }
