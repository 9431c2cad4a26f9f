package authorizedkeys_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"roster.example/roster/internal/authorizedkeys"
)

const (
	line  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEfUrjsIjDCnE+bB6YLk6p4WPneOcIoKKGhM8GQdSi2K"
	token = "rst_test"
)

// fixture is a source of keys and the server that it reads from, whose responses the test chooses.
type fixture struct {
	t      testing.TB
	answer atomic.Value // func(w http.ResponseWriter)
	source authorizedkeys.Source
	warned []error
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	s := &fixture{t: t}
	s.says(200, line+"\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			t.Errorf("asked with %q", r.Header.Get("Authorization"))
		}
		s.answer.Load().(func(http.ResponseWriter))(w)
	}))
	t.Cleanup(server.Close)
	folder := t.TempDir()
	file := filepath.Join(folder, "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.source = authorizedkeys.Source{
		Server: server.URL, TokenFile: file,
		Cache: authorizedkeys.Cache{Folder: filepath.Join(folder, "cache"), MaxAge: time.Hour, MaxEntries: 3},
		Warn:  func(err error) { s.warned = append(s.warned, err) },
	}
	return s
}

// says is what the server answers from now on. Headers are "Name: value".
func (s *fixture) says(status int, body string, headers ...string) {
	s.answer.Store(func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	})
}

// hands wants so many keys of a person, or none and an error for -1.
func (s *fixture) hands(what, username string, want int) {
	s.t.Helper()
	keys, err := s.source.Keys(s.t.Context(), username)
	if want < 0 {
		if err == nil || len(keys) != 0 {
			s.t.Errorf("%s: %d keys and %v", what, len(keys), err)
		}
		return
	}
	if err != nil || len(keys) != want {
		s.t.Errorf("%s: %d keys and %v, want %d", what, len(keys), err, want)
	}
	for _, k := range keys {
		if k.Public != line {
			s.t.Errorf("%s: got %q", what, k.Public)
		}
	}
}

func TestWhatIsRememberedCountsOnlyWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.hands("at first", "ada", 1)
	for _, away := range []int{502, 503, 504} {
		s.says(away, "")
		s.hands(fmt.Sprint(away), "ada", 1)
		s.hands(fmt.Sprint(away), "Ada", -1)
	}
	for _, answered := range []int{301, 400, 401, 403, 404, 429, 500} {
		s.says(answered, "", "Location: http://127.0.0.1:1/")
		s.hands(fmt.Sprint(answered), "ada", -1)
	}
	s.says(200, "")
	s.hands("without keys", "ada", 0)
	s.says(503, "")
	s.hands("after that", "ada", -1)
}

func TestAnAnswerIsForgottenWhenAKeyInItExpires(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.says(200, line, "Expires: "+time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
	s.hands("while it lasts", "ada", 1)
	s.says(502, "")
	s.hands("while it lasts, away", "ada", 1)
	s.says(200, line, "Expires: "+time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
	s.hands("at its end", "ada", 1)
	s.says(502, "")
	s.hands("after it", "ada", -1)
}

func TestNothingIsPassedOnButPlainKeys(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	for _, body := range []string{`command="id" ` + line, "not a key", line + "\n<html>", strings.Repeat(line+"\n", 20000)} {
		s.says(200, body)
		s.hands(body[:min(20, len(body))], "ada", -1)
	}
	s.says(200, line, "Content-Type: text/html")
	s.hands("a page", "ada", -1)
	s.says(200, line, "Expires: soon")
	s.hands("a bad time", "ada", -1)
}

func TestTheCacheIsShutToOthersAndForgetsTheOldest(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	folder := s.source.Cache.Folder
	for i := range 5 {
		s.hands("filling", fmt.Sprint("person", i), 1)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%d are remembered, want 3: %v", len(files), err)
	}
	for _, name := range append(files, folder) {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", name, err)
		}
	}
	if err := os.Chmod(folder, 0o770); err != nil {
		t.Fatal(err)
	}
	s.hands("while it is open to others, and the server answers", "person4", 1)
	if len(s.warned) != 1 {
		t.Errorf("warned of %v", s.warned)
	}
	s.says(502, "")
	s.hands("while it is open to others", "person4", -1)
}

func TestATokenThatOthersCanReadIsNotUsed(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(s.source.TokenFile, mode); err != nil {
			t.Fatal(err)
		}
		s.hands(mode.String(), "ada", -1)
	}
}

func TestATokenGoesNowhereInTheClear(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	for _, server := range []string{"http://people.example.org", "http://127.0.0.1.example.org", "ftp://127.0.0.1", "//127.0.0.1", "people.example.org", "https://a:b@people.example.org"} {
		s.source.Server = server
		_, err := s.source.Keys(t.Context(), "ada")
		if err == nil || !strings.Contains(err.Error(), "--server") {
			t.Errorf("%s: %v", server, err)
		}
	}
}
