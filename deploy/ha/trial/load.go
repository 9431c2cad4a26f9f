package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// A write is one attempt to create a user.
type write struct {
	node     string
	username string
	asked    time.Time
	answered time.Time
	status   int    // 0 without a response
	request  string // the request id in the log of the node
}

// A read is one request for the authenticated user.
type read struct {
	node     string
	answered time.Time
	good     bool
}

// ledger records the responses to all clients.
type ledger struct {
	mu     sync.Mutex
	writes []write
	reads  []read
}

func (l *ledger) wrote(w write) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, w)
}

func (l *ledger) saw(r read) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads = append(l.reads, r)
}

// acknowledgedSince reports whether each node has acknowledged a write that was sent
// after a moment.
func (l *ledger) acknowledgedSince(moment time.Time, nodes []*node) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	good := map[string]bool{}
	for i := len(l.writes) - 1; i >= 0 && l.writes[i].answered.After(moment); i-- {
		if w := l.writes[i]; w.status == http.StatusCreated && w.asked.After(moment) {
			good[w.node] = true
		}
	}
	return len(good) == len(nodes)
}

// Several clients write to each node. They pause between two writes, because
// three machines run on one.
const (
	writersOfNode = 4
	writerPause   = 20 * time.Millisecond
	readerPause   = 20 * time.Millisecond
	// answerLimit is longer than the time limits of Roster.
	answerLimit = time.Minute
)

// load writes to and reads from all nodes until ctx ends.
func (t *trial) load(ctx context.Context, group *sync.WaitGroup) {
	for _, n := range t.nodes {
		for w := range writersOfNode {
			group.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					t.ledger.wrote(n.create(fmt.Sprintf("p-%s-%d-%d", n.name(), w, i)))
					time.Sleep(writerPause)
				}
			})
		}
		group.Go(func() {
			for ctx.Err() == nil {
				good := t.reach(context.WithoutCancel(ctx), n.url+"/api/v3/user", n.token) == http.StatusOK
				t.ledger.saw(read{n.name(), time.Now(), good})
				time.Sleep(readerPause)
			}
		})
	}
}

// create sends one request to create a user. It does not retry, because the result of a request
// without a response is unknown.
func (n *node) create(username string) write {
	w := write{node: n.name(), username: username, asked: time.Now()}
	form := url.Values{
		"username": {username}, "name": {username}, "email": {username + "@example.org"}, "password": {n.trial.secrets["ADMIN"]},
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url+"/api/v3/users", strings.NewReader(form.Encode()))
	if err != nil {
		return w
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("PRIVATE-TOKEN", n.token)
	if answer, err := n.trial.client.Do(request); err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		if err == nil {
			w.status, w.request = answer.StatusCode, answer.Header.Get("X-Request-Id")
		}
	}
	w.answered = time.Now()
	return w
}
