package e2e

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// A member sends many searches over connections with small buffers and reads no response. Meanwhile,
// searches, lists and exports of other users succeed.
func TestUnreadResponsesDoNotBlockSearchesOfOthers(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"limits.reads": "1", "limits.reads_wait": "1m", "request_timeout": "1h"})
	root, eve, bob := s.admin("root"), s.member("eve", 0, 0), s.member("bob", 0, 0)
	s.createUsers(1200)
	for _, request := range []string{
		"GET /api/v1/users?search=e&limit=100 HTTP/1.1\r\nHost: roster\r\n",
		"GET /api/v1/users?filter=name%20co%20%22e%22&limit=100 HTTP/1.1\r\nHost: roster\r\n",
		"GET /gitlab/api/v3/users?search=e&per_page=100 HTTP/1.1\r\nHost: roster\r\n",
		"POST /api/v1/me/personal-data HTTP/1.1\r\nHost: roster\r\nContent-Length: 0\r\n",
		// A body that never arrives.
		"GET /gitlab/api/v3/users?search=e HTTP/1.1\r\nHost: roster\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n",
	} {
		s.sendUnread(strings.Repeat(request+"Authorization: Bearer "+eve.Key+"\r\nPRIVATE-TOKEN: "+eve.Key+"\r\n\r\n", 400))
		for _, path := range []string{"/api/v1/users?search=bob", "/api/v1/organizations", "/gitlab/api/v3/users?search=bob"} {
			a := s.call("GET", path, "", bearer(bob.Key), "PRIVATE-TOKEN: "+bob.Key)
			if a.Status != http.StatusOK {
				t.Errorf("behind %.40q: %s of another user is answered %d: %.200s", request, path, a.Status, a.Body)
			}
		}
		if a := s.call("GET", "/api/v1/users/export", "", bearer(root.Key)); a.Status != http.StatusOK || strings.Count(a.Body, "\n") < 1200 {
			t.Errorf("behind %.40q: the export is answered %d with %d lines", request, a.Status, strings.Count(a.Body, "\n"))
		}
	}
}

// sendUnread sends text on a new connection until the server stops reading or all is sent. It reads no
// responses.
func (s *server) sendUnread(text string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	s.must(err)
	s.t.Cleanup(func() { _ = conn.Close() })
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		s.t.Fatalf("%T is no TCP connection", conn)
	}
	s.must(tcp.SetReadBuffer(1 << 10))
	go func() { _, _ = conn.Write([]byte(text)) }()
}
