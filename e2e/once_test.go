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

// keyed is a creation with an Idempotency-Key, and its first answer if one came.
type keyed struct {
	path, body, key string
	answered        bool
	first           answer
}

// killedCreations are creations that a kill of the server interrupts: half of them show
// a secret once.
func killedCreations(round int) []*keyed {
	var all []*keyed
	for i := range 12 {
		key := fmt.Sprintf("%d-%d", round, i)
		all = append(all,
			&keyed{path: "/api/v1/users", body: fmt.Sprintf(`{"username":"user-%s"}`, key), key: "user-" + key},
			&keyed{path: "/api/v1/me/tokens", body: fmt.Sprintf(`{"name":"token-%s","scopes":["read_user"]}`, key), key: "token-" + key})
	}
	return all
}

func (k *keyed) send(at *node, credential string) (answer, error) {
	return at.try(http.MethodPost, k.path, k.body, "Authorization: Bearer "+credential, "Idempotency-Key: "+k.key)
}

// interrupt sends all at once and kills the node when the first answers are there.
func interrupt(at *node, credential string, all []*keyed, answersBefore int) {
	var sending sync.WaitGroup
	answers := make(chan struct{}, len(all))
	for _, k := range all {
		sending.Go(func() {
			if a, err := k.send(at, credential); err == nil {
				k.answered, k.first = true, a
			}
			answers <- struct{}{}
		})
	}
	for range answersBefore {
		<-answers
	}
	at.kill()
	sending.Wait()
}

// answeredAgain sends each once more: the change is made once, and what was answered
// before the kill is answered again.
func (k *keyed) answeredAgain(t *testing.T, at *node, credential string) {
	t.Helper()
	for range 2 {
		a, err := k.send(at, credential)
		if err != nil || a.Status != http.StatusCreated {
			t.Fatalf("%s: %v %d %s", k.key, err, a.Status, a.Body)
		}
		if k.answered && a.Body != k.first.Body {
			t.Errorf("%s: answered %s after %s", k.key, a.Body, k.first.Body)
		}
		k.answered, k.first = true, a
	}
}

const killRounds = 4

func TestKeyedRequestsAreReplayedAfterAKill(t *testing.T) {
	t.Parallel()
	settings := map[string]string{"data": t.TempDir(), "key": ""}
	n := launch(t, "", firstAdmin(settings)).serving()
	root := (&cluster{t: t}).privateToken(n, rootName, rootPassword)
	for round := range killRounds {
		all := killedCreations(round)
		interrupt(n, root, all, 1+round*3)
		n = launch(t, "", maps.Clone(settings)).serving()
		for _, k := range all {
			k.answeredAgain(t, n, root)
		}
	}
}

func TestKeyedRequestsAreReplayedByAnotherNodeAfterAKill(t *testing.T) {
	t.Parallel()
	database := pgtest.Schema(t)
	c := nodesOn(t, database, nil, nil)
	killed := c.one
	for round := range killRounds {
		all := killedCreations(round)
		interrupt(killed, c.root, all, 1+round*3)
		for _, k := range all {
			k.answeredAgain(t, c.two, c.root)
		}
		killed = launch(t, database, nil).serving()
	}
}
