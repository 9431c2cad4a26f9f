// Package apitest replays HTTP transcripts against an API: stories in text
// files that say what a client sends and what it must get back, word for word.
// They are taken from the documents of the imitated products, and from nothing
// else; there is no switch that rewrites them from what the server says.
//
// A transcript is a txtar file. Its comment tells what the story shows and
// where it stands. Then follow sections, played in their order:
//
//	# A taken address is refused, and nobody is told who has it.
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
// "request" or "request as NAME" sends; NAME is handed to World.Authorize. The
// section holds method and path, headers, a blank line, and the body without
// its last newline; or one literal curl command (see Curl).
//
// "response" compares the answer. The first line holds the status, and
// optionally the Content-Type: compared whole if it has parameters, else only
// up to them, and "none" means that there must not be one. Header lines hold
// the value, or a regular expression between slashes, or "!Name" for a header
// that must be missing. The body is always compared, so an empty one demands
// an empty body. JSON is compared by structure: blanks do not matter, the
// order of members does, and so do numbers' digits. Everything else is
// compared exactly, but for newlines at the end.
//
// "absent" lists texts, a line each, that must occur nowhere in the last
// answer. "mail to ADDRESS" lists texts that the next mail to ADDRESS must
// hold. "events" lists what was recorded since the last look, as "verb target"
// lines; an empty section means that nothing was.
//
// # Placeholders
//
// Expected headers, bodies, mails and events may hold:
//
//	<<any>>            anything
//	<<int>>            a whole number; in JSON outside of quotes, a number
//	<<time>>           an RFC 3339 time
//	<<re:EXPR>>        what matches EXPR (RE2 syntax, without ">>")
//	<<NAME>>           anything; kept as NAME, later the same value again
//	<<NAME int>>       the same, limited as above; so with time and re:EXPR
//	${NAME}            the kept value, also in requests and in "absent"
//
// A NAME is of capital letters, digits and underscores. In JSON a placeholder
// outside of quotes stands for a whole value of any type.
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

// A World is what one transcript plays in. Exactly one of Handler and BaseURL
// is set; hooks that no transcript uses may be nil.
type Target struct {
	Handler http.Handler // served on loopback for the time of the story, behind web.Middleware
	BaseURL string       // or an address where the API answers already

	// Authorize adds the credential of the person called name.
	Authorize func(name string, r *http.Request) error
	// Vars are values of ${NAME} that are known before the story begins.
	Vars map[string]string
	// Mail returns the text of the oldest mail to address that it did not
	// return before. No such mail is an error.
	Mail func(address string) (string, error)
	// Events returns what was recorded since it was asked last, oldest first,
	// as "verb target".
	Events func() ([]string, error)
}

// Run plays every transcript that glob finds, each as a parallel subtest in a
// world of its own. It fails when glob finds none.
func Run(t *testing.T, glob string, newWorld func(t *testing.T) Target) {
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
			if err := Play(text, newWorld(t)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		})
	}
}

// Play plays one transcript and returns what first went otherwise than told.
func Play(transcript []byte, w Target) error {
	archive := txtar.Parse(transcript)
	if len(bytes.TrimSpace(archive.Comment)) == 0 {
		return errors.New("a transcript begins with a comment: what it shows, and its source")
	}
	if len(archive.Files) == 0 {
		return errors.New("the transcript has no sections")
	}
	if (w.Handler == nil) == (w.BaseURL == "") {
		return errors.New("a world has either a handler or a base URL")
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

// story is a transcript at some point of its play.
type player struct {
	target    Target
	vars      vars
	last      *response // the last one
	unchecked bool      // the last answer was not compared yet
}

// answer is a response with its body read.
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
		return errors.New("no request stands before it")
	case section == "absent":
		return s.absent(text)
	}
	s.unchecked = false
	return compareResponse(text, s.last, s.vars)
}

// request sends what text says and keeps the answer.
func (s *player) request(name, text string) error {
	if s.unchecked {
		return errors.New("the request before it has no response section")
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
			return errors.New("this world knows no credentials")
		}
		if err := s.target.Authorize(name, r); err != nil {
			return fmt.Errorf("authorize %s: %w", name, err)
		}
	}
	s.last, err = send(r)
	s.unchecked = true
	return err
}

// send makes the request as a plain client: no redirects followed, no
// compression, no connection kept.
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
		return nil, fmt.Errorf("read answer: %w", err)
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
			return fmt.Errorf("the answer holds %q:\n%s", line, all.String())
		}
	}
	return nil
}

func (s *player) mail(address, text string) error {
	if s.target.Mail == nil {
		return errors.New("this world sends no mail")
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
		return errors.New("this world records no events")
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
