package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
)

// control serves commands on the folder until the test ends.
func (h *testServer) control(t *testing.T, run Runner) server {
	t.Helper()
	l, err := listenControl(h.cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	s := server{h.controlServer(run), l, ""}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	return s
}

func TestRemoteCommandsHaveInputOutputAndError(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	h.control(t, func(_ context.Context, d *directory.Directory, sent RemoteCommand, out io.Writer) error {
		if d != h.Directory {
			t.Error("the directory differs")
		}
		if _, err := fmt.Fprintf(out, "%s got %s\n", sent.Command, sent.Input); err != nil {
			return err
		}
		if sent.Command == "fail" {
			return errors.New("two\nlines with \"quotes\" and ünlauts")
		}
		return nil
	})
	for command, want := range map[string]string{"user list": "", "fail": "two\nlines with \"quotes\" and ünlauts", "a&b=c#d": ""} {
		var out bytes.Buffer
		err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: command, Input: []byte(`{"x": 1}`)}, &out)
		if got := out.String(); got != command+` got {"x": 1}`+"\n" {
			t.Errorf("%s printed %q", command, got)
		}
		if remote, ok := errors.AsType[RemoteError](err); ok != (want != "") || remote.Text != want {
			t.Errorf("%s failed with %v, want %q", command, err, want)
		}
	}
	err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: "x", Input: make([]byte, maxInput+1)}, io.Discard)
	if _, ok := errors.AsType[RemoteError](err); !ok || !strings.Contains(err.Error(), "too large") {
		t.Errorf("an endless input: %v", err)
	}
}

// A command may print before it has read all of its input, and may fail before it has read everything.
func TestCommandReadsInputWhileItPrints(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	h.control(t, func(_ context.Context, _ *directory.Directory, sent RemoteCommand, out io.Writer) error {
		lines := bufio.NewScanner(sent.Content)
		for lines.Scan() {
			if lines.Text() == "stop" {
				return errors.New("stopped")
			}
			if _, err := fmt.Fprintf(out, "%s %s\n", sent.Input, lines.Text()); err != nil {
				return err
			}
		}
		return lines.Err()
	})
	from, to := io.Pipe()
	back, out := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: "echo", Input: []byte("{}"), Content: from}, out)
		sent <- errors.Join(err, out.Close())
	}()
	answers := bufio.NewScanner(back)
	for i := range 3 {
		if _, err := fmt.Fprintln(to, i); err != nil {
			t.Fatal(err)
		}
		if !answers.Scan() || answers.Text() != fmt.Sprint("{} ", i) {
			t.Fatalf("got %q after line %d", answers.Text(), i)
		}
	}
	if err := to.Close(); err != nil || answers.Scan() {
		t.Errorf("got %v and %q at the end", err, answers.Text())
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	long := strings.NewReader("stop\n" + strings.Repeat("x", 8<<20))
	err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: "echo", Content: long}, io.Discard)
	if remote, ok := errors.AsType[RemoteError](err); !ok || remote.Text != "stopped" {
		t.Errorf("got %v, want the error of the command", err)
	}
}

func TestPanicInACommandIsReportedAndTheServerContinues(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	h.control(t, func(context.Context, *directory.Directory, RemoteCommand, io.Writer) error { panic("for the test") })
	for range 2 {
		err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: "user list"}, io.Discard)
		if err == nil || err.Error() != `the server could not run "user list"; see its log` {
			t.Errorf("got %v", err)
		}
	}
	if !strings.Contains(h.log.String(), "for the test") {
		t.Error("the log has no line about it")
	}
}

func TestAbortedCommandIsNotReportedAsUnsent(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	running := make(chan server, 1)
	running <- h.control(t, func(ctx context.Context, _ *directory.Directory, _ RemoteCommand, _ io.Writer) error {
		s := <-running
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: "user create"}, io.Discard)
	if errors.Is(err, ErrNoServer) || err == nil || !strings.Contains(err.Error(), "check whether it was executed") {
		t.Errorf("got %v", err)
	}
	if err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: "user create"}, io.Discard); !errors.Is(err, ErrNoServer) {
		t.Errorf("without a server: %v, want ErrNoServer", err)
	}
}

func TestControlSocketIsPrivate(t *testing.T) {
	t.Parallel()
	for _, deeper := range []string{"", strings.Repeat("long/", 25)} {
		h := newTestServer(t, map[string]string{"data": filepath.Join(t.TempDir(), deeper)})
		s := h.control(t, noCommands)
		path, err := socketPath(h.cfg.Data)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			info, err := os.Stat(name)
			if err != nil || info.Mode().Perm() != want && name != h.cfg.Data {
				t.Errorf("%s: %v (%v), want %v", name, info.Mode(), err, want)
			}
		}
		if err := SendCommand(t.Context(), h.cfg.Data, RemoteCommand{Command: "x"}, io.Discard); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s remains (%v)", path, err)
		}
	}
}
