package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/model"
)

// example returns the first code block of a document in the given language.
func example(t testing.TB, document, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", document))
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "```"+language+"\n")
	block, _, ended := strings.Cut(after, "```")
	if !found || !ended {
		t.Fatalf("docs/%s has no example in %s", document, language)
	}
	return block
}

// proxy is a client of nginx, which listens on a socket in its folder.
type proxy struct {
	t      testing.TB
	client *http.Client
}

// nginx starts nginx with the configuration of the document, as a proxy of app. It authenticates
// requests at roster.
func nginx(t testing.TB, roster, app string) *proxy {
	t.Helper()
	folder := t.TempDir()
	socket := filepath.Join(folder, "s")
	site := example(t, "forward-auth.md", "nginx")
	for documented, real := range map[string]string{
		"listen 80;": "listen unix:" + socket + ";", "http://127.0.0.1:8080/": roster + "/", "http://127.0.0.1:3000;": app + ";",
	} {
		if strings.Count(site, documented) != 1 {
			t.Fatalf("the example does not contain %q once", documented)
		}
		site = strings.Replace(site, documented, real, 1)
	}
	startNginx(t, folder, socket, site)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	p := &proxy{t, &http.Client{
		Timeout: testTimeout, Transport: &http.Transport{DialContext: dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(p.client.CloseIdleConnections)
	return p
}

// startNginx starts nginx and waits until it listens. It is one unprivileged process that
// writes to its folder only.
func startNginx(t testing.TB, folder, socket, site string) {
	t.Helper()
	tempPaths := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		tempPaths += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, folder, kind)
	}
	config := fmt.Sprintf("daemon off; master_process off; pid %s/pid; error_log stderr;\nevents {}\nhttp { access_log off;\n%s\n%s}\n", folder, tempPaths, site)
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var out output
	process := exec.Command(findProgram("nginx"), "-e", "stderr", "-p", folder, "-c", file)
	process.Stdout, process.Stderr = &out, &out
	if err := process.Start(); err != nil {
		t.Fatalf("%v; run make setup", err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill() // it may have exited already
		_ = process.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	for end := time.Now().Add(testTimeout); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatalf("nginx does not listen:\n%s", out.String())
		}
	}
}

// findProgram finds a program that may be in /usr/sbin, which is not in the PATH of users.
func findProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return "/usr/sbin/" + name
}

// request returns status and body of the response, and its WWW-Authenticate header.
func (p *proxy) request(method string, headers ...string) (status int, out, challenge string) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, "http://app.example.org/page?x=1", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header[name] = []string{value}
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		p.t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header.Get("WWW-Authenticate")
}

func TestNginxAuthenticatesRequestsByForwardAuth(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		_, _ = fmt.Fprintf(w, "%s %s|%s|%s|%s|%s", r.Method, h["Remote-User"], h["Remote-Email"], h["Remote-Name"], h["Remote-Groups"], h["Authorization"])
	}))
	t.Cleanup(app.Close)
	p := nginx(t, s.URL, app.URL)
	root, ada, otherOrg := s.admin("root"), s.member("ada", 0, 0), s.organization("Other")
	eve := s.member("eve", otherOrg.ID, 0)
	const adas = "[ada]|[]|[Ada Example]|[home:Member]|[]" // the address is not verified
	spoof := []string{"Remote-User: root", "Remote-Email: root@roster.example", "Remote-Groups: home:Admin", "X-Forwarded-User: root", "Remote_User: root"}

	for name, c := range map[string]struct {
		method  string
		headers []string
		status  int
		out     string
	}{
		"by a token":                            {"GET", []string{bearer(ada.Key)}, 200, "GET " + adas},
		"with a verified address":               {"GET", []string{bearer(root.Key)}, 200, "GET [root]|[root@roster.example]|[root]|[home:Admin]|[]"},
		"by Basic":                              {"GET", []string{basicOf("ada", ada.Key)}, 200, "GET " + adas},
		"with another method":                   {"POST", []string{bearer(ada.Key)}, 200, "POST " + adas},
		"with spoofed headers":                  {"GET", append(spoof, bearer(ada.Key)), 200, "GET " + adas},
		"without a credential":                  {"GET", nil, 401, ""},
		"without a credential, OPTIONS":         {"OPTIONS", nil, 401, ""},
		"without a credential, spoofed headers": {"GET", spoof, 401, ""},
		"with another's username":               {"GET", []string{basicOf("root", ada.Key)}, 401, ""},
		"by Basic without a username":           {"GET", []string{basicOf("", ada.Key)}, 401, ""},
		"of another organization":               {"GET", []string{bearer(eve.Key)}, 403, ""},
	} {
		status, out, challenge := p.request(c.method, c.headers...)
		if status != c.status || c.status == 200 && out != c.out {
			t.Errorf("%s: %d %s, want %d %s", name, status, out, c.status, c.out)
		}
		if status == 401 && !strings.HasPrefix(challenge, "Basic ") {
			t.Errorf("%s: browsers do not prompt for a password: %q", name, challenge)
		}
	}
	_, err := s.App.Directory.BlockUser(t.Context(), model.Operator(), ada.ID)
	s.must(err)
	if status, out, _ := p.request("GET", bearer(ada.Key)); status != http.StatusUnauthorized {
		t.Errorf("blocked: %d %s", status, out)
	}
}

// basicOf returns an Authorization header without an account before the username.
func basicOf(username, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(username, password)
	return "Authorization: " + r.Header.Get("Authorization")
}
