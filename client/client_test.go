package client_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/client"
)

func TestTokenIsNeverPrinted(t *testing.T) {
	t.Parallel()
	c, err := client.New("https://people.example.org", "rst_secret")
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil))} {
		l.Info("client", "pointer", c, "value", *c, "resource", c.Users)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb+verb+verb, c, *c, c.Users)
	}
	if text := log.String(); strings.Contains(text, "rst_") || strings.Contains(text, "7273745f") {
		t.Errorf("the token was printed: %s", text)
	}
	if got := fmt.Sprintf("%#v", c); got != "roster client of https://people.example.org" {
		t.Errorf("a client prints as %s", got)
	}
}

func TestErrorsDoNotContainTheToken(t *testing.T) {
	t.Parallel()
	c, err := client.New("http://127.0.0.1:1", "rst_secret", client.WithRetries(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me.Get(t.Context()); err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "rst_") {
		t.Errorf("got %v", err)
	}
}

func TestInvalidAddressOrTokenIsRejected(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "people.example.org", "ftp://people.example.org", "https://", "https://a:b@people.example.org", "https://people.example.org?x=1"} {
		if _, err := client.New(address, "x"); err == nil {
			t.Errorf("%q is accepted", address)
		}
	}
	if _, err := client.New("https://people.example.org", "rst_secret\n"); err == nil || strings.Contains(err.Error(), "rst_") {
		t.Errorf("a token with a line break: %v", err)
	}
	if c, err := client.New("https://people.example.org/", "x"); err != nil || c.URL() != "https://people.example.org" {
		t.Errorf("with a trailing slash: %v, %v", c, err)
	}
}

func TestRequestsIdentifyTheCaller(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(200, `{}`))
	agent, err := client.New(d.URL(), "rst_secret", client.WithUserAgent("provisioning/1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client.Client{agent, agent.As("ada"), agent.AsID(42), agent.WithToken("rst_other"), agent.As("")} {
		if _, err := c.Me.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []struct {
		sudo  []string
		token string
	}{{nil, "rst_secret"}, {[]string{"ada"}, "rst_secret"}, {[]string{"42"}, "rst_secret"}, {nil, "rst_other"}, {[]string{""}, "rst_secret"}}
	for i, r := range d.requests() {
		if !slices.Equal(r.Header.Values("Sudo"), want[i].sudo) || r.Header.Get("Authorization") != "Bearer "+want[i].token || r.UserAgent() != "provisioning/1" {
			t.Errorf("request %d has the headers %v", i, r.Header)
		}
	}
}

func TestEveryErrorKindIsReported(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]error{
		400: client.ErrInvalid, 401: client.ErrUnauthenticated, 403: client.ErrForbidden, 404: client.ErrNotFound, 409: client.ErrConflict,
		410: client.ErrExpired, 412: client.ErrChanged, 413: client.ErrTooLarge, 429: client.ErrLimited, 503: client.ErrUnavailable, 500: client.ErrServer,
	} {
		d := newFakeServer(t, respond(status, `{"title":"x","status":999,"code":"word","detail":"what to do next","errors":[{"field":"email","code":"taken","detail":"email is taken"}]}`, "X-Request-Id", "r1"))
		_, err := d.Users.Update(t.Context(), 7, client.UserUpdate{})
		apiErr, ok := errors.AsType[*client.Error](err)
		if !ok || !errors.Is(err, kind) || apiErr.Status != status || apiErr.Code != "word" || apiErr.RequestID != "r1" {
			t.Errorf("%d: %#v", status, err)
			continue
		}
		if f, found := apiErr.Field("email"); !found || f.Code != "taken" {
			t.Errorf("%d: the field is %+v", status, f)
		}
		for _, other := range []error{client.ErrInvalid, client.ErrNotFound, client.ErrConflict} {
			if other != kind && errors.Is(err, other) {
				t.Errorf("%d is also %v", status, other)
			}
		}
		if want := fmt.Sprintf("PATCH /api/v1/users/7: what to do next (%d word, request r1)", status); err.Error() != want {
			t.Errorf("the error is %q, want %q", err, want)
		}
	}
}

func TestResponseOfAProxyIsAnError(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(502, "<html>Bad Gateway</html>", "Content-Type", "text/html"))
	_, err := d.Users.Block(t.Context(), 7)
	if !errors.Is(err, client.ErrServer) || err.Error() != "POST /api/v1/users/7/block: bad gateway (502)" {
		t.Errorf("got %v", err)
	}
	d = newFakeServer(t, respond(200, "<html>Hello</html>", "Content-Type", "text/html"))
	if _, err := d.Users.Get(t.Context(), 7); err == nil || !strings.Contains(err.Error(), "is this the address of a Roster server?") {
		t.Errorf("got %v", err)
	}
}

func TestNamesInPathsAreEscaped(t *testing.T) {
	t.Parallel()
	d := newFakeServer(t, respond(http.StatusOK, `{}`))
	if _, err := d.Projects.ListAssignees(t.Context(), 1, "a/../b?c"); err != nil {
		t.Fatal(err)
	}
	if got := d.requests()[0].RequestURI; got != "/api/v1/organizations/1/projects/a%2F..%2Fb%3Fc/assignees" {
		t.Errorf("the request is for %s", got)
	}
}
