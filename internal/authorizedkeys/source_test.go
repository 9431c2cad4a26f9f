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
	s.respond(200, line+"\n")
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

// respond sets the response of the server. Headers are "Name: value".
func (s *fixture) respond(status int, body string, headers ...string) {
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

// wantKeys checks the number of keys of a user; -1 means an error.
func (s *fixture) wantKeys(what, username string, want int) {
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

func TestCacheIsUsedOnlyIfTheServerIsUnavailable(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.wantKeys("at first", "ada", 1)
	for _, away := range []int{502, 503, 504} {
		s.respond(away, "")
		s.wantKeys(fmt.Sprint(away), "ada", 1)
		s.wantKeys(fmt.Sprint(away), "Ada", -1)
	}
	for _, answered := range []int{301, 400, 401, 403, 404, 429, 500} {
		s.respond(answered, "", "Location: http://127.0.0.1:1/")
		s.wantKeys(fmt.Sprint(answered), "ada", -1)
	}
	s.respond(200, "")
	s.wantKeys("without keys", "ada", 0)
	s.respond(503, "")
	s.wantKeys("after that", "ada", -1)
}

func TestCachedResponseExpiresWithItsFirstKey(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	s.respond(200, line, "Expires: "+time.Now().Add(time.Minute).UTC().Format(http.TimeFormat))
	s.wantKeys("while it lasts", "ada", 1)
	s.respond(502, "")
	s.wantKeys("while it lasts, away", "ada", 1)
	s.respond(200, line, "Expires: "+time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
	s.wantKeys("at its end", "ada", 1)
	s.respond(502, "")
	s.wantKeys("after it", "ada", -1)
}

func TestOnlyPlainKeysAreReturned(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	for _, body := range []string{`command="id" ` + line, "not a key", line + "\n<html>", strings.Repeat(line+"\n", 20000)} {
		s.respond(200, body)
		s.wantKeys(body[:min(20, len(body))], "ada", -1)
	}
	s.respond(200, line, "Content-Type: text/html")
	s.wantKeys("a page", "ada", -1)
	s.respond(200, line, "Expires: soon")
	s.wantKeys("a bad time", "ada", -1)
}

func TestCacheIsPrivateAndEvictsTheOldest(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	folder := s.source.Cache.Folder
	for i := range 5 {
		s.wantKeys("filling", fmt.Sprint("person", i), 1)
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
	s.wantKeys("while it is open to others, and the server answers", "person4", 1)
	if len(s.warned) != 1 {
		t.Errorf("warned of %v", s.warned)
	}
	s.respond(502, "")
	s.wantKeys("while it is open to others", "person4", -1)
}

func TestReadableTokenFileIsRejected(t *testing.T) {
	t.Parallel()
	s := newFixture(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(s.source.TokenFile, mode); err != nil {
			t.Fatal(err)
		}
		s.wantKeys(mode.String(), "ada", -1)
	}
}

func TestTokenIsNeverSentUnencrypted(t *testing.T) {
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
