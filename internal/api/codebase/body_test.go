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

func TestEndlessNestingIsRejectedEarly(t *testing.T) {
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

func TestHalfOfASurrogatePairIsRejected(t *testing.T) {
	t.Parallel()
	w := newFixture(t, directory.Options{})
	json := func(name string) (kind, body string) {
		return "application/json", `{"user": {"first_name": "` + name + `", "last_name": "L", "email_address": "ada@example.org", "username": "ada"}}`
	}
	xml := func(name string) (kind, body string) {
		return "application/xml", "<user><first-name>" + name + "</first-name><last-name>L</last-name><email-address>bea@example.org</email-address><username>bea</username></user>"
	}
	for _, in := range []func() (string, string){
		func() (string, string) { return json(`\ud800`) }, func() (string, string) { return json(`\ude00\ud83d`) },
		func() (string, string) { return xml(`&#xD800;`) }, func() (string, string) { return xml(`&#x0dFfF;`) },
		func() (string, string) { return xml(`a&#55296;`) }, func() (string, string) { return xml(`&#057343;a`) }, func() (string, string) { return xml(`&#xD83D;&#xDE00;`) },
	} {
		kind, body := in()
		answer := w.ask(t, "admin", "POST", "/users", strings.NewReader(body), "Content-Type", kind, "Accept", kind)
		if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "urrogate pair") {
			t.Errorf("%s: %d %s", body, answer.Code, answer.Body)
		}
	}
	for _, in := range []func() (string, string){
		func() (string, string) { return json(`\ud83d\ude00 \\ud800`) }, func() (string, string) { return xml(`&#x1F600; &#xFFFD; &#xD7FF; &#57344; &amp;#xD800`) },
	} {
		kind, body := in()
		answer := w.ask(t, "admin", "POST", "/users", strings.NewReader(body), "Content-Type", kind, "Accept", kind)
		if answer.Code != http.StatusCreated {
			t.Errorf("%s: %d %s", body, answer.Code, answer.Body)
		}
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
