package app

import (
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

// control serves commands on the house's folder until the test ends.
func (h *house) control(t *testing.T, run Runner) server {
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

func TestCommandsTravelWithInputOutputAndError(t *testing.T) {
	t.Parallel()
	h := openHouse(t, nil)
	h.control(t, func(_ context.Context, d *directory.Directory, command string, input []byte, out io.Writer) error {
		if d != h.Directory {
			t.Error("it is another directory")
		}
		if _, err := fmt.Fprintf(out, "%s got %s\n", command, input); err != nil {
			return err
		}
		if command == "fail" {
			return errors.New("two\nlines with \"quotes\" and ünlauts")
		}
		return nil
	})
	for command, want := range map[string]string{"user list": "", "fail": "two\nlines with \"quotes\" and ünlauts", "a&b=c#d": ""} {
		var out bytes.Buffer
		err := Send(t.Context(), h.cfg.Data, command, []byte(`{"x": 1}`), &out)
		if got := out.String(); got != command+` got {"x": 1}`+"\n" {
			t.Errorf("%s printed %q", command, got)
		}
		if remote, ok := errors.AsType[Remote](err); ok != (want != "") || remote.Text != want {
			t.Errorf("%s failed with %v, want %q", command, err, want)
		}
	}
	err := Send(t.Context(), h.cfg.Data, "x", make([]byte, maxInput+1), io.Discard)
	if _, ok := errors.AsType[Remote](err); !ok || !strings.Contains(err.Error(), "too large") {
		t.Errorf("an input without end: %v", err)
	}
}

func TestAPanicInACommandIsToldAndSurvived(t *testing.T) {
	t.Parallel()
	h := openHouse(t, nil)
	h.control(t, func(context.Context, *directory.Directory, string, []byte, io.Writer) error { panic("for the test") })
	for range 2 {
		err := Send(t.Context(), h.cfg.Data, "user list", nil, io.Discard)
		if err == nil || err.Error() != `the server could not run "user list"; see its log` {
			t.Errorf("got %v", err)
		}
	}
	if !strings.Contains(h.log.String(), "for the test") {
		t.Error("the log does not tell of it")
	}
}

func TestACommandThatWasCutOffIsNotTakenForUnsent(t *testing.T) {
	t.Parallel()
	h := openHouse(t, nil)
	running := make(chan server, 1)
	running <- h.control(t, func(ctx context.Context, _ *directory.Directory, _ string, _ []byte, _ io.Writer) error {
		s := <-running
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return ctx.Err()
	})
	err := Send(t.Context(), h.cfg.Data, "user create", nil, io.Discard)
	if errors.Is(err, ErrNoServer) || err == nil || !strings.Contains(err.Error(), "look whether it was done") {
		t.Errorf("got %v", err)
	}
	if err := Send(t.Context(), h.cfg.Data, "user create", nil, io.Discard); !errors.Is(err, ErrNoServer) {
		t.Errorf("without a server: %v, want ErrNoServer", err)
	}
}

func TestTheSocketIsShutToOthersWhereverItLies(t *testing.T) {
	t.Parallel()
	for _, deeper := range []string{"", strings.Repeat("long/", 25)} {
		h := openHouse(t, map[string]string{"data": filepath.Join(t.TempDir(), deeper)})
		s := h.control(t, nothing)
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
		if err := Send(t.Context(), h.cfg.Data, "x", nil, io.Discard); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left behind (%v)", path, err)
		}
	}
}
