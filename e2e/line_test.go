package e2e

import (
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A line is a way to the database that can be cut.
type line struct {
	net.Listener
	address         string // of the database, by this way
	network, server string // where it leads
	work            sync.WaitGroup

	mu     sync.Mutex
	state  lineState
	joined map[net.Conn]bool
}

type lineState int

const (
	open   lineState = iota
	silent           // data is dropped without an error
	closed           // every connection is ended
)

func newLine(t testing.TB, address string) *line {
	t.Helper()
	l := &line{joined: map[net.Conn]bool{}}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	l.network, l.server = pgconn.NetworkAddress(config.Host, config.Port)
	if l.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := to.Query()
	query.Del("host")
	to.Host, to.RawQuery = l.Addr().String(), query.Encode()
	l.address = to.String()
	l.work.Go(l.serve)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		l.turn(closed)
		l.work.Wait()
	})
	return l
}

// turn opens or cuts the line.
func (l *line) turn(to lineState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = to
	if to == closed {
		for conn := range l.joined {
			_ = conn.Close() // the other direction closes it too
		}
		clear(l.joined)
	}
}

func (l *line) now() lineState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

func (l *line) serve() {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		back, err := net.Dial(l.network, l.server)
		if err != nil || !l.join(client, back) {
			_ = client.Close()
			continue
		}
		l.work.Go(func() { l.carry(client, back) })
		l.work.Go(func() { l.carry(back, client) })
	}
}

func (l *line) join(client, back net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == closed {
		_ = back.Close()
		return false
	}
	l.joined[client], l.joined[back] = true, true
	return true
}

func (l *line) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if l.now() == silent {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
