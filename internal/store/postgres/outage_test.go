package postgres

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/postgres/pgtest"
	"roster.example/roster/internal/store/sqldb"
)

// proxy forwards connections to the server, and can interrupt them.
type proxy struct {
	t       *testing.T
	target  string
	socket  string
	mu      sync.Mutex
	ends    []net.Conn
	refused bool
	silent  bool   // data is not forwarded to the server
	cutAt   string // the connection is closed after a statement with this text
	group   sync.WaitGroup
}

// startProxy starts a proxy to address and returns its own address.
func startProxy(t *testing.T, address string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	query := u.Query()
	target, network := filepath.Join(query.Get("host"), ".s.PGSQL.5432"), "unix"
	if query.Get("host") == "" {
		target, network = u.Host, "tcp"
	}
	folder, err := os.MkdirTemp("", "cable-") // a socket's path must be short
	must(t, err)
	c := &proxy{t: t, target: target, socket: filepath.Join(folder, ".s.PGSQL.5432")}
	listener, err := net.Listen("unix", c.socket)
	must(t, err)
	c.group.Go(func() { c.accept(listener, network) })
	t.Cleanup(func() {
		err := listener.Close()
		c.closeAll()
		c.group.Wait()
		must(t, err, os.RemoveAll(folder))
	})
	query.Set("host", folder)
	query.Set("sslmode", "disable")
	u.RawQuery, u.Host = query.Encode(), ""
	return c, u.String()
}

func (c *proxy) accept(listener net.Listener, network string) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		refused := c.refused
		c.mu.Unlock()
		far, err := net.Dial(network, c.target)
		if err != nil || refused {
			_ = near.Close()
			continue
		}
		c.mu.Lock()
		c.ends = append(c.ends, near, far)
		c.mu.Unlock()
		c.group.Go(func() { c.forward(near, far) })
		c.group.Go(func() { _, _ = io.Copy(near, far); _ = near.Close() })
	}
}

// forward forwards data of the client.
func (c *proxy) forward(near, far net.Conn) {
	defer func() { _ = far.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := near.Read(buffer)
		c.mu.Lock()
		deaf, cut := c.silent, c.cutAt != "" && bytes.Contains(buffer[:n], []byte(c.cutAt))
		if cut {
			c.cutAt = ""
		}
		c.mu.Unlock()
		if cut {
			_ = near.Close() // the response is lost
		}
		if !deaf && n > 0 {
			if _, err := far.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil || cut {
			return
		}
	}
}

func (c *proxy) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// closeAll closes all connections.
func (c *proxy) closeAll() {
	c.set(func() {
		for _, end := range c.ends {
			_ = end.Close()
		}
		c.ends = nil
	})
}

func TestStoreRecoversByItself(t *testing.T) {
	t.Parallel()
	c, address := startProxy(t, pgtest.Schema(t))
	s := node(t, address)
	id := mustAdd(t, s, "ada")
	readers := func(n int) {
		var group sync.WaitGroup
		for range n {
			group.Go(func() { user(t, s, id) })
		}
		group.Wait()
	}
	readers(8)
	c.set(func() { c.refused = true })
	c.closeAll()
	_, err := addUser(s, "bea")
	seen := s.Read(t.Context(), func(tx model.Reader) error { _, err := tx.User(id); return err })
	for _, err := range []error{err, seen} {
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "the database cannot be reached; try again") {
			t.Errorf("without the server: got %v", err)
		}
	}
	c.set(func() { c.refused = false })
	readers(8)
	mustAdd(t, s, "bea")
}

// Idle connections that were closed cause no error.
func TestServerRestartBetweenTwoReadsIsNoError(t *testing.T) {
	t.Parallel()
	c, address := startProxy(t, pgtest.Schema(t))
	s := node(t, address)
	id := mustAdd(t, s, "ada")
	for range 3 {
		c.closeAll()
		mustAdd(t, s, "x"+time.Now().Format("150405.000000000"))
		c.closeAll()
		user(t, s, id)
	}
}

func TestUpdateRunsAgainWhenItsConnectionIsLostBeforeTheCommit(t *testing.T) {
	t.Parallel()
	c, address := startProxy(t, pgtest.Schema(t))
	s := node(t, address)
	runs := 0
	must(t, s.Update(t.Context(), func(tx model.Writer) error {
		u := model.User{UID: "ada", Username: "ada", State: model.Active}
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		if runs++; runs == 1 {
			c.closeAll()
		}
		return record(tx, u.ID)
	}))
	if runs != 2 {
		t.Errorf("ran %d times, want twice", runs)
	}
}

// The server commits, but its response is lost. A retry could write twice.
func TestCommitWithoutResponseIsUnknown(t *testing.T) {
	t.Parallel()
	c, address := startProxy(t, pgtest.Schema(t))
	s := node(t, address)
	mustAdd(t, s, "ada")
	c.set(func() { c.cutAt = "COMMIT" })
	runs := 0
	u := model.User{UID: "bea", Username: "bea", State: model.Active}
	err := s.Update(t.Context(), func(tx model.Writer) error { runs++; return tx.AddUser(&u) })
	want := "the connection was lost during the write; check whether the change was made before you try again"
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), want) || runs != 1 {
		t.Errorf("got %v after %d runs, want %s", err, runs, want)
	}
	for deadline := time.Now().Add(deadline); ; time.Sleep(10 * time.Millisecond) {
		err := s.Read(t.Context(), func(tx model.Reader) error { _, err := tx.User(u.ID); return err })
		if err == nil {
			break
		}
		if fault.KindOf(err) != fault.NotFound || time.Now().After(deadline) {
			t.Fatalf("the commit was sent, so it should be there soon: %v", err)
		}
	}
}

// A commit that is cancelled while it waits for a standby becomes visible without the standby,
// and is lost after a failover. So the end of the context does not cancel it.
func TestCommitIsNotCancelledWithItsContext(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	other, operator := node(t, address), otherSession(t, address)
	must(t, operator("SELECT pg_advisory_lock(hashtext(current_schema()))"),
		operator(`CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN PERFORM pg_advisory_xact_lock(hashtext(current_schema())); RETURN NULL; END $$`),
		operator(`CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON users
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION linger()`))
	s := openWithEngine(t, address, func(e *sqldb.Engine) { e.StatementTimeout = 10 * time.Second })
	u := model.User{UID: "ada", Username: "ada", State: model.Active}
	err := s.Update(t.Context(), func(tx model.Writer) error { return tx.AddUser(&u) })
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "check whether the change was made") {
		t.Fatalf("got %v, want it to say that the outcome is unknown", err)
	}
	must(t, operator("SELECT pg_advisory_unlock(hashtext(current_schema()))"))
	for deadline := time.Now().Add(deadline); ; time.Sleep(50 * time.Millisecond) {
		err := other.Read(t.Context(), func(tx model.Reader) error { _, err := tx.User(u.ID); return err })
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the commit was not carried out: %v", err)
		}
	}
}

func TestSilentServerIsAnError(t *testing.T) {
	t.Parallel()
	direct := pgtest.Schema(t)
	c, address := startProxy(t, direct)
	id := mustAdd(t, node(t, direct), "ada")
	s := openWithEngine(t, pgtest.With(t, address, "connect_timeout", "10"), func(e *sqldb.Engine) { e.StatementTimeout = 5 * time.Second })
	err := s.Update(t.Context(), func(tx model.Writer) error {
		c.set(func() { c.silent = true })
		return record(tx, id)
	})
	seen := s.Read(t.Context(), func(tx model.Reader) error { _, err := tx.User(id); return err })
	c.set(func() { c.silent = false })
	for _, err := range []error{err, seen} {
		if fault.KindOf(err) != fault.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want it to be given up", err)
		}
	}
	for deadline := time.Now().Add(deadline); ; { // a busy machine may need several attempts
		_, err := addUser(s, "bea")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the store does not come back: %v", err)
		}
	}
}

// The end of the context cancels the query on the server.
func TestCancelledReadEndsInTheServer(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	s, other := node(t, address), otherSession(t, address)
	mustAdd(t, s, "ada")
	must(t, other("BEGIN"), other("LOCK TABLE users"))
	ctx, cancel := context.WithCancel(t.Context())
	viewed := make(chan error, 1)
	go func() {
		viewed <- s.Read(ctx, func(tx model.Reader) error {
			_, err := tx.Users(model.UserFilter{}, model.Visibility{All: true})
			return err
		})
	}()
	waiting := `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass`
	eventually(t, address, "EXISTS ("+waiting+")")
	cancel()
	if err := <-viewed; fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want unavailable", err)
	}
	eventually(t, address, "NOT EXISTS ("+waiting+")")
	must(t, other("COMMIT"))
}
