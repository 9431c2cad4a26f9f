package e2e

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// An anonymous caller with many networks leaves more small bodies unfinished than the server has memory
// for, long before slow bodies time out. Each complete sign-in is accepted: the server aborts the oldest
// unfinished body for it.
func TestLoginsSucceedDespiteUnfinishedBodiesFromManyNetworks(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{
		"limits.body_time": "1h", "request_timeout": "1h", "limits.bodies": "1MiB", "trusted_proxies": "127.0.0.1",
	})
	bob := s.member("bob", 0, 0)
	login := fmt.Sprintf(`{"username":%q,"password":%q}`, bob.Username, bob.Password)
	for i := range 600 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		network := fmt.Sprintf("192.%d.%d.1", i/100, i%100)
		if i%3 == 0 {
			network = fmt.Sprintf("2001:db8:%x:%x::1", i%5, i)
		}
		head := fmt.Sprintf("POST /wekan/users/login HTTP/1.1\r\nHost: roster\r\nX-Forwarded-For: %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: 4096\r\n\r\n", network)
		// The server may have rejected it before all of it was sent.
		_, _ = conn.Write([]byte(head + strings.Repeat(" ", 4000)))
		if i%60 != 59 {
			continue
		}
		for _, address := range []string{"198.51.100.7", network} {
			a := s.call("POST", "/wekan/users/login", login, "Content-Type: application/json", "X-Forwarded-For: "+address)
			if a.Status != http.StatusOK {
				t.Errorf("beside %d unfinished bodies a login from %s is answered %d: %s", i+1, address, a.Status, a.Body)
			}
		}
	}
}
