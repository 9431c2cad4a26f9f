package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at returns a time, in seconds.
func at(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second))) }

func TestOutageIsTheLongestGapOfAnyNode(t *testing.T) {
	t.Parallel()
	var l ledger
	for _, w := range []struct {
		node   string
		at     float64
		status int
	}{
		{"a", 1, 201}, {"b", 1, 201}, {"a", 2, 201}, {"b", 2.5, 201},
		{"a", 3, 503}, {"a", 6, 201}, {"b", 8, 201}, {"a", 9, 201}, {"b", 20, 201},
	} {
		l.wrote(write{node: w.node, answered: at(w.at), status: w.status})
	}
	if got, _ := l.outage(at(2), at(7)); got != 5500*time.Millisecond {
		t.Errorf("got %v, want the 5.5 s of b", got)
	}
}

func TestEveryResponseIsComparedWithTheDatabase(t *testing.T) {
	t.Parallel()
	l := ledger{writes: []write{
		{username: "kept", status: 201}, {username: "lost", status: 201},
		{username: "refused", status: 503, request: "1"}, {username: "carried", status: 503, request: "2"},
		{username: "unsure", status: 503, request: "3"}, {username: "silent"}, {username: "odd", status: 500},
	}}
	there := map[string]bool{"kept": true, "carried": true, "unsure": true}
	got := l.compare(there, map[string]bool{"3": true})
	want := summary{
		acknowledged: 2, lost: 1, missing: []string{"lost"}, rejected: 2, rejectedCommitted: 1, unknown: 2, unknownCommitted: 1, other: 1,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(summary{})); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
	for _, bad := range []summary{{}, got, {acknowledged: 1, rejectedCommitted: 1}, {acknowledged: 1, other: 1}} {
		if bad.err() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}

func TestClusterIsHealthyWithASynchronousStandby(t *testing.T) {
	t.Parallel()
	leader := member{Name: "a", Role: "leader", State: "running", Timeline: 2}
	standby := member{Name: "b", Role: "sync_standby", State: "running", Timeline: 2, Lag: float64(0)}
	other := member{Name: "c", Role: "replica", State: "running", Timeline: 2, Lag: float64(0)}
	late, behind, unclear := other, other, other
	late.Timeline, behind.Lag, unclear.Lag = 1, float64(1<<30), "unknown"
	for _, c := range []struct {
		all  []member
		want bool
	}{
		{[]member{leader, standby, other}, true},
		{[]member{leader, standby}, false},
		{[]member{leader, other, other}, false},
		{[]member{leader, standby, late}, false},
		{[]member{leader, standby, behind}, false},
		{[]member{leader, standby, unclear}, false},
	} {
		if got := healthy(c.all); got != c.want {
			t.Errorf("%v: got %v", c.all, got)
		}
	}
}

// render fills the templates with cluster.env.example and more lines, and returns the output.
func render(t *testing.T, folder, machine, more string) (string, error) {
	t.Helper()
	example, err := os.ReadFile("../cluster.env.example")
	if err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(t.TempDir(), "cluster.env")
	if err := os.WriteFile(settings, append(example, more...), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command("../render", settings, machine, folder).CombinedOutput()
	return string(said), err
}

const secrets = `SUPERUSER_PASSWORD=one
REPLICATION_PASSWORD=two
REWIND_PASSWORD=three
RESTAPI_PASSWORD=four
ROSTER_PASSWORD=five
KEY=c2VjcmV0+/=
`

func TestTemplatesAreFilledForEachMachine(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if said, err := render(t, folder, "b", secrets); err != nil {
		t.Fatal(err, said)
	}
	templates, err := filepath.Glob("../templates/*")
	if err != nil || len(templates) == 0 {
		t.Fatal("no templates:", err)
	}
	for _, template := range templates {
		filled := filepath.Join(folder, filepath.Base(template))
		text, err := os.ReadFile(filled)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filled)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, since it may hold passwords want 0600: %v", filled, info.Mode(), err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Count(line, "@") > 1 || strings.Contains(line, "@A") {
				t.Errorf("%s: left over: %s", filled, line)
			}
		}
	}
	env, err := os.ReadFile(filepath.Join(folder, "roster.env"))
	want := "ROSTER_DATABASE=postgres://roster:five@10.0.0.2:5000/roster?sslmode=disable&connect_timeout=3\nROSTER_KEY=first c2VjcmV0+/=\n"
	if err != nil || !strings.HasSuffix(string(env), want) {
		t.Errorf("got %s, want it to end with %s: %v", env, want, err)
	}
}

func TestRenderRejectsUnknownPlaceholders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ machine, more, want string }{
		"a secret that is missing":   {"a", "", "SUPERUSER_PASSWORD is empty"},
		"a value that breaks a file": {"a", secrets + "REWIND_PASSWORD=a|b\n", "REWIND_PASSWORD in"},
		"an unknown machine":         {"d", secrets, "unknown machine d"},
	} {
		if said, err := render(t, t.TempDir(), c.machine, c.more); err == nil || !strings.Contains(said, c.want) {
			t.Errorf("%s: got %v, %s; want %s", name, err, said, c.want)
		}
	}
}
