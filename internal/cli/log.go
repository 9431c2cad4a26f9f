package cli

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"roster.example/roster/internal/config"
)

const (
	// logDelay is the maximum time that a line stays in the buffer. Buffering saves a system
	// call for each request.
	logDelay = 100 * time.Millisecond
	// logBufferSize is the number of bytes at which the buffer is written.
	logBufferSize = 32 << 10
)

// A logBuffer writes lines in batches, in their order: after logDelay, when the buffer is full,
// and on Flush. Lines are lost only if the process is killed. Write blocks while out is slow.
type logBuffer struct {
	out io.Writer

	mu      sync.Mutex
	waiting []byte
	timer   *time.Timer // runs while waiting is not empty
}

func newLogBuffer(out io.Writer) *logBuffer {
	b := &logBuffer{out: out}
	b.timer = time.AfterFunc(logDelay, b.Flush)
	b.timer.Stop()
	return b
}

// Write appends a line.
func (b *logBuffer) Write(line []byte) (int, error) {
	b.append(func(waiting []byte) []byte { return append(waiting, line...) })
	return len(line), nil
}

// append calls write to append a line to the buffer.
func (b *logBuffer) append(write func(waiting []byte) []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.timer.Reset(logDelay)
	}
	if b.waiting = write(b.waiting); len(b.waiting) >= logBufferSize {
		b.flush()
	}
}

// Flush writes the buffer.
func (b *logBuffer) Flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flush()
}

func (b *logBuffer) flush() {
	if len(b.waiting) == 0 {
		return
	}
	b.timer.Stop()
	// An error of the log itself cannot be logged.
	_, _ = b.out.Write(b.waiting)
	b.waiting = b.waiting[:0]
}

// logHandler buffers lines. Warnings and errors flush the buffer.
type logHandler struct {
	slog.Handler // of the standard library, writing to buffer
	buffer       *logBuffer
	format       logFormat // nil for a handler with attributes or groups of its own
}

// Handle writes one line.
func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	if l := newLogRecord(r); h.format != nil && isSimple(l, h.format) {
		h.write(l)
		return nil
	}
	err := h.Handler.Handle(ctx, r)
	h.flushWarnings(r.Level)
	return err
}

// HandleLine is Handle without a slog.Record (see web.LineHandler).
func (h logHandler) HandleLine(ctx context.Context, at time.Time, level slog.Level, message string, attrs []slog.Attr) error {
	l := logRecord{at, level, message, attrs}
	if h.format == nil || !isSimple(l, h.format) {
		return h.Handle(ctx, l.record())
	}
	h.write(l)
	return nil
}

func (h logHandler) write(l logRecord) {
	h.buffer.append(func(waiting []byte) []byte { return appendLine(waiting, l, h.format) })
	h.flushWarnings(l.level)
}

func (h logHandler) flushWarnings(level slog.Level) {
	if level >= slog.LevelWarn {
		h.buffer.Flush()
	}
}

// WithAttrs returns a handler to the same buffer.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.buffer, nil}
}

// WithGroup returns a handler to the same buffer.
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.buffer, nil}
}

// logger returns a logger to standard error, as the settings define it.
func (e *environment) logger(cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Level()}
	if cfg.LogFormat == "json" {
		return slog.New(logHandler{slog.NewJSONHandler(e.log, options), e.log, jsonFormat{}})
	}
	return slog.New(logHandler{slog.NewTextHandler(e.log, options), e.log, textFormat{}})
}

// quietLogger returns a logger for commands: it logs only warnings and errors.
func (e *environment) quietLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
