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
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/model"
)

// streamTimeout ends tests whose stream sends nothing.
const streamTimeout = 10 * time.Minute

// eventReader reads Server-Sent Events.
type eventReader struct {
	t     *testing.T
	lines *bufio.Scanner
	close func() error
}

// openStream opens an event stream; lastEventID may be empty.
func (h *testServer) openStream(query, key, lastEventID string) *eventReader {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), streamTimeout)
	h.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/events/stream"+query, nil)
	h.must(err)
	r.Header.Set("Authorization", "Bearer "+key)
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	answer, err := http.DefaultClient.Do(r)
	h.must(err)
	h.t.Cleanup(func() { _ = answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "text/event-stream" {
		h.t.Fatalf("got %d %q", answer.StatusCode, kind)
	}
	return &eventReader{h.t, bufio.NewScanner(answer.Body), answer.Body.Close}
}

// block reads one message and returns its fields by name; a comment has the name "". It returns nil at the end of the
// stream.
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

// event reads the next message that is not a comment.
func (s *eventReader) event() map[string]string {
	s.t.Helper()
	for {
		if b := s.block(); b == nil || b["event"] != "" {
			return b
		}
	}
}

func TestEventsAreStreamedAndResumedAfterTheLast(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	eve := h.fixture.AddMember("eve")
	s := h.openStream("?verb=user.", h.admin.APIKey, "")
	if b := s.block(); b[""] == "" {
		t.Errorf("the first message is %v, want a comment", b)
	}
	_, err := h.fixture.Directory.BlockUser(t.Context(), model.Operator(), eve.ID)
	h.must(err)
	h.fixture.AddOrganization("Filtered out")
	b := s.event()
	var told struct {
		Verb string
		User int64 `json:"user_id"`
	}
	h.must(json.Unmarshal([]byte(b["data"]), &told))
	if b["event"] != "user.block" || b["id"] == "" || told.Verb != "user.block" || told.User != int64(eve.ID) {
		t.Errorf("the event is %v", b)
	}
	h.must(s.close())
	_, err = h.fixture.Directory.UnblockUser(t.Context(), model.Operator(), eve.ID)
	h.must(err)
	for _, again := range []*eventReader{
		h.openStream("?verb=user.", h.admin.APIKey, b["id"]), h.openStream("?verb=user.&after="+b["id"], h.admin.APIKey, ""),
		h.openStream("?verb=user.&after=0", h.admin.APIKey, b["id"]), // the header takes precedence
	} {
		if next := again.event(); next["event"] != "user.unblock" {
			t.Errorf("the next event is %v", next)
		}
	}
}

// The stream outlives the timeout of other requests.
func TestStreamWithoutEventsSendsKeepAlives(t *testing.T) {
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

func TestStreamEndsWithItsCredential(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, native.Config{})
	token, text, err := h.fixture.Directory.CreateToken(t.Context(), model.Operator(), credential.NewToken{
		Owner: h.admin.ID, Name: "stream", Scopes: model.Scopes{model.ScopeReadAPI},
	})
	h.must(err)
	s := h.openStream("", text.Reveal(), "")
	h.must(h.fixture.Directory.RevokeToken(t.Context(), model.Operator(), h.admin.ID, token.ID))
	b := s.event()
	var problem struct{ Code string }
	h.must(json.Unmarshal([]byte(b["data"]), &problem))
	if b["event"] != "error" || problem.Code != "unauthenticated" || s.block() != nil {
		t.Errorf("the last event is %v, want an error", b)
	}
}

func TestStreamEndsWhenTheServerStops(t *testing.T) {
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

func TestInvalidStreamRequestIsRejectedBeforeTheFirstByte(t *testing.T) {
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
