// Package authorizedkeys asks a server for the SSH keys of somebody who wants to
// log in to this machine, and remembers the answer for when the server is away.
//
// It is what "roster ssh-keys" does for sshd: every login waits for it, so it is
// quick or gives up, and whatever goes wrong it hands out nothing that the server
// did not say.
package authorizedkeys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"roster.example/roster/internal/sshkey"
)

// Source is a server to ask.
type Source struct {
	Server    string // its address: https, or http on this machine
	TokenFile string // holds an access token in its first line; readable by its owner alone
	// Organization is the short name of the organization in which the user must hold a
	// role beyond Pending; empty for any.
	Organization string
	Cache        Cache // the zero Cache remembers nothing
	// Warn is told why an answer could not be remembered. nil for nobody.
	Warn func(error)
}

// maxAnswer bounds the answer of a server, in bytes: more keys than sshd would try.
const maxAnswer = 1 << 20

// errAway means that the server could not be reached, or said that it cannot tell.
var errAway = errors.New("the server cannot be reached")

// Keys are the keys by which username may log in, each as "type base64". What is
// remembered counts only while the server is away: 502, 503 and 504 say so, any other
// status is an answer.
func (s Source) Keys(ctx context.Context, username string) ([]sshkey.Key, error) {
	token, err := readToken(s.TokenFile)
	if err != nil {
		return nil, err
	}
	asked := question{Server: strings.TrimRight(s.Server, "/"), Username: username, Organization: s.Organization}
	said, err := ask(ctx, asked, token)
	if errors.Is(err, errAway) {
		return s.remembered(asked, err)
	}
	if err != nil {
		return nil, err
	}
	keys, err := said.keys()
	if err != nil {
		return nil, err
	}
	if err := s.Cache.keep(asked, said); err != nil && s.Warn != nil {
		s.Warn(fmt.Errorf("the keys are not remembered: %w", err))
	}
	return keys, nil
}

func (s Source) remembered(asked question, away error) ([]sshkey.Key, error) {
	said, err := s.Cache.recall(asked)
	if err != nil {
		return nil, errors.Join(away, err)
	}
	return said.keys()
}

// question is what an answer was given to.
type question struct{ Server, Username, Organization string }

// answer is what a server said.
type answer struct {
	At    time.Time // when
	Until time.Time // until when at most it is true; zero if nothing expires
	Lines []string
}

// keys takes no line with options, whoever wrote it: they could run commands.
func (a answer) keys() ([]sshkey.Key, error) {
	keys := make([]sshkey.Key, 0, len(a.Lines))
	for _, line := range a.Lines {
		key, err := sshkey.Parse(line, sshkey.Limits{})
		if err != nil {
			return nil, fmt.Errorf("this is no answer of a roster server; look at --server: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func ask(ctx context.Context, asked question, token string) (said answer, err error) {
	request, err := newRequest(ctx, asked, token)
	if err != nil {
		return said, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return said, errors.Join(errAway, err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if err := judge(response); err != nil {
		return said, err
	}
	return read(response)
}

func newRequest(ctx context.Context, asked question, token string) (*http.Request, error) {
	if err := checkServer(asked.Server); err != nil {
		return nil, err
	}
	target := asked.Server + "/api/v1/ssh-keys/" + url.PathEscape(asked.Username)
	if asked.Organization != "" {
		target += "?organization=" + url.QueryEscape(asked.Organization)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return request, nil
}

// checkServer wants that nobody on the way reads the token, or answers in the place
// of the server.
func checkServer(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("--server is no address of a server; write it like https://people.example.org")
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || u.Scheme == "http" && here {
		return nil
	}
	return errors.New("--server must begin with https:// unless it is on this machine")
}

func judge(r *http.Response) error {
	switch r.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fmt.Errorf("%w: it answers %s", errAway, r.Status)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("the server does not take the token (%s); make one with 'roster token create ACCOUNT --scopes read_user'", r.Status)
	}
	return fmt.Errorf("the server answers %s; look at --server", r.Status)
}

func read(r *http.Response) (answer, error) {
	said := answer{At: time.Now()}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	if err != nil {
		return said, errors.Join(errAway, err)
	}
	if len(text) > maxAnswer || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
		return said, errors.New("this is no answer of a roster server; look at --server")
	}
	if ends := r.Header.Get("Expires"); ends != "" {
		if said.Until, err = http.ParseTime(ends); err != nil {
			return said, fmt.Errorf("read when the keys expire: %w", err)
		}
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			said.Lines = append(said.Lines, line)
		}
	}
	return said, nil
}

// maxToken is longer than any token, in bytes.
const maxToken = 4096

// readToken wants a file that only its owner can read: whoever has the token reads
// the directory of people.
func readToken(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxToken))
	info, stat := f.Stat()
	if err := errors.Join(err, stat, f.Close()); err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("others can read the token in %s; run: chmod 600 %[1]s", name)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSpace(line); line == "" || strings.ContainsAny(line, " \t") {
		return "", fmt.Errorf("%s holds no token in its first line", name)
	}
	return line, nil
}
