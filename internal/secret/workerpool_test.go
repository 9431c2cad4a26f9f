package secret_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"roster.example/roster/internal/secret"
)

// workerVariable makes the test binary run as a worker process, or print its value.
const workerVariable = "ROSTER_TEST_WORKER"

const greeting = `"roster hash 1"`

func TestMain(m *testing.M) {
	switch role := os.Getenv(workerVariable); role {
	case "":
		os.Exit(m.Run())
	case "works":
		if err := secret.ServeHashWorker(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
	default: // prints a greeting, and its role as the response to each task
		fmt.Println(greeting)
		for line := ""; ; {
			if _, err := fmt.Scanln(&line); err != nil {
				return
			}
			fmt.Println(role)
		}
	}
}

// processLog records the processes that a Hasher starts, and the errors that it reports.
type processLog struct {
	role string

	mu                sync.Mutex
	started           []*exec.Cmd
	lost, unavailable []error
}

// hasherWithWorkers returns a Hasher with worker processes of this role.
func hasherWithWorkers(t *testing.T, role string) (*secret.Hasher, *processLog) {
	t.Helper()
	h, c := cheap(), &processLog{role: role}
	h.UseWorkers(secret.WorkerOptions{Start: c.command, OnLost: c.addLost, OnUnavailable: c.addUnavailable})
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, c
}

func (c *processLog) command() (*exec.Cmd, error) {
	process := exec.Command(os.Args[0])
	process.Env = []string{workerVariable + "=" + c.role, "GORACE=atexit_sleep_ms=0"}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = append(c.started, process)
	return process, nil
}

func (c *processLog) addLost(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = append(c.lost, err)
}

func (c *processLog) addUnavailable(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unavailable = append(c.unavailable, err)
}

// wants compares the recorded counts.
func (c *processLog) wants(t *testing.T, started, lost, unavailable int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.started) != started || len(c.lost) != lost || len(c.unavailable) != unavailable {
		t.Errorf("%d processes were started, want %d; lost %v, want %d; unavailable %v, want %d",
			len(c.started), started, c.lost, lost, c.unavailable, unavailable)
	}
}

func (c *processLog) signal(t *testing.T, i int, what os.Signal) {
	t.Helper()
	if err := c.started[i].Process.Signal(what); err != nil {
		t.Fatal(err)
	}
}

// suspend stops a process and blocks until all its threads have stopped: the signal takes effect later, and
// a thread could still execute a task.
func (c *processLog) suspend(t *testing.T, i int) {
	t.Helper()
	c.signal(t, i, syscall.SIGSTOP)
	threads := fmt.Sprintf("/proc/%d/task/*/stat", c.started[i].Process.Pid)
	for deadline := time.Now().Add(time.Minute); !allStopped(threads); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the process does not stop")
		}
	}
}

// allStopped reads the state of threads (proc_pid_stat(5)). Systems without /proc have no such files.
func allStopped(files string) bool {
	threads, _ := filepath.Glob(files)
	for _, file := range threads {
		text, err := os.ReadFile(file)
		_, state, _ := strings.Cut(string(text), ") ")
		if err == nil && !strings.HasPrefix(state, "T") {
			return false
		}
	}
	return true
}

func verifies(t *testing.T, h *secret.Hasher, encoded, text string) bool {
	t.Helper()
	ok, _, err := h.Verify(t.Context(), encoded, text)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestWorkerProcessComputesTheSameHashes(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	for _, text := range []string{password, "", "grüße", "not \xff UTF-8", "a\nb\"c\x00"} {
		there, here := hash(t, h, text), hash(t, cheap(), text)
		if !verifies(t, cheap(), there, text) || !verifies(t, h, here, text) {
			t.Errorf("%q is not verified", text)
		}
		if verifies(t, h, here, text+"x") {
			t.Errorf("something else than %q is verified", text)
		}
	}
	for _, stored := range []string{argonText, argonOdd, bcryptText, pm415Text} {
		if want, got := verifies(t, cheap(), stored, password), verifies(t, h, stored, password); got != want {
			t.Errorf("%s: %t in a worker, %t here", stored, got, want)
		}
	}
	c.wants(t, 1, 0, 0) // sequential hashes need one process
}

func TestProcessesAreLimitedBySlots(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := h.Hash(t.Context(), password); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(c.started); n < 1 || n > 2 {
		t.Errorf("%d processes; there are two slots", n)
	}
}

func TestKilledProcessIsReplaced(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	stored := hash(t, h, password)
	c.signal(t, 0, os.Kill)
	if !verifies(t, h, stored, password) {
		t.Error("not verified")
	}
	c.wants(t, 2, 1, 0)
	if !strings.Contains(c.lost[0].Error(), "killed") {
		t.Errorf("got %v, want an error that says killed", c.lost[0])
	}
}

func TestUnresponsiveProcessIsReplaced(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	h.SetTaskLimit(2 * time.Second)
	stored := hash(t, h, password)
	c.suspend(t, 0)
	if !verifies(t, h, stored, password) {
		t.Error("not verified")
	}
	c.wants(t, 2, 1, 0)
	if state := c.started[0].ProcessState; state == nil {
		t.Error("the unresponsive process still runs")
	}
}

func TestHasherComputesHashesItselfWithoutProcesses(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func() (*exec.Cmd, error){
		"nothing to start":      func() (*exec.Cmd, error) { return nil, errors.New("there is no program") },
		"no such program":       func() (*exec.Cmd, error) { return exec.Command("/nowhere/at/all"), nil },
		"it ends at once":       func() (*exec.Cmd, error) { return exec.Command("/bin/false"), nil },
		"it is another program": func() (*exec.Cmd, error) { return exec.Command("/bin/echo", `"hello"`), nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c, tries := cheap(), &processLog{}, 0
			h.UseWorkers(secret.WorkerOptions{Start: func() (*exec.Cmd, error) { tries++; return start() }, OnLost: c.addLost, OnUnavailable: c.addUnavailable})
			stored := hash(t, h, password)
			for range 5 {
				if !verifies(t, h, stored, password) {
					t.Error("not verified")
				}
			}
			c.wants(t, 0, 0, 1)
			if tries != 1 {
				t.Errorf("%d tries for six hashes", tries)
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Otherwise an invalid hash could be stored, or a wrong password accepted.
func TestResultOfAnotherTaskIsRejected(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{}`, `{"Matches":true}`, `{"Stored":""}`, `{"Stored":"x","Matches":true}`, `{"Surprise":1}`, `null`, `true`} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			h, c := hasherWithWorkers(t, answer)
			if stored := hash(t, h, password); !verifies(t, cheap(), stored, password) {
				t.Errorf("stored %q", stored)
			}
			c.wants(t, 1, 0, 1)
		})
	}
	own := hash(t, cheap(), password)
	h, _ := hasherWithWorkers(t, `{"Stored":"`+own+`"}`)
	if verifies(t, h, own, "wrong") {
		t.Error("a wrong password is verified")
	}
}

// A cause that ended a worker, such as too little memory, could end this process too.
func TestHashThatNeedsMoreMemoryThanOwnHashesIsNotComputedHere(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, `"no"`)
	if _, _, err := h.Verify(t.Context(), argonText, password); !errors.Is(err, secret.ErrBusy) {
		t.Errorf("19 MiB where 64 KiB are usual: %v, want ErrBusy", err)
	}
	if stored := hash(t, h, password); !verifies(t, h, stored, password) {
		t.Error("a hash of this server is not verified")
	}
	c.wants(t, 1, 0, 1)
}

func TestIdleProcessIsStopped(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	h.SetIdleLimit(50 * time.Millisecond)
	stored := hash(t, h, password)
	for deadline := time.Now().Add(time.Minute); c.started[0].Process.Signal(syscall.Signal(0)) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it still runs")
		}
	}
	if !verifies(t, h, stored, password) {
		t.Error("not verified")
	}
	c.wants(t, 2, 0, 0)
}

// The idle timer and requests for a worker race here.
func TestWorkersAreNotLostWhenTheyAreStoppedAndUsedConcurrently(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	h.SetIdleLimit(time.Millisecond)
	stored := hash(t, h, password)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for i := range 20 {
				if ok, _, err := h.Verify(t.Context(), stored, password); err != nil || !ok {
					t.Errorf("%t, %v", ok, err)
				}
				time.Sleep(time.Duration(i%4) * time.Millisecond / 2)
			}
		})
	}
	all.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lost)+len(c.unavailable) > 0 {
		t.Errorf("lost %v, unavailable %v", c.lost, c.unavailable)
	}
}

func TestCloseStopsIdleProcesses(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	stored := hash(t, h, password)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if state := c.started[0].ProcessState; state == nil || !state.Success() {
		t.Errorf("the process ended with %v", state)
	}
	if !verifies(t, h, stored, password) {
		t.Error("not verified after Close")
	}
	c.wants(t, 1, 0, 0)
}

func TestCloseStopsBusyAndUnresponsiveProcesses(t *testing.T) {
	t.Parallel()
	h, c := hasherWithWorkers(t, "works")
	stored := hash(t, h, password)
	c.suspend(t, 0)
	done := make(chan bool)
	go func() {
		ok, _, err := h.Verify(t.Context(), stored, password)
		done <- ok && err == nil
	}()
	for deadline := time.Now().Add(time.Minute); !h.WorkersAreBusy(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the worker got no task")
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if !<-done {
		t.Error("not verified")
	}
	if c.started[0].ProcessState == nil {
		t.Error("the unresponsive process still runs")
	}
}

func TestWorkerRejectsInvalidTasks(t *testing.T) {
	t.Parallel()
	for _, input := range []string{"nonsense", `{"Stored":"nonsense","Password":"eA=="}`, `{"Password":1}`, `{"Passwort":"eA=="}`} {
		process, err := (&processLog{role: "works"}).command()
		if err != nil {
			t.Fatal(err)
		}
		process.Stdin = strings.NewReader(input)
		out, err := process.Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 1 || strings.TrimSpace(string(out)) != greeting {
			t.Errorf("%s: %v, answer %q", input, err, out)
		}
	}
}
