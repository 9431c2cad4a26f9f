// Package authorizedkeys requests the SSH keys of a user from a server, and caches the
// response for times when the server is unavailable.
//
// It implements "roster ssh-keys" for sshd. Every login waits for it, so it has a short
// timeout. After any error it returns no keys.
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

// Source is a server that returns SSH keys.
type Source struct {
	Server    string // URL: https, or http on this machine
	TokenFile string // file with an access token in its first line, readable by its owner only
	// Organization is the short name of the organization in which the user must hold a
	// role beyond Pending; empty for any.
	Organization string
	Cache        Cache // the zero Cache stores nothing
	// Warn is called with the reason why a response could not be cached; nil ignores it.
	Warn func(error)
}

// maxResponse is the maximum size of a response in bytes: more keys than sshd would try.
const maxResponse = 1 << 20

// errUnavailable reports that the server could not be reached, or responded 502, 503 or 504.
var errUnavailable = errors.New("the server cannot be reached")

// Keys returns the keys with which username may log in. A cached response is used only while
// the server is unavailable: if it cannot be reached, or responds 502, 503 or 504.
func (s Source) Keys(ctx context.Context, username string) ([]sshkey.Key, error) {
	token, err := readToken(s.TokenFile)
	if err != nil {
		return nil, err
	}
	req := request{Server: strings.TrimRight(s.Server, "/"), Username: username, Organization: s.Organization}
	resp, err := fetch(ctx, req, token)
	if errors.Is(err, errUnavailable) {
		return s.cached(req, err)
	}
	if err != nil {
		return nil, err
	}
	keys, err := resp.keys()
	if err != nil {
		return nil, err
	}
	if err := s.Cache.store(req, resp); err != nil && s.Warn != nil {
		s.Warn(fmt.Errorf("the keys are not cached: %w", err))
	}
	return keys, nil
}

func (s Source) cached(req request, unavailable error) ([]sshkey.Key, error) {
	resp, err := s.Cache.load(req)
	if err != nil {
		return nil, errors.Join(unavailable, err)
	}
	return resp.keys()
}

// request identifies a response.
type request struct{ Server, Username, Organization string }

// response is a response of a server.
type response struct {
	At    time.Time // time of the response
	Until time.Time // when the first key expires; zero if none does
	Lines []string
}

// keys rejects lines with options, because options could run commands.
func (a response) keys() ([]sshkey.Key, error) {
	keys := make([]sshkey.Key, 0, len(a.Lines))
	for _, line := range a.Lines {
		key, err := sshkey.Parse(line, sshkey.Limits{})
		if err != nil {
			return nil, fmt.Errorf("the response is not from a Roster server; check --server: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func fetch(ctx context.Context, req request, token string) (resp response, err error) {
	httpReq, err := newRequest(ctx, req, token)
	if err != nil {
		return resp, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	httpResp, err := client.Do(httpReq)
	if err != nil {
		return resp, errors.Join(errUnavailable, err)
	}
	defer func() { err = errors.Join(err, httpResp.Body.Close()) }()
	if err := checkStatus(httpResp); err != nil {
		return resp, err
	}
	return read(httpResp)
}

func newRequest(ctx context.Context, req request, token string) (*http.Request, error) {
	if err := checkServer(req.Server); err != nil {
		return nil, err
	}
	target := req.Server + "/api/v1/ssh-keys/" + url.PathEscape(req.Username)
	if req.Organization != "" {
		target += "?organization=" + url.QueryEscape(req.Organization)
	}
	httpReq, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	httpReq.Header.Set("Authorization", "Bearer "+token)
	return httpReq, nil
}

// checkServer rejects URLs without TLS, because others could read the token or replace the
// response.
func checkServer(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("--server is not the URL of a server, such as https://people.example.org")
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || u.Scheme == "http" && here {
		return nil
	}
	return errors.New("--server must begin with https:// unless it is on this machine")
}

func checkStatus(r *http.Response) error {
	switch r.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fmt.Errorf("%w: the response status is %s", errUnavailable, r.Status)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("the server rejects the token (%s); create one with 'roster token create ACCOUNT --scopes read_user'", r.Status)
	}
	return fmt.Errorf("the response status is %s; check --server", r.Status)
}

func read(r *http.Response) (response, error) {
	resp := response{At: time.Now()}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	if err != nil {
		return resp, errors.Join(errUnavailable, err)
	}
	if len(text) > maxResponse || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
		return resp, errors.New("the response is not from a Roster server; check --server")
	}
	if ends := r.Header.Get("Expires"); ends != "" {
		if resp.Until, err = http.ParseTime(ends); err != nil {
			return resp, fmt.Errorf("read the expiry of the keys: %w", err)
		}
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			resp.Lines = append(resp.Lines, line)
		}
	}
	return resp, nil
}

// maxToken is the maximum size of a token in bytes.
const maxToken = 4096

// readToken returns the token in a file. It rejects a file that other users can read, because
// the token gives access to the users of the directory.
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
		return "", fmt.Errorf("other users can read the token in %s; run: chmod 600 %[1]s", name)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSpace(line); line == "" || strings.ContainsAny(line, " \t") {
		return "", fmt.Errorf("%s has no token in its first line", name)
	}
	return line, nil
}
