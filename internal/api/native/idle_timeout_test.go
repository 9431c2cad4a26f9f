package native

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// An import continues after the last byte of its file has arrived, for longer than the connection may be
// idle while it arrives. A parser may read again at the end.
func TestIdleTimeoutOfABodyEndsWithTheBody(t *testing.T) {
	t.Parallel()
	const idle = time.Second
	var text string
	var read, gone error
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := idleTimeoutReader{idleTimeout{http.NewResponseController(w), idle}, r.Body}
		var all []byte
		all, read = io.ReadAll(body)
		text = string(all)
		if _, err := body.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
		working, stop := context.WithTimeout(context.Background(), idle*5/4)
		defer stop()
		select {
		case <-r.Context().Done():
			gone = r.Context().Err()
		case <-working.Done():
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	a, err := http.Post(server.URL, "text/csv", strings.NewReader("username\nada\n"))
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	if text != "username\nada\n" || read != nil || gone != nil {
		t.Errorf("read %q, %v; the request ended with %v", text, read, gone)
	}
}
