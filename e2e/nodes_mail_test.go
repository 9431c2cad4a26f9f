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

// A post is a mail server.
type post struct {
	port string

	mu      sync.Mutex
	letters map[string][]string // Message-IDs, by recipient
	held    chan struct{}       // letters stay without an answer until it is closed; nil for at once
}

func newPost(t testing.TB) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{port: strconv.Itoa(l.Addr().(*net.TCPAddr).Port), letters: map[string][]string{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &conversation{post: p}, nil }))
	server.Domain, server.ErrorLog = "mail.example", log.New(io.Discard, "", 0)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // says that the listener was closed
	}()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return p
}

// settings make a node send its letters here.
func (p *post) settings(more map[string]string) map[string]string {
	all := map[string]string{"mail.host": "127.0.0.1", "mail.port": p.port, "mail.from": "roster@roster.example", "mail.tls": "none"}
	maps.Copy(all, more)
	return all
}

// ids are those of the letters that came for an address.
func (p *post) ids(to string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.letters[to])
}

func (p *post) count() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ids := range p.letters {
		n += len(ids)
	}
	return n
}

type conversation struct {
	post *post
	to   string
}

func (c *conversation) Mail(string, *smtp.MailOptions) error { return nil }

func (c *conversation) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return nil
}

var messageID = regexp.MustCompile(`(?m)^Message-ID: (\S+)`)

func (c *conversation) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.post.mu.Lock()
	c.post.letters[c.to] = append(c.post.letters[c.to], string(messageID.FindSubmatch(text)[1]))
	held := c.post.held
	c.post.mu.Unlock()
	if held != nil {
		<-held
	}
	return nil
}

func (c *conversation) Reset()        {}
func (c *conversation) Logout() error { return nil }

// invite has a node write a letter.
func (c *cluster) invite(at *node, to string) {
	c.t.Helper()
	c.read(at.ask(http.MethodPost, "/pm415/api/org/1/invitelink", fmt.Sprintf(`{"email":%q}`, to), bearer(c.root)), http.StatusOK, nil)
}

func TestEmailIsSentOnceBySeveralNodes(t *testing.T) {
	t.Parallel()
	const letters = 40
	p := newPost(t)
	database := pgtest.Schema(t)
	c := nodesOn(t, database, p.settings(nil), p.settings(nil))
	nodes := []*node{c.one, c.two, launch(t, database, p.settings(nil)).serving()}
	var writing sync.WaitGroup
	for i, at := range nodes {
		writing.Go(func() {
			for n := i; n < letters; n += len(nodes) {
				if a, err := at.try(http.MethodPost, "/pm415/api/org/1/invitelink", path(`{"email":"guest%d@x.example"}`, n), bearer(c.root)); err != nil || a.Status != http.StatusOK {
					t.Errorf("letter %d: %v %d %s", n, err, a.Status, a.Body)
				}
			}
		})
	}
	writing.Wait()
	c.one.until("all letters have come", func() bool { return p.count() >= letters })
	c.one.until("each was noted as sent", func() bool {
		sent := 0
		for _, n := range nodes {
			sent += n.said("email sent")
		}
		return sent >= letters
	})
	for n := range letters {
		if ids := p.ids(path("guest%d@x.example", n)); len(ids) != 1 {
			t.Errorf("guest %d got %d letters", n, len(ids))
		}
	}
}

// The node dies between the mail server's taking the letter and its answer: the
// only way for a letter to come twice.
func TestEmailOfAKilledNodeIsSentByAnother(t *testing.T) {
	t.Parallel()
	deaf, fine := newPost(t), newPost(t)
	deaf.held = make(chan struct{})
	defer close(deaf.held)
	c := nodesOn(t, pgtest.Schema(t), deaf.settings(nil), fine.settings(nil))
	c.invite(c.one, "guest@x.example")
	c.one.until("the letter is on its way", func() bool { return len(deaf.ids("guest@x.example")) == 1 })
	c.one.kill()
	// The lock of the killed node is gone, and with it its lease of some minutes.
	c.two.until("the other node sends what the first could not", func() bool { return len(fine.ids("guest@x.example")) == 1 })
	if first, again := deaf.ids("guest@x.example"), fine.ids("guest@x.example"); !slices.Equal(first, again) {
		t.Errorf("the same letter has the ids %s and %s", strings.Join(first, " "), strings.Join(again, " "))
	}
}

// A node that lives keeps its leases, however slow its mail server is.
func TestEmailOfARunningNodeIsNotTakenOver(t *testing.T) {
	t.Parallel()
	slow, fine := newPost(t), newPost(t)
	slow.held = make(chan struct{})
	c := nodesOn(t, pgtest.Schema(t), slow.settings(nil), fine.settings(nil))
	c.invite(c.one, "guest@x.example")
	c.one.until("the letter is on its way", func() bool { return len(slow.ids("guest@x.example")) == 1 })
	// Killing a third node, with a letter of its own, shows that the others look.
	deaf := newPost(t)
	deaf.held = slow.held
	third := launch(t, c.database, deaf.settings(nil)).serving()
	c.invite(third, "third@x.example")
	third.until("its letter is on its way", func() bool { return len(deaf.ids("third@x.example")) == 1 })
	third.kill()
	c.two.until("the letter of the killed node is sent", func() bool { return len(fine.ids("third@x.example"))+len(slow.ids("third@x.example")) == 1 })
	if n := len(fine.ids("guest@x.example")); n != 0 {
		t.Errorf("the letter of a node that lives was sent by another, %d times", n)
	}
	close(slow.held)
	c.one.until("it notes the letter as sent", func() bool { return c.one.said("email sent") > 0 })
}
