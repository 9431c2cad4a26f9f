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

// Write appends a line to the buffer.
func (b *logBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.timer.Reset(logDelay)
	}
	if b.waiting = append(b.waiting, line...); len(b.waiting) >= logBufferSize {
		b.flush()
	}
	return len(line), nil
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

// logHandler flushes the buffer after each warning and error.
type logHandler struct {
	slog.Handler // of the standard library, writing to buffer
	buffer       *logBuffer
}

// Handle writes one line.
func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		h.buffer.Flush()
	}
	return err
}

// WithAttrs returns a handler to the same buffer.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.buffer}
}

// WithGroup returns a handler to the same buffer.
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.buffer}
}

// logger returns a logger to standard error, as the settings define it.
func (e *environment) logger(cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Level()}
	if cfg.LogFormat == "json" {
		return slog.New(logHandler{slog.NewJSONHandler(e.log, options), e.log})
	}
	return slog.New(logHandler{slog.NewTextHandler(e.log, options), e.log})
}

// quietLogger returns a logger for commands: it logs only warnings and errors.
func (e *environment) quietLogger() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
