package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	published "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/webhook"
)

// receiver is a webhook receiver on loopback. It verifies requests with the library of
// Standard Webhooks.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	mode   string // up, down or mute
	secret string
	calls  int             // requests without a response
	taken  map[string]bool // accepted messages by id
	last   map[int64]int64 // the last event of each user
	wrong  error
}

func startReceiver() *receiver {
	r := &receiver{mode: "up", taken: map[string]bool{}, last: map[int64]int64{}}
	r.Server = httptest.NewServer(r)
	return r
}

func (r *receiver) stop() {
	r.CloseClientConnections()
	r.Close()
}

// ServeHTTP implements [http.Handler].
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	r.mu.Lock()
	mode := r.mode
	if mode != "up" {
		r.calls++
	} else {
		r.wrong = errors.Join(r.wrong, err, r.take(request.Header, body))
	}
	r.mu.Unlock()
	switch mode {
	case "mute":
		<-request.Context().Done()
	case "down":
		panic(http.ErrAbortHandler)
	}
}

func (r *receiver) take(header http.Header, body []byte) error {
	by, err := published.NewWebhook(r.secret)
	if err != nil {
		return err
	}
	if err := by.Verify(body, header); err != nil {
		return err
	}
	var message struct {
		Data struct {
			Event int64 `json:"event_id"`
			User  int64 `json:"user_id"`
		}
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return err
	}
	id := header.Get("webhook-id")
	if event, user := message.Data.Event, message.Data.User; user != 0 && !r.taken[id] {
		if event < r.last[user] {
			return fmt.Errorf("event %d of person %d came after event %d", event, user, r.last[user])
		}
		r.last[user] = event
	}
	r.taken[id] = true
	return nil
}

// makeWebhook creates a webhook in the data folder.
func makeWebhook(ts *testscript.TestScript, neg bool, args []string) {
	r := of(ts).receiver
	cfg, err := config.Load(config.Sources{Env: environ(ts)})
	ts.Check(err)
	a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	ts.Check(err)
	wanted := webhook.NewWebhook{URL: r.URL}
	for _, verb := range args {
		wanted.Verbs = append(wanted.Verbs, model.Verb(verb))
	}
	_, shown, err := a.Directory.CreateWebhook(context.Background(), model.Operator(), wanted)
	if err = errors.Join(err, a.Close()); neg != (err != nil) {
		ts.Fatalf("the webhook was made, or not: %v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = shown.Reveal()
}

// receiverSecret sets the secret to the last line of a file.
func receiverSecret(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: receiver-secret FILE")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	r := of(ts).receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = lines[len(lines)-1]
}

func receiverMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: receiver up|down|mute")
	}
	r := of(ts).receiver
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mode, r.calls = args[0], 0
}

func awaitCall(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(of(ts).receiver.await(func(r *receiver) error {
		if r.calls == 0 {
			return errors.New("nobody called")
		}
		return nil
	}))
}

func awaitDeliveries(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await-deliveries COUNT")
	}
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(of(ts).receiver.await(func(r *receiver) error {
		if len(r.taken) != count {
			return fmt.Errorf("%d messages were taken, want %d", len(r.taken), count)
		}
		return nil
	}))
}

func (r *receiver) await(is func(*receiver) error) error {
	err := errors.New("nothing came")
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline) && err != nil; time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		err = is(r)
		wrong := r.wrong
		r.mu.Unlock()
		if wrong != nil {
			return wrong
		}
	}
	return err
}
