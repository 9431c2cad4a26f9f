package e2e

import (
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"roster.example/roster/internal/store/postgres/pgtest"
)

// mailServer is an SMTP server that records the Message-IDs of emails.
type mailServer struct {
	port string

	mu       sync.Mutex
	messages map[string][]string // Message-IDs, by recipient
	hold     chan struct{}       // emails get no response until it is closed; nil means at once
}

func startMailServer(t testing.TB) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &mailServer{port: strconv.Itoa(l.Addr().(*net.TCPAddr).Port), messages: map[string][]string{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &smtpSession{server: p}, nil }))
	server.Domain, server.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // returns an error when the listener is closed
	}()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return p
}

// settings returns settings of a node that sends emails to this server.
func (p *mailServer) settings(more map[string]string) map[string]string {
	all := map[string]string{"mail.host": "127.0.0.1", "mail.port": p.port, "mail.from": "roster@roster.example", "mail.tls": "none"}
	maps.Copy(all, more)
	return all
}

// ids returns the Message-IDs of the emails to an address.
func (p *mailServer) ids(to string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.messages[to])
}

func (p *mailServer) count() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ids := range p.messages {
		n += len(ids)
	}
	return n
}

type smtpSession struct {
	server *mailServer
	to     string
}

func (c *smtpSession) Mail(string, *smtp.MailOptions) error { return nil }

func (c *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return nil
}

var messageID = regexp.MustCompile(`(?m)^Message-ID: (\S+)`)

func (c *smtpSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.server.mu.Lock()
	c.server.messages[c.to] = append(c.server.messages[c.to], string(messageID.FindSubmatch(text)[1]))
	hold := c.server.hold
	c.server.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return nil
}

func (c *smtpSession) Reset()        {}
func (c *smtpSession) Logout() error { return nil }

// invite sends an invitation through a node.
func (c *cluster) invite(at *node, to string) {
	c.t.Helper()
	c.read(at.ask(http.MethodPost, "/pm415/api/org/1/invitelink", fmt.Sprintf(`{"email":%q}`, to), bearer(c.root)), http.StatusOK, nil)
}

func TestEmailIsSentOnceBySeveralNodes(t *testing.T) {
	t.Parallel()
	const emails = 40
	p := startMailServer(t)
	database := pgtest.Schema(t)
	c := nodesOn(t, database, p.settings(nil), p.settings(nil))
	nodes := []*node{c.one, c.two, launch(t, database, p.settings(nil)).waitUntilServing()}
	var writing sync.WaitGroup
	for i, at := range nodes {
		writing.Go(func() {
			for n := i; n < emails; n += len(nodes) {
				if a, err := at.try(http.MethodPost, "/pm415/api/org/1/invitelink", path(`{"email":"guest%d@x.example"}`, n), bearer(c.root)); err != nil || a.Status != http.StatusOK {
					t.Errorf("email %d: %v %d %s", n, err, a.Status, a.Body)
				}
			}
		})
	}
	writing.Wait()
	c.one.waitFor("all emails have arrived", func() bool { return p.count() >= emails })
	c.one.waitFor("each is logged as sent", func() bool {
		sent := 0
		for _, n := range nodes {
			sent += n.logCount("email sent")
		}
		return sent >= emails
	})
	for n := range emails {
		if ids := p.ids(path("guest%d@x.example", n)); len(ids) != 1 {
			t.Errorf("guest %d got %d emails", n, len(ids))
		}
	}
}

// The node is killed after the mail server got the email and before it responds. Only then an email
// can arrive twice.
func TestEmailOfAKilledNodeIsSentByAnother(t *testing.T) {
	t.Parallel()
	stuck, working := startMailServer(t), startMailServer(t)
	stuck.hold = make(chan struct{})
	defer close(stuck.hold)
	c := nodesOn(t, pgtest.Schema(t), stuck.settings(nil), working.settings(nil))
	c.invite(c.one, "guest@x.example")
	c.one.waitFor("the email is being sent", func() bool { return len(stuck.ids("guest@x.example")) == 1 })
	c.one.kill()
	// The killed node lost its lock, and with it its lease.
	c.two.waitFor("the other node sends the email", func() bool { return len(working.ids("guest@x.example")) == 1 })
	if first, again := stuck.ids("guest@x.example"), working.ids("guest@x.example"); !slices.Equal(first, again) {
		t.Errorf("the email has the ids %s and %s", strings.Join(first, " "), strings.Join(again, " "))
	}
}

// A running node keeps its leases, however slow its mail server is.
func TestEmailOfARunningNodeIsNotTakenOver(t *testing.T) {
	t.Parallel()
	slow, working := startMailServer(t), startMailServer(t)
	slow.hold = make(chan struct{})
	c := nodesOn(t, pgtest.Schema(t), slow.settings(nil), working.settings(nil))
	c.invite(c.one, "guest@x.example")
	c.one.waitFor("the email is being sent", func() bool { return len(slow.ids("guest@x.example")) == 1 })
	// Killing a third node with an email shows that the other nodes take over emails.
	stuck := startMailServer(t)
	stuck.hold = slow.hold
	third := launch(t, c.database, stuck.settings(nil)).waitUntilServing()
	c.invite(third, "third@x.example")
	third.waitFor("its email is being sent", func() bool { return len(stuck.ids("third@x.example")) == 1 })
	third.kill()
	c.two.waitFor("the email of the killed node is sent", func() bool { return len(working.ids("third@x.example"))+len(slow.ids("third@x.example")) == 1 })
	if n := len(working.ids("guest@x.example")); n != 0 {
		t.Errorf("another node sent the email of a running node %d times", n)
	}
	close(slow.hold)
	c.one.waitFor("the node logs the email as sent", func() bool { return c.one.logCount("email sent") > 0 })
}
