package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Proxies that authenticate requests with this server, with the configurations of docs/forward-auth.md.

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

// proxies start each proxy that a document configures. A proxy forwards to app and authenticates requests at
// roster.
var proxies = map[string]func(t testing.TB, roster, app string) *proxy{"nginx": nginx, "Caddy": caddy}

// proxy is a client of a proxy.
type proxy struct {
	t      testing.TB
	client *http.Client
}

// configured returns the example of a document with other addresses.
func configured(t testing.TB, language string, addresses map[string]string) string {
	t.Helper()
	site := example(t, "forward-auth.md", language)
	for documented, real := range addresses {
		if strings.Count(site, documented) != 1 {
			t.Fatalf("the example does not contain %q once", documented)
		}
		site = strings.Replace(site, documented, real, 1)
	}
	return site
}

// nginx starts nginx as one unprivileged process that writes to its folder only.
func nginx(t testing.TB, roster, app string) *proxy {
	t.Helper()
	folder := t.TempDir()
	socket := filepath.Join(folder, "s")
	site := configured(t, "nginx", map[string]string{
		"listen 80;": "listen unix:" + socket + ";", "http://127.0.0.1:8080/": roster + "/", "http://127.0.0.1:3000;": app + ";",
	})
	tempPaths := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		tempPaths += fmt.Sprintf("%s_temp_path %s/%s;\n", kind, folder, kind)
	}
	file := writeConfig(t, folder, fmt.Sprintf("daemon off; master_process off; pid %s/pid; error_log stderr;\nevents {}\nhttp { access_log off;\n%s\n%s}\n", folder, tempPaths, site))
	return startProxy(t, "unix", socket, exec.Command(findProgram("nginx"), "-e", "stderr", "-p", folder, "-c", file))
}

// caddy starts Caddy without certificates, and without its own API.
func caddy(t testing.TB, roster, app string) *proxy {
	t.Helper()
	folder, address := t.TempDir(), localhost(t)["listen"]
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	site := configured(t, "caddyfile", map[string]string{
		"app.example.org {": "http://app.example.org:" + port + " {\n\tbind 127.0.0.1", "127.0.0.1:8080": roster, "127.0.0.1:3000": app,
	})
	file := writeConfig(t, folder, "{\n\tadmin off\n\tauto_https off\n}\n"+site)
	command := exec.Command(findProgram("caddy"), "run", "--adapter", "caddyfile", "--config", file)
	command.Env = []string{"HOME=" + folder, "XDG_DATA_HOME=" + folder, "XDG_CONFIG_HOME=" + folder}
	return startProxy(t, "tcp", address, command)
}

func writeConfig(t testing.TB, folder, text string) string {
	t.Helper()
	file := filepath.Join(folder, "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// startProxy starts a program and waits until it listens.
func startProxy(t testing.TB, network, address string, process *exec.Cmd) *proxy {
	t.Helper()
	var out output
	process.Stdout, process.Stderr = &out, &out
	if err := process.Start(); err != nil {
		t.Fatalf("%v; run make setup", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = process.Wait() // it is killed at the end
		close(ended)
	}()
	t.Cleanup(func() {
		_ = process.Process.Kill() // it may have exited already
		<-ended
		if t.Failed() {
			t.Log(out.String())
		}
	})
	waitForListener(t, network, address, ended)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	p := &proxy{t, &http.Client{
		Timeout: testTimeout, Transport: &http.Transport{DialContext: dial},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(p.client.CloseIdleConnections)
	return p
}

func waitForListener(t testing.TB, network, address string, ended <-chan struct{}) {
	t.Helper()
	for end := time.After(testTimeout); ; {
		if c, err := net.Dial(network, address); err == nil {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			return
		}
		select {
		case <-ended:
			t.Fatal("the proxy has ended")
		case <-end:
			t.Fatal("the proxy does not listen")
		case <-time.After(5 * time.Millisecond):
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
