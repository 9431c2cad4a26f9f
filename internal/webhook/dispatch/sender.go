package dispatch

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

	"roster.example/roster/internal/webhook"
)

const (
	sendTimeout = 15 * time.Second
	maxResponse = 64 << 10 // bytes that are read of a response
)

// sender sends messages over HTTP, to permitted addresses only.
type sender struct{ plain, encrypted *http.Client }

func newSender(mayCall func(to netip.Addr, plain bool) bool) sender {
	return sender{plain: client(mayCall, true), encrypted: client(mayCall, false)}
}

// client returns a client that checks each address just before it connects, so that DNS
// rebinding has no effect. It uses no proxy and follows no redirect, because their targets
// would not be checked.
func client(mayCall func(to netip.Addr, plain bool) bool, plain bool) *http.Client {
	dialer := &net.Dialer{Timeout: sendTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !mayCall(to.Addr(), plain) {
			return errForbidden
		}
		return nil
	}}
	return &http.Client{
		Timeout: sendTimeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: sendTimeout, ForceAttemptHTTP2: true,
			MaxIdleConns: 100, MaxIdleConnsPerHost: parallel, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: maxResponse,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// close closes idle connections.
func (c sender) close() {
	c.plain.CloseIdleConnections()
	c.encrypted.CloseIdleConnections()
}

var errForbidden = errors.New("its address is not public; an operator can allow it with webhooks.allow_private")

// send sends one message and returns the status of the response, or 0 without one.
func (c sender) send(ctx context.Context, b webhook.Batch, d webhook.QueuedDelivery, now time.Time) (int, error) {
	r, err := request(ctx, b, d, now)
	if err != nil {
		return 0, err
	}
	client := c.encrypted
	if r.URL.Scheme != "https" {
		client = c.plain
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, reason(err)
	}
	// A connection can only be used again after its response was read.
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxResponse))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return response.StatusCode, reason(err)
	}
	return response.StatusCode, nil
}

func request(ctx context.Context, b webhook.Batch, d webhook.QueuedDelivery, now time.Time) (*http.Request, error) {
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
		return nil, errors.New("the URL of the webhook is invalid; change it")
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "Roster-Webhooks/1",
		"webhook-id": id, "webhook-timestamp": strconv.FormatInt(now.Unix(), 10), "webhook-signature": signature,
	} {
		r.Header.Set(name, value)
	}
	return r, nil
}

// reason removes the URL of the webhook from err, because it may contain a secret.
func reason(err error) error {
	if urlError, ok := errors.AsType[*url.Error](err); ok {
		if urlError.Timeout() {
			return fmt.Errorf("no response within %s", sendTimeout)
		}
		return urlError.Err
	}
	return err
}
