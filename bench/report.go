//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A report has the results of a run. Each is also printed on standard error.
type report struct {
	Machine []string // a line each
	Took    string
	Figures []figure
	Medians []median
}

// A figure is one of the main results: a ratio, or a quantity with a unit.
type figure struct {
	What string
	Goal string // such as "≥ 0.80"; "" where there is none
	spread
	Unit string
}

// A median is a measurement of which ratios are calculated.
type median struct {
	Name      string
	PerSecond spread
	CPU       time.Duration // of the server for one request
	Middle    time.Duration
	P99       time.Duration
}

func (r *report) row(what, goal string, s spread) { r.quantity(what, goal, s, "") }

func (r *report) quantity(what, goal string, s spread, unit string) {
	f := figure{what, goal, s, unit}
	r.Figures = append(r.Figures, f)
	fmt.Fprintf(os.Stderr, "   => %s: %s (%s), goal %q, %s\n", what, f.show(f.Median), f.extremes(), goal, f.verdict())
}

func (r *report) series(all ...series) {
	for _, s := range all {
		m := median{
			s.name, s.of(rate), time.Duration(s.of(cost).Median),
			time.Duration(s.of(half).Median), time.Duration(s.of(slowest).Median),
		}
		r.Medians = append(r.Medians, m)
		fmt.Fprintf(os.Stderr, "   %-60s %9.0f/s %9s cpu %9s p50 %9s p99\n", m.Name, m.PerSecond.Median, short(m.CPU), short(m.Middle), short(m.P99))
	}
}

// show formats a value with three significant digits.
func (f figure) show(v float64) string {
	digits := 2
	switch {
	case v >= 100:
		digits = 0
	case v >= 10:
		digits = 1
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if f.Unit != "" {
		text += " " + f.Unit
	}
	return text
}

func (f figure) extremes() string { return f.show(f.Low) + " – " + f.show(f.High) }

// verdict compares the median with the goal.
func (f figure) verdict() string {
	order, limit, _ := strings.Cut(f.Goal, " ")
	goal, err := strconv.ParseFloat(strings.Fields(limit + " ?")[0], 64)
	if err != nil {
		return ""
	}
	if order == "≥" && f.Median >= goal || order == "≤" && f.Median <= goal {
		return "yes"
	}
	return "**no**"
}

func short(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%.1f µs", float64(d)/1e3)
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// markdown returns the part of README.md between the marks.
func (r *report) markdown() string {
	var text strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	for _, m := range r.Machine {
		line("- %s", m)
	}
	line("- The run took %s.", r.Took)
	line("\n| what | goal | measured | least – greatest | reached |\n|---|---|---|---|---|")
	for _, f := range r.Figures {
		line("| %s | %s | %s | %s | %s |", f.What, f.Goal, f.show(f.Median), f.extremes(), f.verdict())
	}
	if len(r.Medians) == 0 {
		return text.String()
	}
	line("\n| medians | requests/s | least – greatest | server's processor time | half within | 99 %% within |\n|---|---|---|---|---|---|")
	for _, m := range r.Medians {
		line("| %s | %.0f | %.0f – %.0f | %s | %s | %s |", m.Name, m.PerSecond.Median, m.PerSecond.Low, m.PerSecond.High,
			short(m.CPU), short(m.Middle), short(m.P99))
	}
	return text.String()
}

// Marks around the results in README.md.
const (
	beginMark = "<!-- results: begin -->\n"
	endMark   = "<!-- results: end -->\n"
)

// save writes the results into README.md in the folder.
func (r *report) save(folder string) error {
	path := filepath.Join(folder, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(beginMark))
	_, after, ends := bytes.Cut(rest, []byte(endMark))
	if !begins || !ends {
		return errors.New("README.md has lost the marks around the results")
	}
	fresh := string(before) + beginMark + "\n" + r.markdown() + "\n" + endMark + string(after)
	return os.WriteFile(path, []byte(fresh), 0o644)
}
