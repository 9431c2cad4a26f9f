package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func hashWorkersCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hash-workers COUNT")
	}
	for deadline := time.Now().Add(testTimeout); ; time.Sleep(10 * time.Millisecond) {
		found := hashWorkers(ts)
		if strconv.Itoa(len(found)) == args[0] {
			of(ts).hashWorkers = found
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v hash for the server, want %s", found, args[0])
		}
	}
}

func killHashWorkers(ts *testscript.TestScript, _ bool, _ []string) {
	for _, pid := range of(ts).hashWorkers {
		ts.Check(syscall.Kill(pid, syscall.SIGKILL))
	}
}

// hashWorkers returns the hash workers of the server, and former ones that still run. It checks that
// they do not have the environment of the server.
func hashWorkers(ts *testscript.TestScript) []int {
	found := slices.DeleteFunc(slices.Clone(of(ts).hashWorkers), func(pid int) bool { return !hashes(pid) })
	if s := of(ts).serving; s != nil {
		for _, pid := range children(ts, s.process.Process.Pid) {
			if hashes(pid) && !slices.Contains(found, pid) {
				found = append(found, pid)
			}
		}
	}
	for _, pid := range found {
		if environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil && len(environment) > 0 {
			ts.Fatalf("process %d has the environment %q", pid, environment)
		}
	}
	return found
}

// children returns the child processes of this process (proc(5)).
func children(ts *testscript.TestScript, pid int) (all []int) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	ts.Check(err)
	for _, file := range files {
		text, _ := os.ReadFile(file) // a thread may have ended
		for field := range strings.FieldsSeq(string(text)) {
			child, err := strconv.Atoi(field)
			ts.Check(err)
			all = append(all, child)
		}
	}
	return all
}

// hashes reports whether a process is a running hash worker.
func hashes(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && strings.HasSuffix(string(line), "\x00hash\x00")
}
