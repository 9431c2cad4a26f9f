package secret_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"roster.example/roster/internal/secret"
)

// workerVariable makes the program of these tests do the work of a Hasher.
const workerVariable = "ROSTER_TEST_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) == "" {
		os.Exit(m.Run())
	}
	if err := secret.Work(os.Stdin, os.Stdout); err != nil {
		os.Exit(1)
	}
}

// A crew is the processes that a Hasher has started, and what it complained of.
type crew struct {
	mu       sync.Mutex
	started  []*exec.Cmd
	troubles []error
}

// apart is a Hasher whose work is done by others.
func apart(t *testing.T) (*secret.Hasher, *crew) {
	t.Helper()
	h, c := cheap(), &crew{}
	h.Apart(c.command, c.hear)
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, c
}

func (c *crew) command() *exec.Cmd {
	process := exec.Command(os.Args[0])
	process.Env = []string{workerVariable + "=1"}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = append(c.started, process)
	return process
}

func (c *crew) hear(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.troubles = append(c.troubles, err)
}

func (c *crew) count() (started, troubles int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.started), len(c.troubles)
}

func verifies(t *testing.T, h *secret.Hasher, encoded, text string) bool {
	t.Helper()
	ok, _, err := h.Verify(t.Context(), encoded, text)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestWhatAnotherProcessHashesIsTheSameAsWhatThisOneDoes(t *testing.T) {
	t.Parallel()
	h, c := apart(t)
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
			t.Errorf("%s: %t there, %t here", stored, got, want)
		}
	}
	if started, troubles := c.count(); started != 1 || troubles != 0 {
		t.Errorf("%d processes, %d troubles; one after the other needs one", started, troubles)
	}
}

func TestAsManyProcessesHashAsThereAreSlots(t *testing.T) {
	t.Parallel()
	h, c := apart(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := h.Hash(t.Context(), password); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if started, troubles := c.count(); started < 1 || started > 2 || troubles != 0 {
		t.Errorf("%d processes, %d troubles; there are two slots", started, troubles)
	}
}

func TestAProcessThatWasKilledIsReplaced(t *testing.T) {
	t.Parallel()
	h, c := apart(t)
	stored := hash(t, h, password)
	if err := c.started[0].Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if !verifies(t, h, stored, password) {
		t.Error("not verified")
	}
	if started, troubles := c.count(); started != 2 || troubles != 1 || !strings.Contains(c.troubles[0].Error(), "killed") {
		t.Errorf("%d processes, troubles %v", started, c.troubles)
	}
}

func TestWithoutProcessesTheWorkIsDoneHere(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func() *exec.Cmd{
		"nothing to start": func() *exec.Cmd { return exec.Command("/nowhere/at/all") },
		"it ends at once":  func() *exec.Cmd { return exec.Command("/bin/false") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c := cheap(), &crew{}
			h.Apart(start, c.hear)
			if !verifies(t, h, hash(t, h, password), password) {
				t.Error("not verified")
			}
			if len(c.troubles) == 0 {
				t.Error("no complaint")
			}
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAProcessThatCannotBeStartedIsNotTriedForEachHash(t *testing.T) {
	t.Parallel()
	h, c, tries := cheap(), &crew{}, 0
	h.Apart(func() *exec.Cmd { tries++; return exec.Command("/nowhere/at/all") }, c.hear)
	for range 5 {
		hash(t, h, password)
	}
	if tries != 1 || len(c.troubles) != 1 {
		t.Errorf("%d tries, %d complaints", tries, len(c.troubles))
	}
}

func TestCloseEndsTheProcessesThatHash(t *testing.T) {
	t.Parallel()
	h, c := cheap(), &crew{}
	h.Apart(c.command, c.hear)
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
	if started, _ := c.count(); started != 1 {
		t.Errorf("%d processes, after Close there are no new ones", started)
	}
}

func TestAWorkerRefusesWhatIsNoTask(t *testing.T) {
	t.Parallel()
	for _, input := range []string{"nonsense", `{"Stored":"nonsense","Password":"eA=="}`, `{"Password":1}`} {
		process := (&crew{}).command()
		process.Stdin = strings.NewReader(input)
		out, err := process.Output()
		if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 1 || len(out) > 0 {
			t.Errorf("%s: %v, answer %q", input, err, out)
		}
	}
}
