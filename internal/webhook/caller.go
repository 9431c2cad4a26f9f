package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"roster.example/roster/internal/directory"
)

const (
	callLimit   = 15 * time.Second
	answerLimit = 64 << 10 // bytes that are read of an answer
)

// caller sends messages over HTTP, to addresses that are allowed alone.
type caller struct{ plain, encrypted *http.Client }

func newCaller(mayCall func(to netip.Addr, plain bool) bool) caller {
	return caller{plain: client(mayCall, true), encrypted: client(mayCall, false)}
}

// client asks about each address just before it connects to it, so that a name which
// resolves to something else the second time is of no use. It goes through no proxy
// and follows no redirect, for who would then look at the address?
func client(mayCall func(to netip.Addr, plain bool) bool, plain bool) *http.Client {
	dialer := &net.Dialer{Timeout: callLimit, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !mayCall(to.Addr(), plain) {
			return errForbidden
		}
		return nil
	}}
	return &http.Client{
		Timeout: callLimit,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: callLimit, ForceAttemptHTTP2: true,
			MaxIdleConns: 100, MaxIdleConnsPerHost: parallel, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: answerLimit,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// close ends the connections that are kept for the next message.
func (c caller) close() {
	c.plain.CloseIdleConnections()
	c.encrypted.CloseIdleConnections()
}

var errForbidden = errors.New("its address is not public; an operator can allow it with webhooks.allow_private")

// call sends one message and gives the status of the answer; 0 where there is none.
func (c caller) call(ctx context.Context, b directory.WebhookBatch, d directory.QueuedDelivery, now time.Time) (int, error) {
	r, err := request(ctx, b, d, now)
	if err != nil {
		return 0, err
	}
	by := c.encrypted
	if r.URL.Scheme != "https" {
		by = c.plain
	}
	answer, err := by.Do(r)
	if err != nil {
		return 0, reason(err)
	}
	// What it says is of no use to us, but a connection whose answer was read to
	// its end can be used again.
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, answerLimit))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return answer.StatusCode, reason(err)
	}
	return answer.StatusCode, nil
}

func request(ctx context.Context, b directory.WebhookBatch, d directory.QueuedDelivery, now time.Time) (*http.Request, error) {
	text, err := body(d.Event)
	if err != nil {
		return nil, err
	}
	id := messageID(d)
	signature, err := sign(b.Secrets, id, now, text)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.URL, bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("the address of the webhook cannot be read; change it")
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "Roster-Webhooks/1",
		"webhook-id": id, "webhook-timestamp": strconv.FormatInt(now.Unix(), 10), "webhook-signature": signature,
	} {
		r.Header.Set(name, value)
	}
	return r, nil
}

// reason leaves out the address of the webhook: what comes after its path may be a
// secret of its own.
func reason(err error) error {
	if urlError, ok := errors.AsType[*url.Error](err); ok {
		if urlError.Timeout() {
			return fmt.Errorf("it did not answer within %s", callLimit)
		}
		return urlError.Err
	}
	return err
}
