package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"roster.example/roster/internal/priority"
)

// greeting is the first line of a worker. Another program, or another version, sends
// another line.
const greeting = "roster hash 1"

// A worker is a process that runs one task at a time.
type worker struct {
	process   *exec.Cmd
	in, out   *os.File // this process's ends of the pipes
	tasks     *json.Encoder
	results   *json.Decoder
	fresh     bool        // it has completed no task yet
	idleTimer *time.Timer // stops the worker when it stays idle
	stopOnce  func() error
}

// greetingLimit bounds the time until the greeting.
const greetingLimit = 10 * time.Second

// startWorker starts a worker and waits for its greeting.
func startWorker(process *exec.Cmd) (*worker, error) {
	w := &worker{process: process, fresh: true}
	w.stopOnce = sync.OnceValue(w.terminate)
	if err := w.start(); err != nil {
		return nil, err
	}
	w.tasks, w.results = json.NewEncoder(w.in), json.NewDecoder(w.out)
	w.results.DisallowUnknownFields()
	var first string
	err := w.withDeadline(greetingLimit, func() error { return w.results.Decode(&first) })
	if err == nil && first != greeting {
		err = errors.New("the process is not a hashing process")
	}
	if err != nil {
		return nil, errors.Join(err, w.stop())
	}
	return w, nil
}

func (w *worker) start() error {
	childIn, ownIn, err := os.Pipe()
	if err != nil {
		return err
	}
	ownOut, childOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, childIn.Close(), ownIn.Close())
	}
	w.in, w.out = ownIn, ownOut
	w.process.Stdin, w.process.Stdout = childIn, childOut
	if err := w.process.Start(); err != nil {
		return errors.Join(err, childIn.Close(), childOut.Close(), ownIn.Close(), ownOut.Close())
	}
	if err := errors.Join(childIn.Close(), childOut.Close()); err != nil {
		return errors.Join(err, w.stop())
	}
	return nil
}

// withDeadline runs talk. Its reads and writes fail after limit.
func (w *worker) withDeadline(limit time.Duration, talk func() error) error {
	until := time.Now().Add(limit)
	if err := errors.Join(w.in.SetWriteDeadline(until), w.out.SetReadDeadline(until)); err != nil {
		return err
	}
	return talk()
}

func (w *worker) do(t task, limit time.Duration) (r result, err error) {
	err = w.withDeadline(limit, func() error {
		if err := w.tasks.Encode(t); err != nil {
			return err
		}
		return w.results.Decode(&r)
	})
	if err == nil && !t.accepts(r) {
		err = errors.New("the result does not belong to the task")
	}
	return r, err
}

// stopLimit is the time until a worker that does not stop is killed: a running task
// takes tens of milliseconds.
const stopLimit = 2 * time.Second

// stop ends the process and waits for it. It returns an error if the process failed, but
// not if it was killed after stopLimit. Only the first call has an effect.
func (w *worker) stop() error { return w.stopOnce() }

func (w *worker) terminate() error {
	kill := time.AfterFunc(stopLimit, func() { _ = w.process.Process.Kill() }) // fails if the process has ended
	closed := w.in.Close()
	ended := w.process.Wait()
	if !kill.Stop() {
		ended = nil
	}
	return errors.Join(closed, ended, w.out.Close())
}

// A task is one hash to compute, or to compare a password with.
type task struct {
	Params   *Params `json:",omitempty"` // for a new hash; nil to compare
	Stored   string  `json:",omitempty"`
	Password []byte  // bytes, because it may not be UTF-8
}

// A result is the outcome of a task.
type result struct {
	Stored  string `json:",omitempty"`
	Matches *bool  `json:",omitempty"`
}

func (r result) matches() bool { return r.Matches != nil && *r.Matches }

func (t task) do() (result, error) {
	if t.Params != nil {
		return result{Stored: newArgon2Hash(*t.Params, string(t.Password)).String()}, nil
	}
	stored, err := decode(t.Stored)
	if err != nil {
		return result{}, err
	}
	ok := stored.matches(string(t.Password))
	return result{Matches: &ok}, nil
}

// accepts reports whether r can be the result of this task.
func (t task) accepts(r result) bool {
	if t.Params == nil {
		return r.Matches != nil && r.Stored == ""
	}
	stored, err := decode(r.Stored)
	own, ok := stored.(argon2Hash)
	return err == nil && ok && own.params == *t.Params && r.Matches == nil
}

// fits reports whether the task needs at most the memory of a hash with parameters own.
func (t task) fits(own Params) bool {
	if t.Params != nil {
		return t.Params.MemoryKiB <= own.MemoryKiB
	}
	stored, err := decode(t.Stored)
	argon, is := stored.(argon2Hash)
	return err == nil && (!is || argon.params.MemoryKiB <= own.MemoryKiB)
}

// ServeHashWorker reads tasks from in, runs one at a time, and writes the results to out
// until in ends. It lowers the priority of the process.
func ServeHashWorker(in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	priority.LowerProcess()
	tasks, results := json.NewDecoder(in), json.NewEncoder(out)
	tasks.DisallowUnknownFields()
	if err := results.Encode(greeting); err != nil {
		return fmt.Errorf("write greeting: %w", err)
	}
	for {
		var t task
		if err := tasks.Decode(&t); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r, err := t.do()
		if err != nil {
			return err
		}
		if err := results.Encode(r); err != nil {
			return err
		}
		runtime.GC() // otherwise the next hash allocates as much again
	}
}
