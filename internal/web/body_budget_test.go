package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/web"
)

// sender sends unfinished bodies to a server and counts the bytes that it holds.
type sender struct {
	t       *testing.T
	handler http.Handler
	all     sync.WaitGroup
	held    int // bytes of unfinished bodies that were taken
	holders map[*connection]bool
}

func newSender(t *testing.T, l web.BodyLimits) *sender {
	s := &sender{t: t, handler: reading(l), holders: map[*connection]bool{}}
	t.Cleanup(func() {
		for c := range s.holders {
			close(c.left)
		}
		s.all.Wait()
	})
	return s
}

// connection is the client side of one request: it sends the first bytes of a body, after which the
// server waits until its deadline passes or the client disconnects.
type connection struct {
	*httptest.ResponseRecorder
	first     *bytes.Reader
	waits     chan struct{} // closed when the server asks for more
	once, due sync.Once
	passed    chan struct{} // closed when the deadline is in the past
	left      chan struct{}
	done      chan struct{}
}

func (c *connection) SetReadDeadline(at time.Time) error {
	if at.Before(time.Now()) {
		c.due.Do(func() { close(c.passed) })
	}
	return nil
}

func (c *connection) Read(p []byte) (int, error) {
	if n, err := c.first.Read(p); err == nil {
		return n, nil
	}
	c.once.Do(func() { close(c.waits) })
	select {
	case <-c.passed:
		return late{}.Read(p)
	case <-c.left:
		return 0, io.ErrUnexpectedEOF
	}
}

// send sends size bytes of a longer body, anonymously if user is 0. It returns the connection if
// the server holds them and waits for more, or nil.
func (s *sender) send(address string, user, size int) *connection {
	c := &connection{
		ResponseRecorder: httptest.NewRecorder(), first: bytes.NewReader(make([]byte, size)),
		waits: make(chan struct{}), passed: make(chan struct{}), left: make(chan struct{}), done: make(chan struct{}),
	}
	r := post("/login", address, c, false)
	if user != 0 {
		r = post("/users", address, c, true)
		r.Header.Set("Authorization", fmt.Sprint(user))
	}
	s.all.Go(func() {
		defer close(c.done)
		s.handler.ServeHTTP(c, r)
	})
	select {
	case <-c.waits:
		s.held += size
		s.holders[c] = true
		return c
	case <-c.done:
		if c.Code != http.StatusServiceUnavailable || c.Header().Get("Retry-After") == "" {
			s.t.Errorf("a refused body is answered %d", c.Code)
		}
		return nil
	}
}

// fill sends bodies of size bytes until one is rejected, and returns the number of accepted bytes.
// size must exceed that of the reserve, where older bodies would be aborted.
func (s *sender) fill(address string, user, size int) (taken int) {
	for s.send(address, user, size) != nil {
		taken += size
	}
	return taken
}

// login sends a complete, small body and returns the response status.
func (s *sender) login(address string) int {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, post("/login", address, strings.NewReader(`{"username":"bob","password":"secret"}`), false))
	return w.Code
}

const (
	room   = 9 << 20 // of all bodies in these tests
	common = room - room/8
	large  = 8 << 10 // of one body: more than the reserve takes
	small  = 1 << 10
)

// The bound of a part of free room p, where the holder has p/(n+1) of the pool.
func TestCallersShareTheBodyBudget(t *testing.T) {
	t.Parallel()
	v4 := func(i int) string { return fmt.Sprintf("192.%d.%d.1:1", i/256, i%256) }
	sameV4 := func(i int) string { return fmt.Sprintf("192.0.2.%d:1", i%256) }
	site := func(i int) string { return fmt.Sprintf("[2001:db8:1:%x::1]:1", i) }
	network := func(i int) string { return fmt.Sprintf("[2001:db8:1:2::%x]:1", i) }
	nobody, one, each := func(int) int { return 0 }, func(int) int { return 7 }, func(i int) int { return i + 1 }
	for _, c := range []struct {
		name     string
		callers  int
		address  func(int) string
		user     func(int) int
		greatest int // bytes that all callers hold together
	}{
		{"one address", 1, v4, nobody, common / 9},
		{"addresses of one /64", 300, network, nobody, common / 9},
		{"networks of one /48", 300, site, nobody, common / 5},
		{"addresses of one /24", 250, sameV4, nobody, common / 5},
		{"addresses anywhere", 300, v4, nobody, common / 2},
		{"one user", 1, v4, one, common / 9},
		{"one user at many addresses", 300, v4, one, common / 9},
		{"users at one address", 300, func(int) string { return "192.0.2.1:1" }, each, common / 3},
		{"two users", 2, v4, each, common * 17 / 81},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSender(t, web.BodyLimits{All: room})
			for i := range c.callers {
				s.fill(c.address(i), c.user(i), large)
			}
			// One body of each caller may go beyond the caller's own share.
			if slack := large; s.held > c.greatest+slack || s.held < c.greatest/2 {
				t.Errorf("%d bytes are held, want at most %d", s.held, c.greatest+slack)
			}
			if s.send("198.51.100.1:1", 1_000_000, 4*large) == nil {
				t.Error("one more user has no room for a body")
			}
			if got := s.login("198.51.100.1:1"); got != http.StatusNoContent {
				t.Errorf("a login is answered %d", got)
			}
		})
	}
}

func TestShareOfACallerShrinksAsMoreCallersCompete(t *testing.T) {
	t.Parallel()
	s := newSender(t, web.BodyLimits{All: room})
	before := common
	for user := range 20 {
		taken := s.fill(fmt.Sprintf("192.0.%d.1:1", user), user+1, large)
		free := common + room/8 - s.held
		if taken > before || taken == 0 || free <= 0 {
			t.Errorf("caller %d got %d bytes after one with %d; %d are free", user, taken, before, free)
		}
		before = taken
	}
}

func TestOneBodyOfEachCallerMayExceedTheShare(t *testing.T) {
	t.Parallel()
	s := newSender(t, web.BodyLimits{All: room / 4})
	if s.send(home, 1, common/12) == nil {
		t.Error("the only body of a user is refused, with half of the room free")
	}
	if s.send(home, 1, large) != nil {
		t.Error("a second one beside it is taken")
	}
}

func TestSmallBodyIsAcceptedDespiteManyUnfinishedBodies(t *testing.T) {
	t.Parallel()
	const all = 1 << 20
	s := newSender(t, web.BodyLimits{All: all, Time: time.Hour})
	// From 600 networks, each body is small enough for the reserve.
	for i := range 4000 {
		if s.send(fmt.Sprintf("192.%d.%d.1:1", i%600/256, i%256), 0, small) == nil {
			t.Fatalf("body %d is refused: an older one could have been cut", i)
		}
		if got := s.login("198.51.100.1:1"); got != http.StatusNoContent {
			t.Fatalf("after %d unfinished bodies a login is answered %d", i+1, got)
		}
	}
	open := 0
	for c := range s.holders {
		select {
		case <-c.passed:
			<-c.done
			if c.Code != http.StatusServiceUnavailable || c.Header().Get("Connection") != "close" {
				t.Errorf("a body that was cut is answered %d", c.Code)
			}
		default:
			open += small
		}
	}
	if open > all {
		t.Errorf("%d bytes are held of %d", open, all)
	}
}

func TestOldestUnfinishedBodyOfTheSameCallerIsAbortedFirst(t *testing.T) {
	t.Parallel()
	s := newSender(t, web.BodyLimits{All: 1 << 20, Time: time.Hour})
	other := s.send("198.51.100.1:1", 0, small)
	var sent []*connection
	cut := func() (n int) {
		for _, c := range sent {
			select {
			case <-c.passed:
				n++
			default:
			}
		}
		return n
	}
	for cut() < 3 && len(sent) < 2000 {
		sent = append(sent, s.send(home, 0, small))
	}
	// The aborted bodies are consecutive: after the bodies in the common pool, which
	// are older, the oldest of the reserve.
	var order []int
	for i, c := range sent {
		select {
		case <-c.passed:
			order = append(order, i)
		default:
		}
	}
	if len(order) != 3 || order[2]-order[0] != 2 {
		t.Errorf("of %d bodies %v were cut, want three neighbours", len(sent), order)
	}
	select {
	case <-other.passed:
		t.Error("the body of another caller was cut")
	default:
	}
}

// net/http keeps reading after the body, to notice a client that disconnects: the deadline of the
// body must not look like that.
func TestRequestContinuesAfterTheDeadlineOfItsBody(t *testing.T) {
	t.Parallel()
	const bodyTime = time.Second
	var gone error
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		if _, err := web.ReadBody(r, 0); err != nil {
			t.Errorf("the body is refused: %v", err)
		}
		select {
		case <-r.Context().Done():
			gone = r.Context().Err()
		case <-time.After(time.Until(begun.Add(bodyTime * 5 / 4))):
		}
		w.WriteHeader(http.StatusNoContent)
	})
	server := httptest.NewServer(web.Middleware(serve, web.Options{Bodies: web.BodyLimits{Time: bodyTime}}))
	defer server.Close()
	r, err := http.Post(server.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if gone != nil {
		t.Errorf("the request ended with its body: %v", gone)
	}
}
