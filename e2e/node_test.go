package e2e

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// sharedKey is the encryption key of all nodes of a test. Do not use it for anything but tests.
const sharedKey = "shared AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// testTimeout is the deadline for anything that takes less than a second on an idle machine.
const testTimeout = 5 * time.Minute

// node is "roster serve" in its own process, with its own data folder.
type node struct {
	t       testing.TB
	process *exec.Cmd
	env     []string
	ended   chan struct{}
	failure error // set before ended is closed
	out     output
	URL     string
}

// output collects the output of a process.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// environment returns the environment of a process. settings have the names of the settings file.
func environment(settings map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), roleVariable + "=1", "GORACE=atexit_sleep_ms=10"}
	for name, value := range settings {
		env = append(env, "ROSTER_"+strings.ToUpper(strings.ReplaceAll(name, ".", "_"))+"="+value)
	}
	return env
}

// nodeSettings returns cheap defaults for a node, overridden by settings.
func nodeSettings(t testing.TB, database string, settings map[string]string) map[string]string {
	all := map[string]string{
		"database": database, "data": t.TempDir(), "key": sharedKey, "listen": "127.0.0.1:0",
		"password.memory_kib": "8192", "password.time": "1",
	}
	maps.Copy(all, settings)
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}

// launch starts a node without waiting for it.
func launch(t testing.TB, database string, settings map[string]string) *node {
	t.Helper()
	n := &node{t: t, env: environment(nodeSettings(t, database, settings)), ended: make(chan struct{})}
	n.process = exec.Command(os.Args[0], "serve")
	n.process.Env, n.process.Stdout, n.process.Stderr = n.env, &n.out, &n.out
	if err := n.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		n.failure = n.process.Wait()
		close(n.ended)
	}()
	t.Cleanup(n.stop)
	return n
}

// stop stops the node, which must exit with status 0.
func (n *node) stop() {
	select {
	case <-n.ended:
		return
	default:
	}
	_ = n.process.Process.Signal(syscall.SIGTERM) // it may be stopping already
	<-n.ended
	if n.failure != nil {
		n.t.Errorf("the node failed: %v\n%s", n.failure, n.out.String())
	}
}

// kill kills the node.
func (n *node) kill() {
	_ = n.process.Process.Kill() // the test has used the node, so the process exists
	<-n.ended
}

var listening = regexp.MustCompile(`roster: listening on (http://\S+)\n`)

// waitUntilServing waits until the node listens.
func (n *node) waitUntilServing() *node {
	n.t.Helper()
	n.waitFor("the node listens", func() bool {
		found := listening.FindStringSubmatch(n.out.String())
		if found != nil {
			n.URL = found[1]
		}
		return found != nil
	})
	return n
}

// waitForExit waits until the node exits, and returns its exit status and its output.
func (n *node) waitForExit() (status int, out string) {
	n.t.Helper()
	select {
	case <-n.ended:
	case <-time.After(testTimeout):
		n.t.Fatalf("the node is still running:\n%s", n.out.String())
	}
	return n.process.ProcessState.ExitCode(), n.out.String()
}

// waitFor waits until ok returns true.
func (n *node) waitFor(what string, ok func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
		select {
		case <-n.ended:
			n.t.Fatalf("it ended before %s:\n%s", what, n.out.String())
		default:
		}
	}
	n.t.Fatalf("timeout: %s:\n%s", what, n.out.String())
}

// waitForLog waits until the log contains words more than before times.
func (n *node) waitForLog(words string, before int) {
	n.t.Helper()
	n.waitFor("it says "+words, func() bool { return n.logCount(words) > before })
}

func (n *node) logCount(words string) int { return strings.Count(n.out.String(), words) }

// command runs another command of the program on the folder of the node.
func (n *node) command(input string, args ...string) (string, error) {
	n.t.Helper()
	return command(n.t, n.env, input, args...)
}

func command(t testing.TB, env []string, input string, args ...string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env, c.Stdin = env, strings.NewReader(input)
	out, err := c.CombinedOutput()
	return string(out), err
}

// ask sends one request, which must be answered.
func (n *node) ask(method, path, body string, headers ...string) answer {
	n.t.Helper()
	a, err := n.try(method, path, body, headers...)
	if err != nil {
		n.t.Fatalf("%v\n%s", err, n.out.String())
	}
	return a
}

func (n *node) try(method, path, body string, headers ...string) (answer, error) {
	request, err := http.NewRequestWithContext(n.t.Context(), method, n.URL+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if strings.HasPrefix(body, "{") {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	client := &http.Client{Timeout: testTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, errors.Join(err, response.Body.Close())
}

// get sends a request with a private token.
func (n *node) get(path, token string) answer {
	n.t.Helper()
	return n.ask(http.MethodGet, path, "", "PRIVATE-TOKEN: "+token)
}
