package cli_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"
)

// mailServer is a mail server on loopback. While it is down, it keeps its port and closes
// connections.
type mailServer struct {
	net.Listener
	server *smtp.Server
	ended  chan struct{}

	mu    sync.Mutex
	up    bool
	login string // user:password; empty for no authentication
	calls int    // connections while it was down
	mails []string
}

func startMailServer() (*mailServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mailServer{Listener: listener, ended: make(chan struct{})}
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &conversation{server: m}, nil }))
	m.server.Domain, m.server.AllowInsecureAuth = "mail.example", true
	m.server.ErrorLog = log.New(io.Discard, "", 0)
	go func() {
		defer close(m.ended)
		_ = m.server.Serve(m) // returns an error when the listener is closed
	}()
	return m, nil
}

func (m *mailServer) stop() {
	_ = m.Close()
	<-m.ended
	_ = m.server.Close()
}

func (m *mailServer) port() string {
	return strconv.Itoa(m.Addr().(*net.TCPAddr).Port)
}

// Accept returns connections while the server is up, and closes others.
func (m *mailServer) Accept() (net.Conn, error) {
	for {
		conn, err := m.Listener.Accept()
		if err != nil {
			return nil, err
		}
		m.mu.Lock()
		up := m.up
		if !up {
			m.calls++
		}
		m.mu.Unlock()
		if up {
			return conn, nil
		}
		if err := conn.Close(); err != nil {
			return nil, err
		}
	}
}

type conversation struct {
	server *mailServer
	in     bool
}

func (c *conversation) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *conversation) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		if user+":"+password != c.server.login {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}), nil
}

func (c *conversation) Mail(string, *smtp.MailOptions) error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.server.login != "" && !c.in {
		return &smtp.SMTPError{Code: 530, Message: "log in first"}
	}
	return nil
}

func (c *conversation) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (c *conversation) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.mails = append(c.server.mails, string(text))
	return nil
}

func (c *conversation) Reset()        {}
func (c *conversation) Logout() error { return nil }

// mailserver up [USER:PASSWORD], or down.
func mailserver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 || args[0] != "up" && args[0] != "down" {
		ts.Fatalf("usage: mailserver up|down [USER:PASSWORD]")
	}
	m := of(ts).mail
	m.mu.Lock()
	defer m.mu.Unlock()
	m.up = args[0] == "up"
	m.login = ""
	if len(args) == 2 {
		m.login = args[1]
	}
}

// awaitEmails waits for emails. With COUNT 0 it waits for a connection while the server is down.
func awaitEmails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await-emails COUNT PATTERN")
	}
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	m := of(ts).mail
	err = errors.New("no mail")
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline) && err != nil; time.Sleep(5 * time.Millisecond) {
		err = m.has(count, pattern)
	}
	ts.Check(err)
}

func (m *mailServer) has(count int, pattern *regexp.Regexp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case len(m.mails) != count:
		return fmt.Errorf("%d mails arrived, want %d", len(m.mails), count)
	case count == 0 && m.calls == 0:
		return errors.New("nobody called")
	case count > 0 && !pattern.MatchString(m.mails[count-1]):
		return fmt.Errorf("the mail does not match %s: %s", pattern, m.mails[count-1])
	}
	return nil
}
