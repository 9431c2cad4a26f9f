package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
)

// pm415's own pages request these paths after sign-in, and show an error box for a response without a
// message.
func TestUnservedPathsOfPM415AnswerAsPM415(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	for _, path := range []string{
		"/api/rss/1", "/api/initiatives", "/api/initiatives/", "/api/initiatives/1", "/api/initiatives/1/items", "/api/backlogs", "/api/items/1",
		"/api/bugs", "/api/comments/1/2/3", "/api/connections", "/api/statuses", "/api/votes", "/api/subscribers/1", "/api/search?q=x",
		"/api/orderindexchange", "/api/initiatives/%2e%2e", "//api/bugs", "/api/b%75gs/1",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			for _, prefix := range []string{"", "/pm415"} {
				w := httptest.NewRecorder()
				h.main.ServeHTTP(w, httptest.NewRequest(method, "http://localhost"+prefix+path, nil))
				var body struct {
					StatusCode     int
					Error, Message string
					Success        *bool
				}
				err := json.Unmarshal(w.Body.Bytes(), &body)
				if err != nil || w.Code != http.StatusNotFound || body.StatusCode != w.Code || body.Message != "Roster keeps users only" || body.Success == nil || *body.Success {
					t.Errorf("%s %s%s has status %d: %s", method, prefix, path, w.Code, w.Body)
				}
			}
		}
	}
	if got := h.servedBy(t, h.main, "GET", "/api/rss"); got != string(model.PM415) {
		t.Errorf("/api/rss at the root: served by %q", got)
	}
}

func TestNeighboringPathsOfPM415BelongToNoAPI(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	off := newTestServer(t, map[string]string{"pm415.enabled": "false"})
	for _, c := range []struct {
		at   *testServer
		path string
	}{
		{h, "/api/initiative"}, {h, "/api/bugsy/1"}, {h, "/bugs"}, {h, "/api/nothing"}, {h, "/api"}, {h, "/initiatives/api/bugs"},
		{off, "/api/initiatives"}, {off, "/api/rss"}, {off, "/pm415/api/bugs"},
	} {
		w := httptest.NewRecorder()
		c.at.main.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+c.path, nil))
		if strings.Contains(w.Body.String(), "users only") || c.path != "/api" && w.Code != http.StatusNotFound {
			t.Errorf("%s has status %d: %s", c.path, w.Code, w.Body)
		}
	}
}
