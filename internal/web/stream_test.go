package web_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"roster.example/roster/internal/web"
)

// streamed returns a server that answers with the stream of fn.
func streamed(t *testing.T, fn func(*web.Stream) error) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(web.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := web.NewStream(w, r, "application/json")
		if err := out.Finish(fn(out)); err != nil {
			w.WriteHeader(http.StatusTeapot)
		}
	}), web.Options{}))
	t.Cleanup(s.Close)
	return s
}

func rows(n int) func(*web.Stream) error {
	return func(out *web.Stream) error {
		err := out.Add(func(j web.JSON) web.JSON { return j.Open('[') })
		if err == nil {
			err = web.AddRows(out, make([]struct{}, n), func(struct{}) any { return strings.Repeat("x", 100) })
		}
		return errors.Join(err, out.Add(func(j web.JSON) web.JSON { return j.Close(']') }))
	}
}

func TestStreamHasTheBytesOfAPlainResponse(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 600, 700, 10_000} {
		r, err := http.Get(streamed(t, rows(n)).URL)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r.Body)
		if err = errors.Join(err, r.Body.Close()); err != nil {
			t.Fatal(err)
		}
		want := "[" + strings.TrimSuffix(strings.Repeat(`"`+strings.Repeat("x", 100)+`",`, n), ",") + "]"
		if string(got) != want || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%d rows: %d bytes with status %d, want %d bytes", n, len(got), r.StatusCode, len(want))
		}
		if short := len(want) < 64<<10; short != (r.ContentLength == int64(len(want))) {
			t.Errorf("%d rows have the Content-Length %d", n, r.ContentLength)
		}
	}
}

func TestErrorsAfterTheFirstByteCloseTheConnection(t *testing.T) {
	t.Parallel()
	for n, cut := range map[int]bool{0: false, 100: false, 10_000: true} {
		r, err := http.Get(streamed(t, func(out *web.Stream) error {
			return errors.Join(rows(n)(out), errors.New("the database went away"))
		}).URL)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, r.Body)
		if cut != (err != nil) || cut != (r.StatusCode == http.StatusOK) {
			t.Errorf("after %d rows: status %d, and reading ended with %v", n, r.StatusCode, err)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}
