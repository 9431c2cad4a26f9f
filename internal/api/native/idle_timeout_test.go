package native

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// deadlineRecorder is a response whose connection records the deadlines for reading.
type deadlineRecorder struct {
	http.ResponseWriter
	set []time.Time
}

// SetReadDeadline is called by [http.ResponseController].
func (d *deadlineRecorder) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// An import continues after the last byte of its file has arrived, for longer than the connection may be
// idle while it arrives. net/http cancels the request if a deadline for reading passes meanwhile. A parser
// may read again at the end.
func TestIdleTimeoutOfABodyEndsWithTheBody(t *testing.T) {
	t.Parallel()
	const text = "username\nada\n"
	broken := errors.New("connection reset")
	for name, c := range map[string]struct {
		body io.Reader
		text string
		err  error
	}{
		"the end follows the last bytes":    {strings.NewReader(text), text, nil},
		"the end comes with the last bytes": {iotest.DataErrReader(strings.NewReader(text)), text, nil},
		"byte by byte":                      {iotest.OneByteReader(strings.NewReader(text)), text, nil},
		"an empty body":                     {strings.NewReader(""), "", nil},
		"a body that breaks off":            {io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), text, broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection := &deadlineRecorder{ResponseWriter: httptest.NewRecorder()}
			during := &bytes.Buffer{}
			body := idleTimeoutReader{idleTimeout{http.NewResponseController(connection), time.Hour}, io.TeeReader(c.body, during)}
			for range 2 { // the second time at the end
				all, err := io.ReadAll(body)
				if err != c.err || during.String() != c.text {
					t.Errorf("read %q with %v, in all %q", all, err, during)
				}
				last := connection.set[len(connection.set)-1]
				if ended := c.err == nil; ended != last.IsZero() {
					t.Errorf("the last deadline is %v", last)
				}
			}
			if connection.set[0].IsZero() {
				t.Error("the first read has no deadline")
			}
		})
	}
}
