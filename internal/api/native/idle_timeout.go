package native

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"roster.example/roster/internal/web"
)

// steady is one end of a stream that may take hours, as long as it never stands
// still for longer than idle.
type idleTimeout struct {
	controller *http.ResponseController
	idle       time.Duration
}

// steadyReader reads a body.
type idleTimeoutReader struct {
	idleTimeout
	io.Reader
}

// Read moves the deadline of the connection.
func (s idleTimeoutReader) Read(b []byte) (int, error) {
	if err := ignoreUnsupported(s.controller.SetReadDeadline(time.Now().Add(s.idle))); err != nil {
		return 0, err
	}
	return s.Reader.Read(b)
}

// steadyWriter writes an answer, and sends what was written at once.
type idleTimeoutWriter struct {
	idleTimeout
	http.ResponseWriter
}

// Write moves the deadline of the connection.
func (s idleTimeoutWriter) Write(b []byte) (int, error) {
	if err := ignoreUnsupported(s.controller.SetWriteDeadline(time.Now().Add(s.idle))); err != nil {
		return 0, err
	}
	n, err := s.ResponseWriter.Write(b)
	return n, errors.Join(err, ignoreUnsupported(s.controller.Flush()))
}

// unlessUnsupported is err, but for connections that know no deadlines: HEAD and
// tests have none to move.
func ignoreUnsupported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func tooLarge(limit int64) *problem {
	return newProblem(http.StatusRequestEntityTooLarge, web.TooLarge,
		fmt.Sprintf("the body has more than %d bytes; send it in parts", limit))
}
