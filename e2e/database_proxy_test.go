package e2e

import (
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// databaseProxy forwards connections to a database, and can interrupt them.
type databaseProxy struct {
	net.Listener
	address         string // URL of the database through the proxy
	network, server string // address of the database server
	work            sync.WaitGroup

	mu    sync.Mutex
	state proxyState
	conns map[net.Conn]bool
}

type proxyState int

const (
	open   proxyState = iota
	silent            // data is dropped without an error
	closed            // all connections are closed
)

func newDatabaseProxy(t testing.TB, address string) *databaseProxy {
	t.Helper()
	l := &databaseProxy{conns: map[net.Conn]bool{}}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	l.network, l.server = pgconn.NetworkAddress(config.Host, config.Port)
	if l.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := target.Query()
	query.Del("host")
	target.Host, target.RawQuery = l.Addr().String(), query.Encode()
	l.address = target.String()
	l.work.Go(l.serve)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		l.setState(closed)
		l.work.Wait()
	})
	return l
}

// setState opens or interrupts the proxy.
func (l *databaseProxy) setState(target proxyState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = target
	if target == closed {
		for conn := range l.conns {
			_ = conn.Close() // the other direction closes it too
		}
		clear(l.conns)
	}
}

func (l *databaseProxy) currentState() proxyState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

func (l *databaseProxy) serve() {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		upstream, err := net.Dial(l.network, l.server)
		if err != nil || !l.connect(client, upstream) {
			_ = client.Close()
			continue
		}
		l.work.Go(func() { l.forward(client, upstream) })
		l.work.Go(func() { l.forward(upstream, client) })
	}
}

func (l *databaseProxy) connect(client, upstream net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == closed {
		_ = upstream.Close()
		return false
	}
	l.conns[client], l.conns[upstream] = true, true
	return true
}

func (l *databaseProxy) forward(from, target net.Conn) {
	defer func() { _, _ = from.Close(), target.Close() }()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if l.currentState() == silent {
			continue
		}
		if _, err := target.Write(buffer[:n]); err != nil {
			return
		}
	}
}
