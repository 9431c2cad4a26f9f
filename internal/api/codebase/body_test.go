package codebase_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/api/codebase"
	"roster.example/roster/internal/directory"
)

// counted counts the bytes that were read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

func TestEndlessNestingIsRejectedWithoutReadingOn(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	body := &counted{Reader: strings.NewReader(strings.Repeat("<a>", 10<<20/3))}
	answer := w.ask(t, "admin", "POST", "/users", body)
	if answer.Code != http.StatusBadRequest {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if body.n > 64<<10 {
		t.Errorf("%d bytes were read", body.n)
	}
}

func TestTooLargeBodyIsRejected(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	w.handler = codebase.New(w.Directory, codebase.Config{MaxBody: 1000})
	for kind, body := range map[string]string{
		"application/xml":                   "<user><first-name>" + strings.Repeat("a", 1000),
		"application/json":                  `{"user": "` + strings.Repeat("a", 1000),
		"application/x-www-form-urlencoded": "user=" + strings.Repeat("a", 1000),
	} {
		answer := w.ask(t, "admin", "POST", "/users", strings.NewReader(body), "Content-Type", kind)
		if answer.Code != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Body.String(), "The body is too large") {
			t.Errorf("%s: %d %s", kind, answer.Code, answer.Body)
		}
	}
}
