package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"roster.example/roster/internal/admission"
)

const (
	// streamBuffer is how many bytes of a stream are gathered before they are sent.
	// An answer that ends before that has a Content-Length, as any other answer.
	streamBuffer = 64 << 10
	// streamIdle is how long the client may take for that many bytes.
	streamIdle = 30 * time.Second
)

// A Stream answers 200 with text of any length in bounded memory. The request gives back
// the slot of its class while it writes, and takes it again for the next rows.
//
// Once the first bytes were sent, an error cannot be answered any more. Then
// [Stream.Finish] cuts the connection, so that no client takes the part for the
// whole.
type Stream struct {
	w           http.ResponseWriter
	r           *http.Request
	contentType string
	text        JSON
	started     bool
}

// NewStream returns a stream of the Content-Type kind.
func NewStream(w http.ResponseWriter, r *http.Request, kind string) *Stream {
	return &Stream{w: w, r: Unlimited(r), contentType: kind}
}

// Context is the one to read with: it ends with the connection, and not with the
// time of other requests.
func (s *Stream) Context() context.Context { return s.r.Context() }

// Add appends what add makes of the text so far. The last byte of the text before
// is always there, so that add can tell whether a comma is due.
func (s *Stream) Add(add func(JSON) JSON) error {
	s.text = add(s.text)
	if len(s.text) < streamBuffer {
		return nil
	}
	return errors.Join(s.send(len(s.text)-1), admission.In(s.Context()).Resume(s.Context()))
}

// send sends the first n bytes of the text.
func (s *Stream) send(n int) error {
	if !s.started {
		s.started = true
		SetHeaders(s.w, "Content-Type", s.contentType)
		s.w.WriteHeader(http.StatusOK)
	}
	err := http.NewResponseController(s.w).SetWriteDeadline(time.Now().Add(streamIdle))
	if err == nil || errors.Is(err, http.ErrNotSupported) {
		_, err = s.w.Write(s.text[:n])
	}
	s.text = s.text[:copy(s.text, s.text[n:])]
	return err
}

// Finish ends the answer. err is what went wrong while it was made: Finish returns
// it where nothing was sent yet, so that the API answers it.
func (s *Stream) Finish(err error) error {
	switch {
	case err != nil && !s.started:
		return err
	case err == nil && !s.started:
		WriteBody(s.w, http.StatusOK, s.contentType, s.text)
		return nil
	case err == nil:
		err = s.send(len(s.text))
	}
	if err != nil {
		SetError(s.r, err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// AddRows adds a value of JSON for each item, in the list that the text is in.
func AddRows[T any](s *Stream, items []T, row func(T) any) error {
	for _, item := range items {
		text, err := EncodeJSON(row(item), "")
		if err == nil {
			err = s.Add(func(j JSON) JSON { return append(j.comma(), text...) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}
