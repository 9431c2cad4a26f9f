package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxSilence is the longest time without data on a stream. The server sends a comment every 15 seconds, so a connection
// without data for this long is dead.
const maxSilence = time.Minute

// maxLine limits the lines of a stream.
const maxLine = 1 << 20

// StreamQuery selects the events of a stream.
type StreamQuery struct {
	// After is the id of the event after which the stream begins. With nil it begins with new events.
	After  *int64
	UserID int64  // events about this user
	Verb   string // this verb; with a dot at the end, all verbs with this prefix
}

// Stream returns events without end: first stored events, then new ones as they happen. It reconnects after lost
// connections and while the server is unavailable, and continues after the last event, so that no event is missing or
// repeated. It ends with an error that retrying does not fix, such as an invalid credential, or with the error of ctx. To
// continue later, store the ID of the last event.
func (s Events) Stream(ctx context.Context, q StreamQuery) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		f, err := s.newStream(ctx, q)
		for err == nil {
			err = f.connect(ctx, yield)
		}
		if !errors.Is(err, errStopped) {
			yield(Event{}, err)
		}
	}
}

// errStopped means that the caller left the loop.
var errStopped = errors.New("enough")

// eventStream is the state of a stream across connections.
type eventStream struct {
	c        *Client
	query    url.Values
	last     int64
	failures int // failed attempts since the last received line
}

// newStream determines the start before the first connection, because a connection that fails before the first event would
// leave it unknown.
func (s Events) newStream(ctx context.Context, q StreamQuery) (*eventStream, error) {
	f := &eventStream{c: s.c, query: url.Values(values{}.text("verb", q.Verb).number("user_id", q.UserID))}
	if q.After != nil {
		f.last = *q.After
		return f, nil
	}
	head, err := s.GetHead(ctx)
	f.last = head.ID
	return f, err
}

// connect reads one connection to its end, and waits until the next attempt. An error ends the stream.
func (f *eventStream) connect(ctx context.Context, yield func(Event, error) bool) error {
	err := f.read(ctx, yield)
	if errors.Is(err, errStopped) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	apiErr, refused := errors.AsType[*Error](err)
	passes := refused && (errors.Is(apiErr, ErrLimited) || errors.Is(apiErr, ErrServer))
	if _, broke := errors.AsType[*connectionError](err); !broke && !passes {
		return err
	}
	f.failures++
	wait := f.c.backoff(f.failures)
	if refused {
		wait = max(wait, apiErr.RetryAfter)
	}
	return sleep(ctx, wait)
}

func (f *eventStream) read(ctx context.Context, yield func(Event, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(maxSilence, cancel)
	defer quiet.Stop()
	f.query.Set("after", strconv.FormatInt(f.last, 10))
	req := request{method: http.MethodGet, path: "/events/stream", query: f.query, lastEventID: strconv.FormatInt(f.last, 10)}
	resp, err := f.c.send(ctx, req, nil, "")
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // the stream has no end
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxLine)
	var m message
	for lines.Scan() {
		quiet.Reset(maxSilence)
		f.failures = 0
		if !m.add(lines.Text()) {
			continue
		}
		if err := f.deliver(m, yield); err != nil {
			return err
		}
		m = message{}
	}
	if err := lines.Err(); err != nil {
		return asConnectionError(req, err)
	}
	return asConnectionError(req, io.EOF)
}

// deliver passes one message to yield.
func (f *eventStream) deliver(m message, yield func(Event, error) bool) error {
	switch m.event {
	case "": // a comment
		return nil
	case "error":
		var p problem
		if err := json.Unmarshal([]byte(m.data), &p); err != nil {
			return fmt.Errorf("decode an error of the event stream: %w", err)
		}
		return p.err()
	}
	var e Event
	if err := json.Unmarshal([]byte(m.data), &e); err != nil {
		return fmt.Errorf("decode an event of the stream: %w", err)
	}
	if e.ID <= f.last {
		return nil // already delivered
	}
	f.last = e.ID
	if !yield(e, nil) {
		return errStopped
	}
	return nil
}

// message is a message of Server-Sent Events (HTML standard, section 9.2).
type message struct{ event, data string }

// add adds a line, and reports whether the message is complete.
func (m *message) add(line string) bool {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "event":
		m.event = value
	case "data":
		if m.data != "" {
			m.data += "\n"
		}
		m.data += value
	}
	return line == ""
}
