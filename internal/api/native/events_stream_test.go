package native_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/directory"
)

// longest is after what time a test gives a stream up that says nothing.
const streamTimeout = 10 * time.Minute

// stream is an answer as Server-Sent Events, as a browser reads it.
type eventReader struct {
	t     *testing.T
	lines *bufio.Scanner
	close func() error
}

// listen follows the events; place is Last-Event-ID, if any.
func (h *testServer) openStream(query, key, place string) *eventReader {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), streamTimeout)
	h.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/events/stream"+query, nil)
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+key)
	if place != "" {
		r.Header.Set("Last-Event-ID", place)
	}
	answer, err := http.DefaultClient.Do(r)
	h.must(err)
	h.t.Cleanup(func() { _ = answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "text/event-stream" {
		h.t.Fatalf("got %d %q", answer.StatusCode, kind)
	}
	return &eventReader{h.t, bufio.NewScanner(answer.Body), answer.Body.Close}
}

// block is what stands between two empty lines, its fields by name; a comment has
// the name "". None means that the stream ended.
func (s *eventReader) block() map[string]string {
	s.t.Helper()
	block := map[string]string{}
	for s.lines.Scan() {
		if s.lines.Text() == "" {
			return block
		}
		name, value, _ := strings.Cut(s.lines.Text(), ":")
		block[name] = strings.TrimSpace(value)
	}
	return nil
}

// event is the next block that is no comment.
func (s *eventReader) event() map[string]string {
	s.t.Helper()
	for {
		if b := s.block(); b == nil || b["event"] != "" {
			return b
		}
	}
}

func TestEventsAreStreamedAsTheyComeAndGoOnBehindTheLast(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	eve := h.fixture.AddMember("eve")
	s := h.openStream("?verb=user.", h.admin.APIKey, "")
	if b := s.block(); b[""] == "" {
		t.Errorf("it begins with %v, want a comment", b)
	}
	_, err := h.fixture.Directory.BlockUser(t.Context(), directory.Operator(), eve.ID)
	h.must(err)
	h.fixture.AddOrganization("Passed over")
	b := s.event()
	var told struct {
		Verb string
		User int64 `json:"user_id"`
	}
	h.must(json.Unmarshal([]byte(b["data"]), &told))
	if b["event"] != "user.block" || b["id"] == "" || told.Verb != "user.block" || told.User != int64(eve.ID) {
		t.Errorf("told was %v", b)
	}
	h.must(s.close())
	_, err = h.fixture.Directory.UnblockUser(t.Context(), directory.Operator(), eve.ID)
	h.must(err)
	for _, again := range []*eventReader{
		h.openStream("?verb=user.", h.admin.APIKey, b["id"]), h.openStream("?verb=user.&after="+b["id"], h.admin.APIKey, ""),
		h.openStream("?verb=user.&after=0", h.admin.APIKey, b["id"]), // the header wins
	} {
		if next := again.event(); next["event"] != "user.unblock" {
			t.Errorf("it goes on with %v", next)
		}
	}
}

// So many beats take longer than other requests may.
func TestAStreamWithoutEventsSaysThatItIsStillThere(t *testing.T) {
	t.Parallel()
	const idle = 100 * time.Millisecond
	h := newTestServer(t, native.Config{Idle: idle})
	s := h.openStream("", h.admin.APIKey, "")
	for range requestTimeout/idle + 5 {
		if b := s.block(); b[""] == "" {
			t.Fatalf("got %v, want a comment", b)
		}
	}
}

func TestAStreamEndsWithItsCredential(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	token, text, err := h.fixture.Directory.CreateToken(t.Context(), directory.Operator(), directory.NewToken{
		Owner: h.admin.ID, Name: "stream", Scopes: directory.Scopes{directory.ScopeReadAPI},
	})
	h.must(err)
	s := h.openStream("", text.Reveal(), "")
	h.must(h.fixture.Directory.RevokeToken(t.Context(), directory.Operator(), h.admin.ID, token.ID))
	b := s.event()
	var problem struct{ Code string }
	h.must(json.Unmarshal([]byte(b["data"]), &problem))
	if b["event"] != "error" || problem.Code != "unauthenticated" || s.block() != nil {
		t.Errorf("told was %v, want an error and no more", b)
	}
}

func TestAStreamEndsWhenTheServerStops(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	h := newTestServer(t, native.Config{Stopping: stopping})
	s := h.openStream("", h.admin.APIKey, "")
	s.block()
	close(stopping)
	if b := s.event(); b != nil || s.lines.Err() != nil {
		t.Errorf("got %v, %v, want the end", b, s.lines.Err())
	}
}

func TestAStreamThatCannotBeFollowedIsRefusedBeforeItsFirstByte(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		r, err := http.NewRequestWithContext(t.Context(), method, h.url+"/api/v1/events/stream?verb=none", nil)
		h.must(err)
		r.Header.Set("Authorization", "Bearer "+h.admin.APIKey)
		answer, err := http.DefaultClient.Do(r)
		h.must(err)
		h.must(answer.Body.Close())
		if answer.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %s", method, answer.Status)
		}
	}
}
