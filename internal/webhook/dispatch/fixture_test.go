package dispatch_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	published "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
	"roster.example/roster/internal/webhook/dispatch"
)

// fixture is a directory with a webhook worker and a clock.
type fixture struct {
	*directory.Directory
	*dispatch.Worker
	t     *testing.T
	clock *clock
}

// clock runs ahead of the real clock, which the receivers use.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) turn(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += by
}

func operator() model.Actor { return model.Operator() }

// loopback allows the addresses of the receivers in these tests.
func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

func newFixture(t *testing.T, allowed []netip.Prefix, with ...func(*directory.Options, *dispatch.Options)) *fixture {
	t.Helper()
	h := &fixture{t: t, clock: &clock{}}
	options := directory.Options{Now: h.clock.Now, WebhookPrivate: allowed, WebhookQueued: func() { h.Wake() }}
	working := dispatch.Options{Interval: time.Hour}
	for _, set := range with {
		set(&options, &working)
	}
	h.Directory = directorytest.New(t, func(o *directory.Options) { *o = options }).Directory
	h.Worker = dispatch.NewWorker(webhook.NewQueue(h.Directory.Registry), slog.New(slog.DiscardHandler), working)
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *fixture) addWebhook(url string, verbs ...model.Verb) (model.Webhook, secret.Text) {
	h.t.Helper()
	made, shown, err := h.CreateWebhook(h.t.Context(), operator(), webhook.NewWebhook{URL: url, Verbs: verbs})
	must(h.t, err)
	return made, shown
}

// addOrganization records an event that is about no user.
func (h *fixture) addOrganization(name string) {
	h.t.Helper()
	_, err := h.CreateOrganization(h.t.Context(), operator(), name)
	must(h.t, err)
}

// addUser records an event about a user.
func (h *fixture) addUser(name string) model.User {
	h.t.Helper()
	u, err := h.CreateUser(h.t.Context(), operator(), directory.NewUser{Username: name, Email: name + "@example.org", Limits: model.DefaultLimits()})
	must(h.t, err)
	return u
}

// changeUser records another event about the user.
func (h *fixture) changeUser(u model.User, bio string) {
	h.t.Helper()
	_, err := h.ChangeUser(h.t.Context(), operator(), u.ID, directory.UserChange{Bio: &bio})
	must(h.t, err)
}

func (h *fixture) drain() {
	h.t.Helper()
	must(h.t, h.Drain(h.t.Context()))
}

func (h *fixture) deliveries(filter model.DeliveryFilter) []model.Delivery {
	h.t.Helper()
	all, err := h.Deliveries(h.t.Context(), operator(), filter)
	must(h.t, err)
	return all
}

// only returns the only delivery.
func (h *fixture) only() model.Delivery {
	h.t.Helper()
	all := h.deliveries(model.DeliveryFilter{})
	if len(all) != 1 {
		h.t.Fatalf("there are %d deliveries, want 1: %+v", len(all), all)
	}
	return all[0]
}

// A receiver is a real HTTP server on loopback that verifies what it gets with the
// published library.
type receiver struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	secret secret.Text
	answer func(message) int // nil answers 204
	got    []message
}

// message is what came, and how often before.
type message struct {
	id      string
	header  http.Header
	body    []byte
	payload payload
	times   int
}

type payload struct {
	Type      model.Verb
	Timestamp time.Time
	Data      map[string]any
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements [http.Handler].
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		r.t.Error(err)
	}
	m := message{id: request.Header.Get("webhook-id"), header: request.Header, body: body}
	if err := json.Unmarshal(body, &m.payload); err != nil {
		r.t.Errorf("%s: %v", body, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, before := range r.got {
		if before.id == m.id {
			m.times++
		}
	}
	r.got = append(r.got, m)
	if err := r.verify(m); err != nil {
		r.t.Errorf("%s: %v", body, err)
	}
	status := http.StatusNoContent
	if r.answer != nil {
		status = r.answer(m)
	}
	w.WriteHeader(status)
}

// verify is what a receiver does that knows nothing of Roster.
func (r *receiver) verify(m message) error {
	if r.secret == "" {
		return nil
	}
	by, err := published.NewWebhook(r.secret.Reveal())
	if err != nil {
		return err
	}
	return by.Verify(m.body, m.header)
}

func (r *receiver) knows(shown secret.Text) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = shown
}

func (r *receiver) answers(with func(message) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = with
}

func (r *receiver) messages() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]message{}, r.got...)
}

// port is where it listens.
func (r *receiver) port() string { return r.URL[strings.LastIndexByte(r.URL, ':')+1:] }

func status(code int) func(message) int { return func(message) int { return code } }

func (r *receiver) wants(n int) []message {
	r.t.Helper()
	got := r.messages()
	if len(got) != n {
		r.t.Fatalf("%d messages came, want %d", len(got), n)
	}
	return got
}

func text(v any) string { return fmt.Sprint(v) }
