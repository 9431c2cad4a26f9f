//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestVerdictComparesTheMedianWithTheGoal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		goal  string
		value float64
		want  string
	}{
		{"≥ 0.80", 0.8, "yes"},
		{"≥ 0.80", 0.79, "**no**"},
		{"≤ 120 MB", 120, "yes"},
		{"≤ 120 MB", 121, "**no**"},
		{"", 1, ""},
	} {
		if got := (figure{Goal: c.goal, spread: spread{Median: c.value}}).verdict(); got != c.want {
			t.Errorf("%v against %q: got %q, want %q", c.value, c.goal, got, c.want)
		}
	}
}

func TestRatiosAreComputedPerRound(t *testing.T) {
	t.Parallel()
	a := series{samples: []sample{{perSecond: 10}, {perSecond: 40}, {perSecond: 90}}}
	b := series{samples: []sample{{perSecond: 10}, {perSecond: 20}, {perSecond: 30}}}
	if got, want := over(a, b, rate), (spread{Median: 2, Low: 1, High: 3}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestResultsReplaceOnlyTheTextBetweenTheMarkers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "README.md")
	if err := os.WriteFile(path, []byte("before\n"+beginMark+"old\n"+endMark+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := report{Machine: []string{"a machine"}, Took: "1m"}
	r.row("speed", "≥ 1", spread{2, 1, 3})
	r.series(series{"speed", []sample{{1000, time.Millisecond, time.Microsecond, time.Second}}})
	if err := r.save(folder); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n" + beginMark, endMark + "after\n", "| speed | ≥ 1 | 2.00 | 1.00 – 3.00 | yes |", "| 1000 | 1000 – 1000 | 1.0 ms | 1.0 µs | 1.00 s |"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old") {
		t.Errorf("the old results are still there:\n%s", text)
	}
}

func TestEveryScenarioCanRunAlone(t *testing.T) {
	t.Parallel()
	for _, name := range scenarioNames() {
		chosen, err := (&bench{only: []string{name}}).chosen()
		if err != nil || len(chosen) != 1 || chosen[0].name != name {
			t.Errorf("%s: got %v, %v", name, chosen, err)
		}
	}
	if _, err := (&bench{only: []string{"nonsense"}}).chosen(); err == nil {
		t.Error("a scenario that is not there was chosen")
	}
}
