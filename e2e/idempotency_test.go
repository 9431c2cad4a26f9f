//go:build !race

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"

	"roster.example/roster/internal/store/postgres/pgtest"
)

// keyedRequest is a creation with an Idempotency-Key, and its first response if there was one.
type keyedRequest struct {
	path, body, key string
	received        bool
	first           answer
}

// keyedCreations returns requests for a test that kills the server. Half of the responses contain a
// secret, which is shown once.
func keyedCreations(round int) []*keyedRequest {
	var all []*keyedRequest
	for i := range 12 {
		key := fmt.Sprintf("%d-%d", round, i)
		all = append(all,
			&keyedRequest{path: "/api/v1/users", body: fmt.Sprintf(`{"username":"user-%s"}`, key), key: "user-" + key},
			&keyedRequest{path: "/api/v1/me/tokens", body: fmt.Sprintf(`{"name":"token-%s","scopes":["read_user"]}`, key), key: "token-" + key})
	}
	return all
}

func (k *keyedRequest) send(at *node, credential string) (answer, error) {
	return at.try(http.MethodPost, k.path, k.body, "Authorization: Bearer "+credential, "Idempotency-Key: "+k.key)
}

// interrupt sends all requests concurrently, and kills the node after some responses.
func interrupt(at *node, credential string, all []*keyedRequest, responsesBefore int) {
	var sending sync.WaitGroup
	responses := make(chan struct{}, len(all))
	for _, k := range all {
		sending.Go(func() {
			if a, err := k.send(at, credential); err == nil {
				k.received, k.first = true, a
			}
			responses <- struct{}{}
		})
	}
	for range responsesBefore {
		<-responses
	}
	at.kill()
	sending.Wait()
}

// checkReplay repeats the request. The change is made once, and a response from before the kill is
// returned again.
func (k *keyedRequest) checkReplay(t *testing.T, at *node, credential string) {
	t.Helper()
	for range 2 {
		a, err := k.send(at, credential)
		if err != nil || a.Status != http.StatusCreated {
			t.Fatalf("%s: %v %d %s", k.key, err, a.Status, a.Body)
		}
		if k.received && a.Body != k.first.Body {
			t.Errorf("%s: response %s after %s", k.key, a.Body, k.first.Body)
		}
		k.received, k.first = true, a
	}
}

const killRounds = 4

func TestKeyedRequestsAreReplayedAfterAKill(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"data": t.TempDir(), "key": ""}
	n := launch(t, "", firstAdmin(settings)).waitUntilServing()
	root := (&cluster{t: t}).privateToken(n, rootName, rootPassword)
	for round := range killRounds {
		all := keyedCreations(round)
		interrupt(n, root, all, 1+round*3)
		n = launch(t, "", maps.Clone(settings)).waitUntilServing()
		for _, k := range all {
			k.checkReplay(t, n, root)
		}
	}
}

func TestKeyedRequestsAreReplayedByAnotherNodeAfterAKill(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	c := nodesOn(t, database, nil, nil)
	killed := c.one
	for round := range killRounds {
		all := keyedCreations(round)
		interrupt(killed, c.root, all, 1+round*3)
		for _, k := range all {
			k.checkReplay(t, c.two, c.root)
		}
		killed = launch(t, database, nil).waitUntilServing()
	}
}
