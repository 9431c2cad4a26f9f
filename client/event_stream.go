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

// silence is how long a stream may stay silent. The server says every 15 seconds
// that it is still there; beyond, the connection is dead although nobody said so.
const maxSilence = time.Minute

// longestLine is the longest line of a stream that is read.
const maxLine = 1 << 20

// FollowQuery chooses which events to follow.
type StreamQuery struct {
	// After is the id of the last event that is known: Follow begins behind it. nil
	// begins with what comes.
	After  *int64
	UserID int64  // only about this person
	Verb   string // only this verb, or those that begin with it if it ends with a dot
}

// Follow gives events as they come, without end: what is there after a place, and
// then what happens. A broken connection is opened anew where it was, so that no
// event is missing and none comes twice; Follow waits for a server that is away.
// It ends with an error that does not pass, such as a credential that is good no
// more, or with that of ctx. To go on another time, keep the ID of the last event.
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

// errEnough means that whoever follows has seen enough.
var errStopped = errors.New("enough")

// follower is where somebody is in the events.
type eventStream struct {
	c        *Client
	query    url.Values
	last     int64
	failures int // attempts since something was heard
}

// following settles the place before the first connection: one that breaks before
// the first event would else not know where to go on.
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

// stream reads one connection to its end, and waits until another may be opened.
// Its error ends everything.
func (f *eventStream) connect(ctx context.Context, yield func(Event, error) bool) error {
	err := f.read(ctx, yield)
	if errors.Is(err, errStopped) {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	said, refused := errors.AsType[*Error](err)
	passes := refused && (errors.Is(said, ErrLimited) || errors.Is(said, ErrServer))
	if _, broke := errors.AsType[*connectionError](err); !broke && !passes {
		return err
	}
	f.failures++
	wait := f.c.backoff(f.failures)
	if refused {
		wait = max(wait, said.RetryAfter)
	}
	return sleep(ctx, wait)
}

func (f *eventStream) read(ctx context.Context, yield func(Event, error) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(maxSilence, cancel)
	defer quiet.Stop()
	f.query.Set("after", strconv.FormatInt(f.last, 10))
	k := request{method: http.MethodGet, path: "/events/stream", query: f.query, lastEventID: strconv.FormatInt(f.last, 10)}
	answer, err := f.c.send(ctx, k, nil, "")
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // it has no end that could be read to
	lines := bufio.NewScanner(answer.Body)
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
		return asConnectionError(k, err)
	}
	return asConnectionError(k, io.EOF)
}

// tell passes on one message.
func (f *eventStream) deliver(m message, yield func(Event, error) bool) error {
	switch m.event {
	case "": // a comment alone
		return nil
	case "error":
		var p problem
		if err := json.Unmarshal([]byte(m.data), &p); err != nil {
			return fmt.Errorf("read an error in the stream of events: %w", err)
		}
		return p.err()
	}
	var e Event
	if err := json.Unmarshal([]byte(m.data), &e); err != nil {
		return fmt.Errorf("read an event of the stream: %w", err)
	}
	if e.ID <= f.last {
		return nil // told before
	}
	f.last = e.ID
	if !yield(e, nil) {
		return errStopped
	}
	return nil
}

// message is one of Server-Sent Events (HTML standard, section 9.2).
type message struct{ event, data string }

// add takes a line, and reports whether the message is whole.
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
