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

// oneKey is what all nodes of a test are given to encrypt with. Do not use it for
// anything but tests.
const oneKey = "shared AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// patience is how long something may take that happens at once on an idle machine.
const patience = 5 * time.Minute

// A node is "roster serve" in a process of its own, on a folder of its own.
type node struct {
	t       testing.TB
	process *exec.Cmd
	env     []string
	ended   chan struct{}
	failure error // set before ended is closed
	out     output
	URL     string
}

// output is what a process has said so far.
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

// environment is what a process of the program gets: settings by the names that
// they have in a file.
func environment(settings map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), roleVariable + "=1", "GORACE=atexit_sleep_ms=10"}
	for name, value := range settings {
		env = append(env, "ROSTER_"+strings.ToUpper(strings.ReplaceAll(name, ".", "_"))+"="+value)
	}
	return env
}

// nodeSettings are cheap defaults for a node on a database.
func nodeSettings(t testing.TB, database string, settings map[string]string) map[string]string {
	all := map[string]string{
		"database": database, "data": t.TempDir(), "key": oneKey, "listen": "127.0.0.1:0",
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

// launch starts a node and does not wait for it.
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

// stop ends the node, which must end well if it has not ended before.
func (n *node) stop() {
	select {
	case <-n.ended:
		return
	default:
	}
	_ = n.process.Process.Signal(syscall.SIGTERM) // it may be ending by itself
	<-n.ended
	if n.failure != nil {
		n.t.Errorf("the node ended badly: %v\n%s", n.failure, n.out.String())
	}
}

// kill ends the node in the middle of whatever it does.
func (n *node) kill() {
	_ = n.process.Process.Kill() // that it was alive, the test has seen
	<-n.ended
}

var listening = regexp.MustCompile(`roster: listening on (http://\S+)\n`)

// serving waits until the node answers.
func (n *node) serving() *node {
	n.t.Helper()
	n.until("the node listens", func() bool {
		found := listening.FindStringSubmatch(n.out.String())
		if found != nil {
			n.URL = found[1]
		}
		return found != nil
	})
	return n
}

// refuses waits until the node has ended, and gives its exit status and what it said.
func (n *node) refuses() (status int, said string) {
	n.t.Helper()
	select {
	case <-n.ended:
	case <-time.After(patience):
		n.t.Fatalf("it runs:\n%s", n.out.String())
	}
	return n.process.ProcessState.ExitCode(), n.out.String()
}

// until waits for something that must come.
func (n *node) until(what string, ok func() bool) {
	n.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
		select {
		case <-n.ended:
			n.t.Fatalf("it ended before %s:\n%s", what, n.out.String())
		default:
		}
	}
	n.t.Fatalf("it never came about that %s:\n%s", what, n.out.String())
}

// says waits until the log holds words more than before times.
func (n *node) says(words string, before int) {
	n.t.Helper()
	n.until("it says "+words, func() bool { return n.said(words) > before })
}

func (n *node) said(words string) int { return strings.Count(n.out.String(), words) }

// command runs another command of the program on the folder of the node.
func (n *node) command(input string, args ...string) (string, error) {
	n.t.Helper()
	return command(n.t, n.env, input, args...)
}

func command(t testing.TB, env []string, input string, args ...string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env, c.Stdin = env, strings.NewReader(input)
	said, err := c.CombinedOutput()
	return string(said), err
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
	client := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, errors.Join(err, response.Body.Close())
}

// get is ask with a private token.
func (n *node) get(path, token string) answer {
	n.t.Helper()
	return n.ask(http.MethodGet, path, "", "PRIVATE-TOKEN: "+token)
}
