//go:build linux

package process_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/bench/process"
)

// shell starts a shell script that prints "ready NUMBER" at some time.
func shell(t *testing.T, script string) (*process.Process, string) {
	t.Helper()
	p, output, err := process.Start(t.Context(), process.Options{
		Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log"),
	}, "ready")
	if err != nil {
		t.Fatal(err)
	}
	return p, output
}

func TestServerIsStartedAndStopped(t *testing.T) {
	t.Parallel()
	p, output := shell(t, `echo noise; echo ready 42; exec sleep 60`)
	if strings.TrimSpace(output) != "42" {
		t.Errorf("it output %q, want 42", output)
	}
	for range 2 {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
	if _, err := process.CPU(p.PID()); err == nil {
		t.Error("the process is still there")
	}
}

func TestServerThatEndsEarlyIsReported(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	_, _, err := process.Start(t.Context(), process.Options{Path: "/bin/sh", Args: []string{"-c", "echo why >&2; exit 3"}, Log: log}, "ready")
	if err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v, want the status", err)
	}
	if text, err := os.ReadFile(log); err != nil || string(text) != "why\n" {
		t.Errorf("the log holds %q, %v", text, err)
	}
}

func TestCommandReadsInputAndReturnsOutput(t *testing.T) {
	t.Parallel()
	output, err := process.Run(t.Context(), process.Options{Path: "/bin/sh", Args: []string{"-c", `read line; echo "$line $WORD"`}, Env: []string{"WORD=there"}}, "hello\n")
	if err != nil || output != "hello there" {
		t.Errorf("got %q, %v", output, err)
	}
	if _, err := process.Run(t.Context(), process.Options{Path: "/bin/sh", Args: []string{"-c", "echo broken >&2; exit 1"}}, ""); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("got %v, want what it output", err)
	}
}

func TestResourcesOfAProcessAreMeasured(t *testing.T) {
	t.Parallel()
	p, _ := shell(t, `i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 60 & echo ready; wait`)
	defer func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}()
	used, err := process.CPU(p.PID())
	if err != nil || used <= 0 {
		t.Errorf("it used %s, %v; it counted for a while", used, err)
	}
	now, peak, err := process.Memory(p.PID())
	if err != nil || now < 1<<16 || peak < now {
		t.Errorf("memory is %d, at its peak %d, %v", now, peak, err)
	}
	open, err := process.OpenFiles(p.PID())
	if err != nil || open < 3 {
		t.Errorf("it has %d files open, %v; want at least its input, output and errors", open, err)
	}
	children, err := process.Children(p.PID())
	if err != nil || len(children) != 1 || slices.Contains(children, p.PID()) {
		t.Errorf("its children are %v, %v; want the sleeping one", children, err)
	}
}

func TestChildProcessesAreMeasuredToo(t *testing.T) {
	t.Parallel()
	p, _ := shell(t, `sh -c 'x=$(head -c 20000000 /dev/zero | tr "\0" x); echo ready; sleep 60; echo "$x"' & wait`)
	defer func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if used, err := process.CPU(p.PID()); err != nil || used <= 0 {
		t.Errorf("it used %s, %v; its child filled a variable", used, err)
	}
	if now, peak, err := process.Memory(p.PID()); err != nil || now < 20_000_000 || peak < now {
		t.Errorf("memory is %d, at its peak %d, %v; its child keeps 20 MB", now, peak, err)
	}
}
