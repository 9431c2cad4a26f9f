package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// Unmodified clients, at both base URLs of an API. The tests compare everything that a client parsed.

// document is JSON that a client printed, or that a test expects. Numbers keep their spelling, so that
// 7, 7.0 and "7" differ.
type document = map[string]any

// clientDeadline limits one run of a driver.
const clientDeadline = 10 * time.Minute

// runDriver runs a driver of the folder clients as p, and returns the printed document. If it cannot
// run, the test fails: scripts/setup-tests installs what drivers need.
func (s *server) runDriver(p testUser, driver string, args ...string) document {
	s.t.Helper()
	return s.runDriverWith(driver, args, "CLIENT_LOGIN="+p.Username, "CLIENT_PASSWORD="+p.Password)
}

func (s *server) runDriverWith(driver string, args []string, variables ...string) document {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), clientDeadline)
	defer cancel()
	program, err := filepath.Abs(filepath.Join("clients", driver))
	s.must(err)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, variables...)
	cmd.WaitDelay = time.Minute
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("%s %q: %v (if an interpreter or module is missing: run make setup)\n%s%s", driver, args, err, &stdout, &stderr)
	}
	return s.document(stdout.String())
}

// document parses JSON that must be one object.
func (s *server) document(text string) document {
	s.t.Helper()
	var d document
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&d); err != nil {
		s.t.Fatalf("%v in %s", err, text)
	}
	return d
}

// compare compares got with want, which may contain any Go values that JSON can encode.
func (s *server) compare(want document, got document) {
	s.t.Helper()
	text, err := json.Marshal(want)
	s.must(err)
	if diff := cmp.Diff(s.document(string(text)), got); diff != "" {
		s.t.Errorf("(-want +got):\n%s", diff)
	}
}

// lookup returns the value at a path of names, or nil.
func lookup(d document, names ...string) any {
	var at any = d
	for _, name := range names {
		inner, ok := at.(document)
		if !ok {
			return nil
		}
		at = inner[name]
	}
	return at
}

// text returns the string at a path, which must match expr.
func (s *server) text(expr string, d document, names ...string) string {
	s.t.Helper()
	found, ok := lookup(d, names...).(string)
	if !ok || !regexp.MustCompile(`\A(?:`+expr+`)\z`).MatchString(found) {
		s.t.Fatalf("%q is %#v, want a string that matches %s", names, lookup(d, names...), expr)
	}
	return found
}

// recent returns the time at a path, which must have the layout and be a few minutes old at most.
func (s *server) recent(layout string, d document, names ...string) string {
	s.t.Helper()
	found := s.text(`.+`, d, names...)
	at, err := time.Parse(layout, found)
	if err != nil || time.Since(at) > 10*time.Minute || time.Until(at) > time.Minute {
		s.t.Fatalf("%q is %s, want the current time (%v)", names, found, err)
	}
	return found
}

// The layouts in which the APIs print times.
const (
	wholeSeconds = "2006-01-02T15:04:05Z"
	milliseconds = "2006-01-02T15:04:05.000Z"
)

// eachRoot runs test at the shared root and below the prefix of an API, each with its own server.
func eachRoot(t *testing.T, prefix string, test func(t *testing.T, s *server, base string)) {
	t.Helper()
	for _, at := range []string{"", prefix} {
		t.Run("at "+at+"/", func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			test(t, s, s.URL+at)
		})
	}
}

// createUsers creates n users without passwords.
func (s *server) createUsers(n int) []model.User {
	s.t.Helper()
	people := make([]model.User, 0, n)
	for i := range n {
		name := fmt.Sprintf("member%03d", i)
		u, err := s.App.Directory.CreateUser(s.t.Context(), model.Operator(), directory.NewUser{
			Username: name, Email: name + "@people.example", Names: model.Names{}.WithName("Member " + name),
			Limits: model.DefaultLimits(),
		})
		s.must(err)
		people = append(people, u)
	}
	return people
}

// with returns a copy of d with changes. Members that change to gone{} are removed.
func with(d, changes document) document {
	d = maps.Clone(d)
	maps.Copy(d, changes)
	maps.DeleteFunc(d, func(_ string, v any) bool { return v == any(gone{}) })
	return d
}

// gone marks an absent member.
type gone struct{}

// identifier returns the id at a path.
func (s *server) identifier(d document, names ...string) json.Number {
	s.t.Helper()
	n, ok := lookup(d, names...).(json.Number)
	if id, err := n.Int64(); !ok || err != nil || id < 1 {
		s.t.Fatalf("%q is %#v, want an id", names, lookup(d, names...))
	}
	return n
}
