package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"roster.example/roster/internal/admission"
)

const (
	// streamBuffer is the number of bytes that are collected before they are sent. A response below
	// that has a Content-Length.
	streamBuffer = 64 << 10
	// streamIdle is the time that the client has to read that many bytes.
	streamIdle = 30 * time.Second
)

// Stream writes a 200 response of any length in bounded memory. The request releases the slot of
// its admission class while it writes, and acquires it again for the next rows.
//
// After the first bytes were sent, an error cannot be reported any more. Then [Stream.Finish]
// closes the connection, so that no client takes the part for the whole.
type Stream struct {
	w           http.ResponseWriter
	r           *http.Request
	contentType string
	text        JSON
	started     bool
}

// NewStream returns a stream with the Content-Type kind.
func NewStream(w http.ResponseWriter, r *http.Request, kind string) *Stream {
	return &Stream{w: w, r: Unlimited(r), contentType: kind}
}

// Context returns the context to read with. It ends with the connection and has no deadline.
func (s *Stream) Context() context.Context { return s.r.Context() }

// Add calls add with the unsent text, which add extends. The unsent text always has the last byte
// written before, so that add can tell whether a comma is needed.
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

// Finish ends the response. err is the error of producing it. Finish returns err if nothing was
// sent yet, so that the API can write it.
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

// AddRows appends a JSON value for each item to the list that the text is in.
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
