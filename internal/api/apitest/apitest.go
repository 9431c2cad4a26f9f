// Package apitest runs HTTP transcripts against an API: text files with the requests of a client and the expected
// responses. They are written from the documentation of the compatible products. No switch generates them from the
// responses of the server.
//
// A transcript is a txtar file. Its comment says what the transcript shows, and its source. The sections run in order:
//
//	# A taken email address is rejected, without revealing its owner.
//	# Source: seed 003, "User creation"; docs/products/gitlab.md, Create, update, delete.
//	-- request as admin --
//	POST /api/v3/users?page=1
//	Content-Type: application/json
//
//	{"email": "ada@lab.example"}
//	-- response --
//	201 application/json
//	X-Request-Id: <<any>>
//	Link: /rel="next"/
//	!Set-Cookie
//
//	{"id": <<ID int>>, "created_at": "<<time>>", "name": null}
//	-- absent --
//	s3cret
//	-- mail to ada@lab.example --
//	https://roster.example/confirm/<<TOKEN re:[a-z0-9]+>>
//	-- events --
//	user.create ada
//
// # Sections
//
// "request" or "request as NAME" sends a request; NAME is passed to Target.Authorize. The section contains method and
// path, headers, an empty line, and the body without its last newline; or one curl command (see Curl).
//
// "response" compares the response. The first line contains the status and, optionally, the Content-Type. It is compared
// with its parameters only if it has some here; "none" means that the header must be absent. A header line contains the
// value, or a regular expression between slashes, or "!Name" for a header that must be absent. The body is always
// compared, so an empty body must be empty in the response too. JSON is compared by structure: whitespace does not matter,
// but the order of members and the digits of numbers do. Other bodies are compared exactly, except for newlines at the end.
//
// "absent" lists texts, one on each line, that must not occur in the last response. "mail to ADDRESS" lists texts that the
// next email to ADDRESS must contain. "events" lists the events since the previous events section as "verb target" lines;
// an empty section means that there were none.
//
// # Placeholders
//
// Expected headers, bodies, emails and events may contain:
//
//	<<any>>            anything
//	<<int>>            an integer; in JSON outside of quotes, a number
//	<<time>>           an RFC 3339 time
//	<<re:EXPR>>        a match of EXPR (RE2 syntax, without ">>")
//	<<NAME>>           anything; stored as NAME, and the same value afterwards
//	<<NAME int>>       the same, limited as above; also with time and re:EXPR
//	${NAME}            the stored value, also in requests and in "absent"
//
// NAME consists of capital letters, digits and underscores. In JSON a placeholder outside of quotes stands for a whole
// value of any type.
package apitest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"roster.example/roster/internal/web"
)

// Target is the server that one transcript runs against. Exactly one of Handler and BaseURL is set. Hooks that the
// transcript does not use may be nil.
type Target struct {
	Handler http.Handler // served on the loopback interface behind web.Middleware
	BaseURL string       // the address of a running server

	// Authorize adds the credential of the user called name.
	Authorize func(name string, r *http.Request) error
	// Vars are the initial values of ${NAME}.
	Vars map[string]string
	// Mail returns the oldest email to address that it has not returned before, or an error if there is none.
	Mail func(address string) (string, error)
	// Events returns the events since the previous call, oldest first, as "verb target".
	Events func() ([]string, error)
}

// Run runs every transcript that matches glob as a parallel subtest, each against its own target. It fails if no file
// matches.
func Run(t *testing.T, glob string, newTarget func(t *testing.T) Target) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts found by %q (%v)", glob, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := Play(text, newTarget(t)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		})
	}
}

// Play runs one transcript and returns the first difference.
func Play(transcript []byte, w Target) error {
	archive := txtar.Parse(transcript)
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		return errors.New("a transcript must begin with a comment: what it shows, and its source")
	}
	if len(archive.Files) == 0 {
		return errors.New("the transcript has no sections")
	}
	if (w.Handler == nil) == (w.BaseURL == "") {
		return errors.New("a target has either a handler or a base URL")
	}
	if w.BaseURL == "" {
		server := httptest.NewServer(web.Middleware(w.Handler, web.Options{}))
		defer server.Close()
		w.BaseURL = server.URL
	}
	s := &player{target: w, vars: vars{}}
	maps.Copy(s.vars, w.Vars)
	for i, section := range archive.Files {
		if err := s.play(section.Name, string(section.Data)); err != nil {
			return fmt.Errorf("section %d (%s): %w", i+1, section.Name, err)
		}
	}
	if s.unchecked {
		return errors.New("the last request has no response section")
	}
	return nil
}

// player is the state of a running transcript.
type player struct {
	target    Target
	vars      vars
	last      *response // the last response
	unchecked bool      // the last response was not compared yet
}

// response is an HTTP response with its body.
type response struct {
	status int
	header http.Header
	body   string
}

func (s *player) play(section, text string) error {
	kind, rest, _ := strings.Cut(section, " ")
	switch {
	case section == "request":
		return s.request("", text)
	case kind == "request" && strings.HasPrefix(rest, "as "):
		return s.request(strings.TrimPrefix(rest, "as "), text)
	case kind == "mail" && strings.HasPrefix(rest, "to "):
		return s.mail(strings.TrimPrefix(rest, "to "), text)
	case section == "events":
		return s.events(text)
	case section != "response" && section != "absent":
		return errors.New("unknown section")
	case s.last == nil:
		return errors.New("no request precedes it")
	case section == "absent":
		return s.absent(text)
	}
	s.unchecked = false
	return compareResponse(text, s.last, s.vars)
}

// request sends the request and stores the response.
func (s *player) request(name, text string) error {
	if s.unchecked {
		return errors.New("the previous request has no response section")
	}
	text, err := s.vars.substitute(text)
	if err != nil {
		return err
	}
	r, err := parseRequest(s.target.BaseURL, text)
	if err != nil {
		return err
	}
	if name != "" {
		if s.target.Authorize == nil {
			return errors.New("this target has no credentials")
		}
		if err := s.target.Authorize(name, r); err != nil {
			return fmt.Errorf("authorize %s: %w", name, err)
		}
	}
	s.last, err = send(r)
	s.unchecked = true
	return err
}

// send sends a request without following redirects, without compression, and on its own connection.
func send(r *http.Request) (*response, error) {
	r.Close = true
	client := http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, fmt.Errorf("read response: %w", err)
	}
	return &response{resp.StatusCode, resp.Header, string(body)}, nil
}

func (s *player) absent(text string) error {
	text, err := s.vars.substitute(text)
	if err != nil {
		return err
	}
	var all strings.Builder
	if err := s.last.header.Write(&all); err != nil {
		return err
	}
	all.WriteString(s.last.body)
	for _, line := range lines(text) {
		if strings.Contains(all.String(), line) {
			return fmt.Errorf("the response contains %q:\n%s", line, all.String())
		}
	}
	return nil
}

func (s *player) mail(address, text string) error {
	if s.target.Mail == nil {
		return errors.New("this target sends no email")
	}
	address, err := s.vars.substitute(address)
	if err != nil {
		return err
	}
	mail, err := s.target.Mail(address)
	if err != nil {
		return err
	}
	for _, line := range lines(text) {
		if err := s.vars.find(line, mail); err != nil {
			return err
		}
	}
	return nil
}

func (s *player) events(text string) error {
	if s.target.Events == nil {
		return errors.New("this target records no events")
	}
	got, err := s.target.Events()
	if err != nil {
		return err
	}
	return s.vars.match(strings.Join(lines(text), "\n"), strings.Join(got, "\n"))
}

// lines returns the lines of text that are not blank.
func lines(text string) (list []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			list = append(list, line)
		}
	}
	return list
}
