package cache_test

import (
	"context"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/cache"
	"roster.example/roster/internal/store/postgres"
	"roster.example/roster/internal/store/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// node opens the database at address as one node of several, with its feed at
// another address if that is given.
func node(t *testing.T, address, feed string) fixture {
	t.Helper()
	below, err := postgres.Open(t.Context(), address, postgres.Options{Readers: 4, Feed: feed})
	if err != nil {
		t.Fatal(err)
	}
	s := cache.New(below, cache.Options{Memory: testMemory, Feed: below})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return fixture{T: t, Store: s}
}

func TestSharedStoreFulfilsTheStoreContract(t *testing.T) {
	t.Parallel()
	h := node(t, pgtest.Schema(t), "")
	h.until("it trusts its cache", h.Trusted)
	id := h.addUser(1)
	if h.cachedUser(id).Username != "user1" {
		t.Error("the person who was added is somebody else")
	}
}

// testTimeout is the deadline for anything that takes less than a second on an idle machine.
const testTimeout = 5 * time.Minute

// until waits for something that must come.
func (h fixture) until(what string, ok func() bool) {
	h.Helper()
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	h.Fatalf("it never came about that %s", what)
}

func (h fixture) block(id model.UserID, state model.State) {
	h.Helper()
	h.update(func(tx model.Writer) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		u.State = state
		return tx.ChangeUser(u)
	})
}

func TestNodesSeeChangesOfOtherNodes(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	one, two := node(t, address, ""), node(t, address, "")
	one.until("it trusts its cache", one.Trusted)
	two.until("it trusts its cache", two.Trusted)
	id := one.addUser(1)
	all := model.UserFilter{State: model.Blocked}
	two.until("the list is in memory", func() bool { return two.Listed(all, model.Visibility{All: true}) })
	for range 10 {
		for _, state := range []model.State{model.Blocked, model.Active} {
			two.cachedUser(id)
			one.block(id, state)
			two.until("the other sees it", func() bool { return two.cachedUser(id).State == state })
			two.until("the other lists it", func() bool {
				listed := two.list(two.ReadCached, all, model.Visibility{All: true}).Total == 1
				return listed == (state == model.Blocked)
			})
		}
	}
}

// A feed can stop silently; then only missing messages reveal it.
func TestNodeWhoseFeedStopsReadsFromTheDatabase(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	proxy := newFeedProxy(t, address)
	one, two := node(t, address, ""), node(t, address, proxy.address)
	two.until("it trusts its cache", two.Trusted)
	id := one.addUser(1)
	two.until("it caches the user", func() bool { two.cachedUser(id); return two.Trusted() })
	proxy.cut.Store(true)
	one.block(id, model.Blocked)
	two.until("it sees the change anyway", func() bool { return two.cachedUser(id).State == model.Blocked })
	one.block(id, model.Active)
	if two.cachedUser(id).State != model.Active {
		t.Error("it did not read from the database without the feed")
	}
	proxy.cut.Store(false)
	two.until("it trusts its cache again", two.Trusted)
	one.block(id, model.Blocked)
	two.until("it receives messages again", func() bool { return two.cachedUser(id).State == model.Blocked })
}

// A working feed can belong to another database, for instance a copy.
func TestNodeDoesNotTrustAFeedOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	one, two := node(t, address, ""), node(t, address, pgtest.Database(t))
	one.until("it trusts its cache", one.Trusted)
	id := one.addUser(1)
	for _, state := range []model.State{model.Blocked, model.Active, model.Blocked} {
		two.cachedUser(id)
		one.block(id, state)
		if got := two.cachedUser(id).State; got != state {
			t.Errorf("the other node sees %s, want %s", got, state)
		}
	}
	if two.Trusted() {
		t.Error("it trusts its memory, and cannot hear of any change")
	}
}

// feedProxy forwards a connection to the database, and can drop its data without an error.
type feedProxy struct {
	net.Listener
	address string
	cut     atomic.Bool
	work    sync.WaitGroup
}

func newFeedProxy(t *testing.T, address string) *feedProxy {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l := &feedProxy{}
	if l.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	network, server := pgconn.NetworkAddress(config.Host, config.Port)
	to.Host = l.Addr().String()
	query := to.Query()
	query.Del("host")
	to.RawQuery = query.Encode()
	l.address = to.String()
	ctx, cancel := context.WithCancel(context.Background())
	l.work.Go(func() { l.serve(ctx, network, server) })
	t.Cleanup(func() {
		cancel()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		l.work.Wait()
	})
	return l
}

func (l *feedProxy) serve(ctx context.Context, network, server string) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		back, err := net.Dial(network, server)
		if err != nil {
			_ = client.Close()
			continue
		}
		context.AfterFunc(ctx, func() { _, _ = client.Close(), back.Close() })
		l.work.Go(func() { l.forward(client, back) })
		l.work.Go(func() { l.forward(back, client) })
	}
}

// forward drops the data while cut is set.
func (l *feedProxy) forward(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if l.cut.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
