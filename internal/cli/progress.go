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

// progress shows the progress of long work: a bar on a terminal, and elsewhere a line every
// printInterval. It is safe for concurrent use. It ignores write errors.
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

// printInterval is the time between two lines.
const printInterval = 10 * time.Second

// newProgress starts the progress of total items; a total below 0 is unknown. what names the
// items in the plural, such as "rows".
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
		progressbar.OptionSetSpinnerChangeInterval(0), // it would start a goroutine that never ends
		progressbar.OptionClearOnFinish(),
	)
}

// Print writes text above the bar.
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

// AddWithNote is Add with a note beside the count, such as "45 % of the file read".
func (p *progress) AddWithNote(n int64, note string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	p.note = note
	if p.bar != nil && note != "" {
		p.bar.Describe(p.what + " (" + note + ")")
	}
	if p.bar != nil {
		// It returns an error beyond the total.
		_ = p.bar.Add64(n)
		return
	}
	if now := time.Now(); now.Sub(p.printed) >= printInterval {
		p.printed = now
		_, _ = fmt.Fprintln(p.w, p.line(now))
	}
}

// line returns a line such as "rows: 250000 of 1000000 (25 %), 25000/s, 30s left".
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

// Clear removes the bar. Add must not be called afterwards.
func (p *progress) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
	}
}

// Finish removes the bar and prints the total and the time. Add must not be called afterwards.
func (p *progress) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	took := max(time.Since(p.started), time.Millisecond)
	round := time.Second
	if took < 10*time.Second {
		round = time.Millisecond
	}
	_, _ = fmt.Fprintf(p.w, "%s: %d in %v, %.0f/s\n", p.what, p.done, took.Round(round), float64(p.done)/took.Seconds())
}
