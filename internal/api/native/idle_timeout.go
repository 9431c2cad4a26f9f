package native

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"roster.example/roster/internal/web"
)

// idleTimeout moves the deadlines of a connection with each read or write. A stream may then take hours, but ends when no
// data arrives for the time idle.
type idleTimeout struct {
	controller *http.ResponseController
	idle       time.Duration
}

// idleTimeoutReader reads a request body.
type idleTimeoutReader struct {
	idleTimeout
	io.Reader
}

// Read implements [io.Reader].
func (s idleTimeoutReader) Read(b []byte) (int, error) {
	if err := ignoreUnsupported(s.controller.SetReadDeadline(time.Now().Add(s.idle))); err != nil {
		return 0, err
	}
	n, err := s.Reader.Read(b)
	if err == io.EOF {
		// net/http now reads on to notice a client that disconnects. It would take the deadline for one.
		if failed := ignoreUnsupported(s.controller.SetReadDeadline(time.Time{})); failed != nil {
			return n, failed
		}
	}
	return n, err
}

// idleTimeoutWriter writes a response and flushes each write.
type idleTimeoutWriter struct {
	idleTimeout
	http.ResponseWriter
}

// Write implements [io.Writer].
func (s idleTimeoutWriter) Write(b []byte) (int, error) {
	if err := ignoreUnsupported(s.controller.SetWriteDeadline(time.Now().Add(s.idle))); err != nil {
		return 0, err
	}
	n, err := s.ResponseWriter.Write(b)
	return n, errors.Join(err, ignoreUnsupported(s.controller.Flush()))
}

// ignoreUnsupported returns err, or nil if the connection does not support deadlines, as in tests and for HEAD.
func ignoreUnsupported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

func tooLarge(limit int64) *problem {
	return newProblem(http.StatusRequestEntityTooLarge, web.TooLarge,
		fmt.Sprintf("the body has more than %d bytes; split it", limit))
}
