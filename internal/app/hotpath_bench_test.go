package app

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// benchRequest is a request that clients send often.
type benchRequest struct {
	name, path, header string
}

// newBenchServer returns a server with a hundred users and no log, and the requests to measure: the
// own user in each API, one user by id, a page of 20.
func newBenchServer(t testing.TB) (http.Handler, []benchRequest) {
	h := newTestServer(t, nil)
	ada := h.createUser(t, "ada", true)
	for n := range 99 {
		if _, err := h.Directory.CreateUser(t.Context(), model.Operator(), directory.NewUser{
			Username: fmt.Sprintf("person%02d", n), Email: fmt.Sprintf("person%02d@roster.example", n),
			Names: model.Names{}.WithName("Some Person"), Limits: model.DefaultLimits(),
		}); err != nil {
			t.Fatal(err)
		}
	}
	login := token(t, request(t, h.main, "POST", "/users/login", `{"username": "ada", "password": "`+password+`"}`))
	h.App.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("home/ada:"+ada.key))
	bearer, wekanToken, privateToken := "Authorization: Bearer "+ada.key, "Authorization: Bearer "+login, "Private-Token: "+ada.key
	return h.httpServer(h.shared()).Handler, []benchRequest{
		{"WhoAmI/gitlab", "/api/v3/user", privateToken},
		{"WhoAmI/wekan", "/api/user", wekanToken},
		{"WhoAmI/pm415", "/api/user", bearer},
		{"WhoAmI/codebase", "/profile", basic},
		{"UserByID/gitlab", fmt.Sprintf("/api/v3/users/%d", ada.ID+7), privateToken},
		{"UserByID/wekan", "/api/users/" + ada.UID, wekanToken},
		{"Page/gitlab", "/api/v3/users?page=2&per_page=20", privateToken},
	}
}

// request returns the request that net/http would pass to the handler.
func (c benchRequest) request() *http.Request {
	r := httptest.NewRequest("GET", c.path, nil)
	name, value, _ := strings.Cut(c.header, ": ")
	r.Header.Set(name, value)
	r.Header.Set("User-Agent", "bench/1.0")
	return r
}

// discardWriter discards a response. The cost of a recorder would be measured too.
type discardWriter struct {
	header http.Header
	status int
}

func (w *discardWriter) Header() http.Header         { return w.header }
func (w *discardWriter) WriteHeader(status int)      { w.status = status }
func (w *discardWriter) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkHotPath measures the whole program without the network: from the middleware to the database
// and back.
func BenchmarkHotPath(b *testing.B) {
	h, calls := newBenchServer(b)
	for _, c := range calls {
		b.Run(c.name, func(b *testing.B) {
			r, w := c.request(), &discardWriter{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
			if w.status != http.StatusOK {
				b.Fatalf("%s: status %d", c.path, w.status)
			}
		})
	}
}
