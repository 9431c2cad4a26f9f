package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"roster.example/roster/internal/model"
)

// FolderOpener opens the store in a folder and creates it if it is missing. The caller closes it.
type FolderOpener func(t *testing.T, folder string) model.Store

// folderVariable is set if the test binary runs as a child process. It names the
// folder in which the child writes until it is killed.
const folderVariable = "ROSTER_STORETEST_FOLDER"

// RunReopen runs the tests of the contract that close and reopen a store. For a process
// that is killed while it writes, the test binary starts itself with the name of the test
// that called RunReopen. That test must call it only once.
func RunReopen(t *testing.T, open FolderOpener) {
	if folder := os.Getenv(folderVariable); folder != "" {
		writeUntilKilled(open(t, folder))
		return
	}
	caller := t.Name()
	t.Run("what was written is there after reopening", func(t *testing.T) {
		t.Parallel()
		reopened(t, open)
	})
	t.Run("ids are not used again after reopening", func(t *testing.T) {
		t.Parallel()
		idsStayClosed(t, open)
	})
	t.Run("after a kill every acknowledged write is there and none is half done", func(t *testing.T) {
		t.Parallel()
		killed(t, open, caller)
	})
}

func closeStore(t *testing.T, s model.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func reopened(t *testing.T, open FolderOpener) {
	folder := t.TempDir()
	s := open(t, folder)
	u := fixture{T: t, store: s}.user("ada")
	closeStore(t, s)
	s = open(t, folder)
	fixture{T: t, store: s}.wantUser(u)
	closeStore(t, s)
}

func idsStayClosed(t *testing.T, open FolderOpener) {
	folder := t.TempDir()
	s := open(t, folder)
	f := fixture{T: t, store: s}
	first := f.user("ada")
	f.update(func(tx model.Writer) error { return tx.DropUser(first.ID) })
	closeStore(t, s)
	s = open(t, folder)
	if second := (fixture{T: t, store: s}).user("ada"); second.ID <= first.ID {
		t.Errorf("id %d after %d, which was deleted", second.ID, first.ID)
	}
	closeStore(t, s)
}

// Each write of the child is a user with an address and an event. The child prints the username
// when the store has acknowledged the write.
const (
	acknowledged = "acknowledged "
	childWriters = 8
	killAfter    = 400 // acknowledged writes
)

func killed(t *testing.T, open FolderOpener, caller string) {
	folder := t.TempDir()
	promised := killChild(t, folder, caller)
	s := open(t, folder)
	f := fixture{T: t, store: s}
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
	f.wantChain()
	subjects := map[model.UserID]int{}
	for _, e := range f.events(model.EventFilter{Limit: 1_000_000}) {
		subjects[e.User]++
	}
	users := readValue(f, allUsers)
	kept := map[string]bool{}
	for _, u := range users {
		kept[u.Username] = true
		if u.Primary().Address != u.Username+"@example.org" || subjects[u.ID] != 1 {
			t.Errorf("%s is half done: address %q, %d events", u.Username, u.Primary().Address, subjects[u.ID])
		}
	}
	if len(subjects) != len(users) {
		t.Errorf("%d users, but events about %d", len(users), len(subjects))
	}
	for _, name := range promised {
		if !kept[name] {
			t.Errorf("%s was acknowledged and is gone", name)
		}
	}
	f.user("afterwards")
	closeStore(t, s)
}

// killChild starts the child, kills it while it writes, and returns the usernames
// that it printed.
func killChild(t *testing.T, folder, caller string) []string {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+caller+"$", "-test.v=false")
	child.Env = append(os.Environ(), folderVariable+"="+folder)
	var stderr strings.Builder
	child.Stderr = &stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	alive, err := child.StdinPipe() // if this test dies, the child reads the end of the pipe
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		name, ok := strings.CutPrefix(lines.Text(), acknowledged)
		if ok {
			names = append(names, name)
		}
		if len(names) == killAfter {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := child.Wait(); err == nil || child.ProcessState.Exited() {
		t.Fatalf("the child ended by itself: %v\n%s", err, stderr.String())
	}
	if err := alive.Close(); err != nil && !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
	if len(names) < killAfter {
		t.Fatalf("the child wrote only %d rows", len(names))
	}
	return names
}

// writeUntilKilled never returns.
func writeUntilKilled(s model.Store) {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	var mu sync.Mutex
	var group sync.WaitGroup
	for w := range childWriters {
		group.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("w%d-%d", w, i)
				err := s.Update(context.Background(), func(tx model.Writer) error { return writeWhole(tx, name) })
				mu.Lock()
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(4)
				}
				fmt.Println(acknowledged + name)
				mu.Unlock()
			}
		})
	}
	group.Wait()
}

func writeWhole(tx model.Writer, name string) error {
	u, err := addUser(tx, newUser(name), name+"@example.org")
	if err != nil {
		return err
	}
	return record(tx, model.Event{At: sampleTime(), Verb: model.UserCreate, User: u.ID})
}
