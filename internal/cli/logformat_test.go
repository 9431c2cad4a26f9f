package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/web"
)

// newTestRecord returns a record such as the server logs for a request.
func newTestRecord(at time.Time, route string, n int64, more ...slog.Attr) slog.Record {
	r := slog.NewRecord(at, slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.String("method", "GET"), slog.String("route", route), slog.Int64("bytes", n),
		slog.Duration("duration", time.Duration(n)), slog.String("address", "192.0.2.7"))
	r.AddAttrs(more...)
	return r
}

// FuzzLine compares lines with those of slog's handlers.
func FuzzLine(f *testing.F) {
	f.Add("/api/v3/users/{id}", int64(362), int64(1_700_000_000_123_456_789))
	f.Add("", int64(-1), int64(1_700_000_000_000_000_000))
	f.Add("/a b=\"c\"\\\x00\x7f\xff\u2028é<&>", int64(math.MinInt64), int64(999_999_999))
	f.Fuzz(func(t *testing.T, text string, n, at int64) {
		for _, format := range []string{"text", "json"} {
			for _, zone := range []*time.Location{time.UTC, time.FixedZone("", -90*60)} {
				r := newTestRecord(time.Unix(0, at).In(zone), text, n)
				if text != "" && n%3 == 0 {
					r.AddAttrs(slog.Bool(text, true))
				}
				want, got := formatBoth(t, format, r)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			}
		}
	})
}

// formatBoth returns r as slog and as this program format it.
func formatBoth(t *testing.T, format string, r slog.Record) (want, got string) {
	t.Helper()
	var theirs, ours, open bytes.Buffer
	var standard slog.Handler = slog.NewTextHandler(&theirs, nil)
	if format == "json" {
		standard = slog.NewJSONHandler(&theirs, nil)
	}
	e := &environment{log: newLogBuffer(&ours)}
	for _, h := range []slog.Handler{standard, e.logger(config.Config{LogLevel: "info", LogFormat: format}).Handler()} {
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	e.log.Flush()
	e = &environment{log: newLogBuffer(&open)}
	lines := e.logger(config.Config{LogLevel: "info", LogFormat: format}).Handler().(web.LineHandler)
	l := newLogRecord(r)
	if err := lines.HandleLine(context.Background(), l.at, l.level, l.message, l.attrs); err != nil {
		t.Fatal(err)
	}
	e.log.Flush()
	if diff := cmp.Diff(ours.String(), open.String()); diff != "" {
		t.Errorf("a line that lies open differs: %s", diff)
	}
	return theirs.String(), ours.String()
}

func TestRequestLinesUseTheFastFormat(t *testing.T) {
	t.Parallel()
	line := newTestRecord(time.Now(), "/api/v3/users/{id}", 362)
	for _, style := range []logFormat{textFormat{}, jsonFormat{}} {
		if !isSimple(newLogRecord(line), style) {
			t.Errorf("%T leaves it to slog", style)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	e := &environment{log: newLogBuffer(io.Discard)}
	h := e.logger(config.Config{LogLevel: "info"}).Handler().(web.LineHandler)
	l := newLogRecord(newTestRecord(time.Now(), "/api/v3/users/{id}", 362, slog.String("api", "gitlab"), slog.String("id", "K75U7KT4SJ3MZVIWBMM6RS4PX5")))
	b.ReportAllocs()
	for b.Loop() {
		if err := h.HandleLine(context.Background(), l.at, l.level, l.message, l.attrs); err != nil {
			b.Fatal(err)
		}
	}
}
