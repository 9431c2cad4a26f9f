package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roster.example/roster/internal/config"
)

// testOutput stores what a log writes and counts the writes.
type testOutput struct {
	mu     sync.Mutex
	text   bytes.Buffer
	writes int
}

func (p *testOutput) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	return p.text.Write(b)
}

// writeCount returns the number of writes.
func (p *testOutput) writeCount() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

// lines are those written so far.
func (p *testOutput) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Split(strings.TrimSuffix(p.text.String(), "\n"), "\n")
}

func loggerTo(out io.Writer) (*environment, *slog.Logger) {
	e := &environment{stderr: out, log: newLogBuffer(out)}
	return e, e.logger(config.Config{LogLevel: "info"})
}

func TestLinesAreWrittenInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out testOutput
		_, log := loggerTo(&out)
		for range 2 {
			log.Info("one")
			log.Info("two")
			before := out.writeCount()
			time.Sleep(logDelay + 1)
			synctest.Wait()
			if got := out.writeCount() - before; got != 1 {
				t.Errorf("two lines were written in %d pieces", got)
			}
		}
		if got := len(out.lines()); got != 4 {
			t.Errorf("%d lines, want 4", got)
		}
	})
}

func TestWarningFlushesTheBuffer(t *testing.T) {
	t.Parallel()
	var out testOutput
	_, log := loggerTo(&out)
	log = log.With("a", 1).WithGroup("g")
	log.Info("first")
	log.Warn("second", "b", 2)
	got := out.lines()
	if len(got) != 2 || !strings.Contains(got[0], "msg=first a=1") || !strings.Contains(got[1], "msg=second a=1 g.b=2") {
		t.Errorf("got %q", got)
	}
}

func TestNoLineIsLostAndLinesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	var out testOutput
	e, log := loggerTo(&out)
	const writers, each = 8, 500
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := range each {
				log.Info(fmt.Sprintf("w%d", w), "n", n)
			}
		})
	}
	all.Wait()
	e.log.Flush()
	next := map[string]int{}
	for _, line := range out.lines() {
		_, line, _ = strings.Cut(line, "msg=")
		name, n, _ := strings.Cut(line, " n=")
		if want := fmt.Sprint(next[name]); n != want {
			t.Fatalf("%s is followed by %s, want %s", name, n, want)
		}
		next[name]++
	}
	for w := range writers {
		if got := next[fmt.Sprintf("w%d", w)]; got != each {
			t.Errorf("%d lines of writer %d, want %d", got, w, each)
		}
	}
	if got := out.writeCount(); got > writers*each/10 {
		t.Errorf("%d lines were written in %d pieces", writers*each, got)
	}
}

// stopper stops a server after it logs its address.
type stopper struct{ stop context.CancelFunc }

func (s stopper) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("listening")) {
		s.stop()
	}
	return len(b), nil
}

func TestLogIsCompleteAtTheEndOfACommand(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var log testOutput
	Run(ctx, []string{"serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0"}, nil, nil, stopper{stop}, &log)
	if !strings.Contains(strings.Join(log.lines(), "\n"), "msg=stopping") {
		t.Errorf("the log ends with %q", log.lines())
	}
}
