package web_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/web"
)

// unread is a response that the client does not read until it is released.
type unread struct {
	*httptest.ResponseRecorder
	waits   chan struct{}
	release chan struct{}
}

func newUnread() unread {
	return unread{httptest.NewRecorder(), make(chan struct{}, 100), make(chan struct{})}
}

func (u unread) Write(b []byte) (int, error) {
	u.waits <- struct{}{}
	<-u.release
	return u.ResponseRecorder.Write(b)
}

func (u unread) FlushError() error {
	u.waits <- struct{}{}
	<-u.release
	return nil
}

// classed is an endpoint in the class of expensive reads.
func classed(method, path string, serve func(http.ResponseWriter, *http.Request) error) web.Endpoint[int64] {
	return web.Endpoint[int64]{
		Method: method, Path: path, Needs: "any", Class: web.Always(admission.ExpensiveReads),
		Serve: func(w http.ResponseWriter, r *http.Request, _ int64) error { return serve(w, r) },
	}
}

func writeText(w http.ResponseWriter, _ *http.Request) error {
	_, err := io.WriteString(w, "text")
	return err
}

// answers are the ways in which handlers respond.
func answers() map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"a write": writeText,
		"a body": func(w http.ResponseWriter, _ *http.Request) error {
			web.WriteBody(w, http.StatusOK, web.PlainText, []byte("text"))
			return nil
		},
		"a copy": func(w http.ResponseWriter, _ *http.Request) error {
			_, err := io.Copy(w, &io.LimitedReader{R: endless{}, N: 1 << 20})
			return err
		},
		"a flush": func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusOK)
			return http.NewResponseController(w).Flush()
		},
		"a short stream": func(w http.ResponseWriter, r *http.Request) error {
			out := web.NewStream(w, r, "application/json")
			return out.Finish(rows(3)(out))
		},
		"a long stream": func(w http.ResponseWriter, r *http.Request) error {
			out := web.NewStream(w, r, "application/json")
			return out.Finish(rows(10_000)(out))
		},
		"an error of the handler": func(http.ResponseWriter, *http.Request) error {
			return &web.Error{Status: http.StatusBadRequest, Code: web.Invalid, Msg: "no"}
		},
	}
}

// endless reads zero bytes without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestUnreadResponsesHoldNoSlot(t *testing.T) {
	t.Parallel()
	for name, serve := range answers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestServer(admission.Limits{Slots: 1, PerCaller: 1}, classed("GET", "/answers", serve), classed("GET", "/others", writeText))
			slow, done := newUnread(), make(chan struct{})
			go func() {
				defer close(done)
				r := httptest.NewRequest("GET", "/answers", nil)
				r.Header.Set("User", "1")
				h.ServeHTTP(slow, r)
			}()
			if name == "an error of the handler" { // writeError of this API writes no body
				<-done
			} else {
				<-slow.waits
				if got := h.ask("GET", "/others", 1, home).Code; got != http.StatusTooManyRequests {
					t.Errorf("another read of the same user is answered %d", got)
				}
			}
			for range 3 {
				if got := h.ask("GET", "/others", 2, home).Code; got != http.StatusOK {
					t.Errorf("a read of another user is answered %d", got)
				}
			}
			close(slow.release)
			<-done
			if got := h.ask("GET", "/others", 1, home).Code; got != http.StatusOK {
				t.Errorf("afterwards a read is answered %d", got)
			}
		})
	}
}

// A stream that waits for a slot to read on gets it once the other request has ended.
func TestStreamsAcquireASlotForFurtherRows(t *testing.T) {
	t.Parallel()
	checked := make(chan error, 1)
	h := newTestServer(admission.Limits{Slots: 1, PerCaller: 1}, classed("GET", "/answers", func(w http.ResponseWriter, r *http.Request) error {
		out := web.NewStream(w, r, "application/json")
		err := rows(1000)(out)
		checked <- err
		return out.Finish(err)
	}))
	slow, done := newUnread(), make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequest("GET", "/answers", nil)
		r.Header.Set("User", "1")
		h.ServeHTTP(slow, r)
	}()
	<-slow.waits
	other := h.search(2, home)
	<-h.begun
	close(slow.release)
	select {
	case <-checked:
		t.Error("the stream read on while another request had the only slot")
	case h.hold <- struct{}{}:
	}
	if got := <-other; got != http.StatusNoContent {
		t.Errorf("the search is answered %d", got)
	}
	<-done
	if err := <-checked; err != nil || slow.Code != http.StatusOK {
		t.Errorf("the stream ended with %d, %v", slow.Code, err)
	}
}

// The server waits for a slow body without a slot, and passes it to the handler completely, with
// the error that ended it.
func TestUnfinishedBodiesHoldNoSlot(t *testing.T) {
	t.Parallel()
	for _, end := range []error{nil, errors.New("the client has gone")} {
		t.Run(fmt.Sprint(end), func(t *testing.T) {
			t.Parallel()
			read := make(chan string, 1)
			h := newTestServer(admission.Limits{Slots: 1, PerCaller: 1}, classed("GET", "/others", writeText),
				classed("POST", "/bodies", func(_ http.ResponseWriter, r *http.Request) error {
					text, err := io.ReadAll(r.Body)
					read <- fmt.Sprint(string(text), err)
					return err
				}))
			body, client := io.Pipe()
			done := make(chan struct{})
			go func() {
				defer close(done)
				r := httptest.NewRequest("POST", "/bodies", body)
				r.Header.Set("User", "1")
				h.ServeHTTP(httptest.NewRecorder(), r)
			}()
			if _, err := client.Write([]byte("a=1")); err != nil {
				t.Fatal(err)
			}
			if got := h.ask("GET", "/others", 2, home).Code; got != http.StatusOK {
				t.Errorf("a read of another user is answered %d", got)
			}
			if err := client.CloseWithError(end); err != nil {
				t.Fatal(err)
			}
			<-done
			if got := <-read; got != fmt.Sprint("a=1", end) {
				t.Errorf("the handler read %q", got)
			}
		})
	}
}
