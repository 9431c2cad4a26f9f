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
)

// greeting is what a worker says first: somebody else, or one of another version,
// says something else.
const greeting = "roster hash 1"

// A worker is a process that does one task after the other.
type worker struct {
	process *exec.Cmd
	in, out *os.File // of this side
	tasks   *json.Encoder
	results *json.Decoder
	fresh   bool        // it has done nothing yet
	bored   *time.Timer // since it rests
	gone    func() error
}

// greetLimit is how long a worker may take to greet.
const greetLimit = 10 * time.Second

// employ starts a worker and waits until it has greeted.
func employ(process *exec.Cmd) (*worker, error) {
	w := &worker{process: process, fresh: true}
	w.gone = sync.OnceValue(w.end)
	if err := w.start(); err != nil {
		return nil, err
	}
	w.tasks, w.results = json.NewEncoder(w.in), json.NewDecoder(w.out)
	w.results.DisallowUnknownFields()
	var said string
	err := w.within(greetLimit, func() error { return w.results.Decode(&said) })
	if err == nil && said != greeting {
		err = errors.New("the process is not one that hashes")
	}
	if err != nil {
		return nil, errors.Join(err, w.dismiss())
	}
	return w, nil
}

func (w *worker) start() error {
	theirIn, ourIn, err := os.Pipe()
	if err != nil {
		return err
	}
	ourOut, theirOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, theirIn.Close(), ourIn.Close())
	}
	w.in, w.out = ourIn, ourOut
	w.process.Stdin, w.process.Stdout = theirIn, theirOut
	if err := w.process.Start(); err != nil {
		return errors.Join(err, theirIn.Close(), theirOut.Close(), ourIn.Close(), ourOut.Close())
	}
	if err := errors.Join(theirIn.Close(), theirOut.Close()); err != nil {
		return errors.Join(err, w.dismiss())
	}
	return nil
}

// within gives what talks to the process some time.
func (w *worker) within(limit time.Duration, talk func() error) error {
	until := time.Now().Add(limit)
	if err := errors.Join(w.in.SetWriteDeadline(until), w.out.SetReadDeadline(until)); err != nil {
		return err
	}
	return talk()
}

func (w *worker) do(t task, limit time.Duration) (r result, err error) {
	err = w.within(limit, func() error {
		if err := w.tasks.Encode(t); err != nil {
			return err
		}
		return w.results.Decode(&r)
	})
	if err == nil && !t.answeredBy(r) {
		err = errors.New("the answer is none to the task")
	}
	return r, err
}

// dismissLimit is how long a worker may take to end: one at work has tens of
// milliseconds left.
const dismissLimit = 2 * time.Second

// dismiss ends a worker and waits for it. How the process ended is an error, if it
// was not as it should; that it had to be killed here is none. Only the first time
// does anything.
func (w *worker) dismiss() error { return w.gone() }

func (w *worker) end() error {
	kill := time.AfterFunc(dismissLimit, func() { _ = w.process.Process.Kill() }) // it may have ended meanwhile
	closed := w.in.Close()
	ended := w.process.Wait()
	if !kill.Stop() {
		ended = nil
	}
	return errors.Join(closed, ended, w.out.Close())
}

// A task is one hash to make, or to compare with.
type task struct {
	Params   *Params `json:",omitempty"` // to make one; nil to compare
	Stored   string  `json:",omitempty"`
	Password []byte  // as bytes: JSON has no text that is not UTF-8
}

// A result is what came of a task.
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

// answeredBy reports whether a result is one of this task.
func (t task) answeredBy(r result) bool {
	if t.Params == nil {
		return r.Matches != nil && r.Stored == ""
	}
	stored, err := decode(r.Stored)
	own, ok := stored.(argon2Hash)
	return err == nil && ok && own.params == *t.Params && r.Matches == nil
}

// costs reports whether a task takes no more memory than one with these parameters.
func (t task) costs(own Params) bool {
	if t.Params != nil {
		return t.Params.MemoryKiB <= own.MemoryKiB
	}
	stored, err := decode(t.Stored)
	argon, is := stored.(argon2Hash)
	return err == nil && (!is || argon.params.MemoryKiB <= own.MemoryKiB)
}

// Work does the tasks that come from in, each when the one before is done, and
// answers to out, until in ends. It gives way to whatever else the machine does.
func Work(in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	yieldToOthers()
	tasks, results := json.NewDecoder(in), json.NewEncoder(out)
	tasks.DisallowUnknownFields()
	if err := results.Encode(greeting); err != nil {
		return fmt.Errorf("greet: %w", err)
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
		runtime.GC() // or the next hash would take as much memory again
	}
}
