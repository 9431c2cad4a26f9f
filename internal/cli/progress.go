package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far long work has come: a bar on a terminal, and elsewhere a
// line now and then that reads well in a log. Several goroutines may report to it.
// What cannot be written is not worth failing for.
type progress struct {
	w     io.Writer
	what  string
	total int64 // below 0: unknown
	bar   *progressbar.ProgressBar

	mu               sync.Mutex
	done             int64
	note             string
	started, printed time.Time
}

// speakEvery is how long a log stays without a line.
const printInterval = 10 * time.Second

// newProgress begins to count total things; below 0 nobody knows how many there
// are. What they are called is in the plural, such as "rows".
func newProgress(w io.Writer, total int64, what string) *progress {
	now := time.Now()
	p := &progress{w: w, what: what, total: total, started: now, printed: now}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.bar = newBar(w, total, what)
	}
	return p
}

func newBar(w io.Writer, total int64, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(max(total, -1),
		progressbar.OptionSetWriter(w), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(""),
		progressbar.OptionSetPredictTime(total >= 0),
		progressbar.OptionSetSpinnerChangeInterval(0), // it would turn in a goroutine that nobody ends
		progressbar.OptionClearOnFinish(),
	)
}

// Print writes text between two states of the bar.
func (p *progress) Print(text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	_, err := io.WriteString(p.w, text)
	return err
}

// Add reports that n more are done.
func (p *progress) Add(n int64) { p.AddWithNote(n, "") }

// AddNoted is Add with a note that stands beside the count, such as "45 % of the file read".
func (p *progress) AddWithNote(n int64, note string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.note = note
	if p.bar != nil && note != "" {
		p.bar.Describe(p.what + " (" + note + ")")
	}
	if p.bar != nil {
		// It complains when there is more to do than was foreseen.
		_ = p.bar.Add64(n)
		return
	}
	if now := time.Now(); now.Sub(p.printed) >= printInterval {
		p.printed = now
		_, _ = fmt.Fprintln(p.w, p.line(now))
	}
}

// line is for instance "rows: 250000 of 1000000 (25 %), 25000/s, 30s left".
func (p *progress) line(now time.Time) string {
	took := now.Sub(p.started)
	rate := float64(p.done) / max(took, time.Millisecond).Seconds()
	if p.total < 0 || p.done > p.total {
		text := fmt.Sprintf("%s: %d, %.0f/s", p.what, p.done, rate)
		if p.note != "" {
			text += ", " + p.note
		}
		return text
	}
	text := fmt.Sprintf("%s: %d of %d (%d %%), %.0f/s", p.what, p.done, p.total, 100*p.done/max(p.total, 1), rate)
	if rate > 0 {
		left := time.Duration(float64(p.total-p.done) / rate * float64(time.Second))
		text += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return text
}

// Finish takes the bar away and says how much was done in which time, also where
// that is not all. Add is not called any more.
func (p *progress) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
	}
	took := max(time.Since(p.started), time.Millisecond)
	round := time.Second
	if took < 10*time.Second {
		round = time.Millisecond
	}
	_, _ = fmt.Fprintf(p.w, "%s: %d in %v, %.0f/s\n", p.what, p.done, took.Round(round), float64(p.done)/took.Seconds())
}
