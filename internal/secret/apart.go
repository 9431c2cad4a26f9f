package secret

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// A hash keeps a processor busy for tens of milliseconds and fills 19 MiB. Beside
// the requests of a server, Go's scheduler lets it go on for ten milliseconds at a
// time while they wait, and its collector comes round with every hash. The kernel
// shares processors more finely, so hashes are made in processes of their own.

// Apart says how to start processes that hash, and hears of what becomes of them.
type Apart struct {
	// Start gives the command of one, which runs [Work] on its standard input and
	// output.
	Start func() (*exec.Cmd, error)
	// Lost hears that a process ended, or fell silent; the next hash gets another.
	Lost func(error)
	// Within hears that none could be started: for a minute, hashes are made here.
	Within func(error)
}

// Apart has all hashing done by processes, as many as there are slots. They are
// started when they are needed, and end after a minute of rest. It is called once,
// before anything is hashed.
func (h *Hasher) Apart(a Apart) { h.workshop.apart = &a }

// Close ends the processes that hash, and waits for them. What is hashed from then
// on is hashed here.
func (h *Hasher) Close() error { return h.workshop.close() }

const (
	// rest is how long a worker may have nothing to do, and how long none is started
	// after one could not be.
	rest = time.Minute
	// taskLimit is how long a task may take: the dearest hash that is allowed takes
	// some seconds, and its process gives way to all others.
	taskLimit = 30 * time.Second
)

// A workshop does tasks: here, or by workers.
type workshop struct {
	apart           *Apart // nil for here
	rest, taskLimit time.Duration

	mu      sync.Mutex
	all     []*worker
	resting []*worker // the last of them rests the shortest
	retry   time.Time // before, none is started
	closed  bool
}

// do does a task. What a worker died of would be as bad for this process, so only
// tasks that cost no more than this server's own are done here after all.
func (s *workshop) do(t task, own Params) (result, error) {
	if s.apart == nil {
		return t.do()
	}
	r, err := s.delegate(t)
	switch {
	case err == nil:
		return r, nil
	case t.costs(own):
		return t.do()
	}
	return result{}, fmt.Errorf("%w (a process that hashes was lost)", ErrBusy)
}

// delegate gives a task to a worker. One that was killed at rest, for instance for
// want of memory, is found out only now, so that a fresh one is asked after it.
func (s *workshop) delegate(t task) (result, error) {
	for {
		w, err := s.hire()
		if err != nil {
			return result{}, err
		}
		r, err := w.do(t, s.taskLimit)
		if err == nil {
			s.release(w)
			return r, nil
		}
		err = errors.Join(err, s.dismiss(w))
		if w.fresh {
			s.pause()
			s.apart.Within(err)
			return result{}, err
		}
		s.apart.Lost(err)
	}
}

// errNobody says that no worker is to be had. Somebody has heard why.
var errNobody = errors.New("no process hashes")

// hire gives a worker who rests, or a fresh one.
func (s *workshop) hire() (*worker, error) {
	if w, err := s.awake(); w != nil || err != nil {
		return w, err
	}
	w, err := s.employ()
	if err != nil {
		s.pause()
		s.apart.Within(err)
		return nil, errNobody
	}
	if !s.enlist(w) {
		return nil, errors.Join(errNobody, w.dismiss())
	}
	return w, nil
}

func (s *workshop) enlist(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.all = append(s.all, w)
	}
	return !s.closed
}

// awake gives a worker who rests, if one does. It fails where no fresh one may be
// started either.
func (s *workshop) awake() (*worker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.resting) - 1; last >= 0 && !s.closed {
		w := s.resting[last]
		s.resting = s.resting[:last]
		w.bored.Stop()
		return w, nil
	}
	if s.closed || time.Now().Before(s.retry) {
		return nil, errNobody
	}
	return nil, nil
}

func (s *workshop) employ() (*worker, error) {
	command, err := s.apart.Start()
	if err != nil {
		return nil, err
	}
	return employ(command)
}

// pause lets no worker be started for a while.
func (s *workshop) pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retry = time.Now().Add(s.rest)
}

// release lets a worker rest, and go after a while.
func (s *workshop) release(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return // close dismisses them all
	}
	w.fresh = false
	w.bored = time.AfterFunc(s.rest, func() { s.retire(w) })
	s.resting = append(s.resting, w)
}

// retire dismisses a worker, unless somebody has hired it meanwhile.
func (s *workshop) retire(w *worker) {
	s.mu.Lock()
	at := slices.Index(s.resting, w)
	if at >= 0 {
		s.resting = slices.Delete(s.resting, at, at+1)
	}
	s.mu.Unlock()
	if at < 0 {
		return
	}
	if err := s.dismiss(w); err != nil {
		s.apart.Lost(err)
	}
}

func (s *workshop) dismiss(w *worker) error {
	s.mu.Lock()
	s.all = slices.DeleteFunc(s.all, func(one *worker) bool { return one == w })
	s.mu.Unlock()
	return w.dismiss()
}

// close dismisses all at once; those at work finish first.
func (s *workshop) close() error {
	s.mu.Lock()
	all := s.all
	s.closed, s.all, s.resting = true, nil, nil
	s.mu.Unlock()
	faults := make([]error, len(all))
	var gone sync.WaitGroup
	for i, w := range all {
		gone.Go(func() { faults[i] = w.dismiss() })
	}
	gone.Wait()
	return errors.Join(faults...)
}
