package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"roster.example/roster/internal/config"
)

// testTimeout is a generous timeout for conditions.
const testTimeout = 5 * time.Minute

// server is a running server of the program.
type server struct {
	process *exec.Cmd
	ended   chan error
}

// program is the state of one script.
type program struct {
	serving     *server
	status      int
	mail        *mailServer
	receiver    *receiver
	hashWorkers []int // see hashWorkersCommand
}

type programKey struct{}

func of(ts *testscript.TestScript) *program { return ts.Value(programKey{}).(*program) }

// environ returns the environment of the script.
func environ(ts *testscript.TestScript) []string {
	names := []string{
		"PATH", "HOME", "TMPDIR", "GORACE", "ROSTER_CONFIG",
		"ROSTER_ADMIN_USERNAME", "ROSTER_ADMIN_EMAIL", "ROSTER_ADMIN_PASSWORD", "ROSTER_ADMIN_PASSWORD_FILE",
	}
	for _, s := range config.Settings() {
		names = append(names, s.Env)
		if s.EnvFile != "" {
			names = append(names, s.EnvFile)
		}
	}
	var env []string
	for _, name := range names {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// running starts a server. Its output is appended to serve.out, and its log to serve.log.
func running(command string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || of(ts).serving != nil {
			ts.Fatalf("usage: %[1]s [ARGS...], once; use 'exec roster %[1]s' for one that must fail", command)
		}
		run(ts, append([]string{command}, args...))
	}
}

func run(ts *testscript.TestScript, args []string) {
	out, log := appendTo(ts, "serve.out"), appendTo(ts, "serve.log")
	before, err := out.Seek(0, io.SeekEnd)
	ts.Check(err)
	program, err := exec.LookPath("roster")
	ts.Check(err)
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env, cmd.Dir = out, log, environ(ts), ts.MkAbs(".")
	ts.Check(cmd.Start())
	s := &server{process: cmd, ended: make(chan error, 1)}
	go func() { s.ended <- errors.Join(cmd.Wait(), out.Close(), log.Close()) }()
	of(ts).serving = s
	awaitListening(ts, s, before)
}

func appendTo(ts *testscript.TestScript, name string) *os.File {
	f, err := os.OpenFile(ts.MkAbs(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	return f
}

var (
	listening = regexp.MustCompile(`roster: listening on (http://\S+)\n`)
	setupLink = regexp.MustCompile(`create one within a day at\n  (\S+)\n`)
)

func awaitListening(ts *testscript.TestScript, s *server, before int64) {
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-s.ended:
			s.ended <- err
			ts.Fatalf("the server ended: %v\n%s", err, ts.ReadFile("serve.log"))
		default:
		}
		said := ts.ReadFile("serve.out")[before:]
		if found := listening.FindStringSubmatch(said); found != nil {
			ts.Setenv("URL", found[1])
			ts.Setenv("SETUP", "")
			if link := setupLink.FindStringSubmatch(said); link != nil {
				ts.Setenv("SETUP", link[1])
			}
			return
		}
	}
	ts.Fatalf("the server does not listen:\n%s", ts.ReadFile("serve.log"))
}

// halt stops the server; with "!" the exit status must not be 0.
func halt(ts *testscript.TestScript, neg bool, args []string) {
	signal := syscall.SIGTERM
	if len(args) == 1 && args[0] == "KILL" {
		signal = syscall.SIGKILL
	}
	s := of(ts).serving
	ts.Check(s.process.Process.Signal(signal))
	err := s.wait(ts)
	of(ts).serving = nil
	if signal == syscall.SIGTERM && (err != nil) != neg {
		ts.Fatalf("the server ended with %v\n%s", err, ts.ReadFile("serve.log"))
	}
}

// wait waits for the end of the server and returns its result.
func (s *server) wait(ts *testscript.TestScript) error {
	select {
	case err := <-s.ended:
		return err
	case <-time.After(testTimeout):
		ts.Fatalf("the server does not stop")
		return nil
	}
}

// haltDuring stops the server during a request, sends the rest of the request, and checks the
// response and the exit status.
func haltDuring(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: halt-during PATH BODY")
	}
	address, err := url.Parse(ts.Getenv("URL"))
	ts.Check(err)
	conn, err := net.DialTimeout("tcp", address.Host, testTimeout)
	ts.Check(err)
	defer func() { ts.Check(conn.Close()) }()
	ts.Check(conn.SetDeadline(time.Now().Add(testTimeout)))
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		args[0], address.Host, len(args[1]))
	ts.Check(err)
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	ts.Check(err)
	if !strings.Contains(line, "100 Continue") {
		ts.Fatalf("the server did not begin to read: %s", line)
	}
	_, err = r.ReadString('\n')
	ts.Check(err)
	s := of(ts).serving
	ts.Check(s.process.Process.Signal(syscall.SIGTERM))
	awaitRefusal(ts, address.Host)
	_, err = io.WriteString(conn, args[1])
	ts.Check(err)
	answer, err := http.ReadResponse(r, nil)
	ts.Check(err)
	of(ts).show(ts, answer)
	ts.Check(s.wait(ts))
	of(ts).serving = nil
}

// awaitRefusal waits until the server no longer accepts connections.
func awaitRefusal(ts *testscript.TestScript, host string) {
	for deadline := time.Now().Add(testTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", host, testTimeout)
		if err != nil {
			return
		}
		ts.Check(conn.Close())
	}
	ts.Fatalf("the server goes on listening")
}

// get is send without a body.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: get PATH [AUTH]")
	}
	send(ts, false, append([]string{"GET", args[0], ""}, args[1:]...))
}

// send sends a request. A body that begins with "{" is JSON, else a form.
func send(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: send METHOD PATH BODY [AUTH...]")
	}
	of(ts).show(ts, ask(ts, args))
}

// ask sends METHOD PATH BODY [AUTH...].
func ask(ts *testscript.TestScript, args []string) *http.Response {
	request, err := http.NewRequest(args[0], ts.Getenv("URL")+args[1], strings.NewReader(args[2]))
	ts.Check(err)
	if strings.HasPrefix(args[2], "{") {
		request.Header.Set("Content-Type", "application/json")
	} else if args[2] != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, auth := range args[3:] {
		authorize(request, auth)
	}
	client := &http.Client{Timeout: testTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	ts.Check(err)
	return answer
}

func authorize(r *http.Request, auth string) {
	if name, value, ok := strings.Cut(auth, ": "); ok {
		if name == "Content-Type" {
			r.Header.Del(name) // the default of send
		}
		r.Header.Add(name, value)
		return
	}
	user, password, _ := strings.Cut(auth, ":")
	r.SetBasicAuth(user, password)
}

// show stores the response for "status" and "stdout".
func (p *program) show(ts *testscript.TestScript, answer *http.Response) {
	p.status = answer.StatusCode
	_, err := io.Copy(ts.Stdout(), answer.Body)
	ts.Check(errors.Join(err, answer.Body.Close()))
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: status CODE")
	}
	if got := fmt.Sprint(of(ts).status); got != args[0] {
		ts.Fatalf("status %s, want %s", got, args[0])
	}
}

func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(filepath.FromSlash(args[1])))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}
