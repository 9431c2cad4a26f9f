package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A hash keeps a processor busy for tens of milliseconds and fills 19 MiB. Beside
// the requests of a server, Go's scheduler lets it go on for ten milliseconds at a
// time while they wait, and its collector comes round with every hash. The kernel
// shares processors more finely, so hashes are made in processes of their own.

// Apart has all hashing done by processes that start gives commands for: such a
// command calls [Work] on its standard input and output. As many run as there are
// slots. They are started when they are needed, and end after a minute of rest.
// Where one cannot be started, or is killed, complain hears of it and the work is
// done here. Apart is called once, before anything is hashed.
func (h *Hasher) Apart(start func() *exec.Cmd, complain func(error)) {
	h.workshop.start, h.workshop.complain = start, complain
}

// Close ends the processes that hash, and waits for them. What is hashed from then
// on is hashed here.
func (h *Hasher) Close() error { return h.workshop.close() }

// rest is how long a worker may have nothing to do.
const rest = time.Minute

// A workshop does tasks: here as long as start is nil, otherwise by workers.
type workshop struct {
	start    func() *exec.Cmd
	complain func(error)

	mu      sync.Mutex
	resting []*worker // the last of them rests the shortest
	retry   time.Time // before, no worker is started: one could not be
	closed  bool
}

// do does a task. A worker that was killed while it rested, for instance for want of
// memory, is found out only now, so that a second one is asked.
func (s *workshop) do(t task) (result, error) {
	for range 2 {
		w, err := s.hire()
		if w == nil {
			s.tell(err)
			break
		}
		r, err := w.do(t)
		if err == nil {
			s.release(w)
			return r, nil
		}
		s.tell(errors.Join(err, w.dismiss()))
	}
	return t.do()
}

func (s *workshop) tell(err error) {
	if err != nil {
		s.complain(fmt.Errorf("hash passwords in a process of its own: %w", err))
	}
}

// hire gives a worker who rests, or a new one. No worker and no error means that the
// work is done here.
func (s *workshop) hire() (*worker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.start == nil || s.closed || time.Now().Before(s.retry) {
		return nil, nil
	}
	if last := len(s.resting) - 1; last >= 0 {
		w := s.resting[last]
		s.resting = s.resting[:last]
		w.bored.Stop()
		return w, nil
	}
	w, err := employ(s.start())
	if err != nil {
		s.retry = time.Now().Add(rest)
	}
	return w, err
}

// release lets a worker rest, and go after a while.
func (s *workshop) release(w *worker) {
	if !s.keep(w) {
		s.tell(w.dismiss())
	}
}

func (s *workshop) keep(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	w.bored = time.AfterFunc(rest, func() { s.retire(w) })
	s.resting = append(s.resting, w)
	return true
}

// retire dismisses a worker, unless somebody has hired it meanwhile.
func (s *workshop) retire(w *worker) {
	s.mu.Lock()
	at := slices.Index(s.resting, w)
	if at >= 0 {
		s.resting = slices.Delete(s.resting, at, at+1)
	}
	s.mu.Unlock()
	if at >= 0 {
		s.tell(w.dismiss())
	}
}

func (s *workshop) close() error {
	s.mu.Lock()
	all := s.resting
	s.closed, s.resting = true, nil
	s.mu.Unlock()
	var faults []error
	for _, w := range all {
		w.bored.Stop()
		faults = append(faults, w.dismiss())
	}
	return errors.Join(faults...)
}

// A worker is a process that does one task after the other.
type worker struct {
	process *exec.Cmd
	in      io.Closer
	tasks   *json.Encoder
	results *json.Decoder
	bored   *time.Timer // since it rests
}

func employ(process *exec.Cmd) (*worker, error) {
	in, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	return &worker{process: process, in: in, tasks: json.NewEncoder(in), results: json.NewDecoder(out)}, nil
}

func (w *worker) do(t task) (r result, err error) {
	if err := w.tasks.Encode(t); err != nil {
		return r, err
	}
	return r, w.results.Decode(&r)
}

// dismissLimit is how long a worker may take to end: one at work has tens of
// milliseconds left.
const dismissLimit = 5 * time.Second

// dismiss ends a worker and waits for it.
func (w *worker) dismiss() error {
	kill := time.AfterFunc(dismissLimit, func() { _ = w.process.Process.Kill() }) // it may have ended meanwhile
	defer kill.Stop()
	return errors.Join(w.in.Close(), w.process.Wait())
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
	Matches bool   `json:",omitempty"`
}

func (t task) do() (result, error) {
	if t.Params != nil {
		return result{Stored: newArgon2Hash(*t.Params, string(t.Password)).String()}, nil
	}
	stored, err := decode(t.Stored)
	if err != nil {
		return result{}, err
	}
	return result{Matches: stored.matches(string(t.Password))}, nil
}

// Work does the tasks that come from in, each when the one before is done, and
// answers to out, until in ends. It gives way to whatever else the machine does.
func Work(in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	yieldToOthers()
	tasks, results := json.NewDecoder(in), json.NewEncoder(out)
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
