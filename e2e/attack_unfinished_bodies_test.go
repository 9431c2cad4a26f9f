package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// An anonymous caller leaves the bodies of sign-ins on many connections unfinished. Bodies above the
// small limit are rejected at once; smaller ones time out. Meanwhile, a complete sign-in succeeds.
func TestUnfinishedBodiesAreRejectedOrTimeOut(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"limits.body_time": "1s", "limits.bodies": "1MiB"})
	bob := s.member("bob", 0, 0)
	address := strings.TrimPrefix(s.URL, "http://")
	paths := []string{"/wekan/users/login", "/pm415/api/account/login", "/gitlab/api/v3/session", "/api/v1/sessions", "/wekan/users/register"}
	type attack struct {
		path string
		conn net.Conn
		want []int
	}
	var open []attack
	for i := range 200 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		path, size := paths[i%len(paths)], 1_000
		want := []int{http.StatusRequestTimeout, http.StatusServiceUnavailable}
		if i%2 == 0 {
			size, want = 20_000, []int{http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}
		}
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: roster\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n", path)
		// The server may reject it before all of it was sent.
		_, _ = conn.Write([]byte(head + strings.Repeat(" ", size)))
		open = append(open, attack{path, conn, want})
	}
	login := s.call("POST", "/wekan/users/login", fmt.Sprintf(`{"username":%q,"password":%q}`, bob.Username, bob.Password), "Content-Type: application/json")
	if login.Status != http.StatusOK {
		t.Errorf("a login during the attack is answered %d: %s", login.Status, login.Body)
	}
	for _, a := range open {
		if err := a.conn.SetReadDeadline(time.Now().Add(testTimeout)); err != nil {
			t.Fatal(err)
		}
		r, err := http.ReadResponse(bufio.NewReader(a.conn), nil)
		if err != nil {
			continue // a connection reset can lose the response
		}
		if r.StatusCode != a.want[0] && r.StatusCode != a.want[1] {
			t.Errorf("an unfinished body at %s is answered %d, want one of %v", a.path, r.StatusCode, a.want)
		}
		_ = r.Body.Close()
	}
}
