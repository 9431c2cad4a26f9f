package secret

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// A hash uses a processor for tens of milliseconds and fills 19 MiB. In the server's
// own process, Go's scheduler lets it run for ten milliseconds at a time while requests
// wait, and each hash triggers the garbage collector. The kernel shares processors more
// finely, so separate processes compute hashes (docs/adr/0016-hashing-apart.md).

// WorkerOptions configures the processes that compute hashes.
type WorkerOptions struct {
	// Start returns the command of a worker process, which runs [ServeHashWorker] on its
	// standard input and output.
	Start func() (*exec.Cmd, error)
	// OnLost is called when a process ended or did not respond. The next hash starts
	// another process.
	OnLost func(error)
	// OnUnavailable is called when no process could be started. For a minute, hashes are
	// computed in this process.
	OnUnavailable func(error)
}

// UseWorkers lets processes compute all hashes, at most one process for each slot. A
// process starts when it is needed, and stops after a minute without work. Call it once,
// before the first hash.
func (h *Hasher) UseWorkers(a WorkerOptions) { h.pool.options = &a }

// Close stops the worker processes and waits until they have ended. Later hashes are
// computed in this process.
func (h *Hasher) Close() error { return h.pool.close() }

const (
	// idleLimit is how long a worker may be without work, and how long no worker is
	// started after a start failed.
	idleLimit = time.Minute
	// taskLimit bounds one task: the most expensive hash that is allowed takes some
	// seconds, at a low priority.
	taskLimit = 30 * time.Second
)

// A workerPool runs tasks in worker processes, or in this process.
type workerPool struct {
	options              *WorkerOptions // nil: run tasks in this process
	idleLimit, taskLimit time.Duration

	mu            sync.Mutex
	workers       []*worker
	idle          []*worker // the last one is idle for the shortest time
	noStartBefore time.Time // no worker starts before
	closed        bool
}

// run runs a task. A task that ended a worker could end this process too, so only a task
// that needs no more memory than this server's own hashes is run here instead.
func (p *workerPool) run(t task, own Params) (result, error) {
	if p.options == nil {
		return t.do()
	}
	r, err := p.runInWorker(t)
	switch {
	case err == nil:
		return r, nil
	case t.fits(own):
		return t.do()
	}
	return result{}, fmt.Errorf("%w (a hashing process was lost)", ErrBusy)
}

// runInWorker runs a task in a worker. A worker that was killed while it was idle, for
// instance by the kernel's OOM killer, is only noticed here; a new worker then gets the task.
func (p *workerPool) runInWorker(t task) (result, error) {
	for {
		w, err := p.get()
		if err != nil {
			return result{}, err
		}
		r, err := w.do(t, p.taskLimit)
		if err == nil {
			p.put(w)
			return r, nil
		}
		err = errors.Join(err, p.stop(w))
		if w.fresh {
			p.delayStarts()
			p.options.OnUnavailable(err)
			return result{}, err
		}
		p.options.OnLost(err)
	}
}

// errNoWorker reports that there is no worker. WorkerOptions received the cause.
var errNoWorker = errors.New("no hashing process can be started")

// get returns an idle worker, or starts one.
func (p *workerPool) get() (*worker, error) {
	if w, err := p.takeIdle(); w != nil || err != nil {
		return w, err
	}
	w, err := p.start()
	if err != nil {
		p.delayStarts()
		p.options.OnUnavailable(err)
		return nil, errNoWorker
	}
	if !p.register(w) {
		return nil, errors.Join(errNoWorker, w.stop())
	}
	return w, nil
}

// register adds w to the pool; it reports false if the pool is closed.
func (p *workerPool) register(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.workers = append(p.workers, w)
	}
	return !p.closed
}

// takeIdle returns an idle worker, or nil if there is none. It returns errNoWorker if no
// worker may be started either.
func (p *workerPool) takeIdle() (*worker, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 && !p.closed {
		w := p.idle[last]
		p.idle = p.idle[:last]
		w.idleTimer.Stop()
		return w, nil
	}
	if p.closed || time.Now().Before(p.noStartBefore) {
		return nil, errNoWorker
	}
	return nil, nil
}

func (p *workerPool) start() (*worker, error) {
	command, err := p.options.Start()
	if err != nil {
		return nil, err
	}
	return startWorker(command)
}

// delayStarts prevents starts of workers for a while.
func (p *workerPool) delayStarts() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noStartBefore = time.Now().Add(p.idleLimit)
}

// put returns a worker to the idle ones, and stops it if it stays idle.
func (p *workerPool) put(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return // close stops all workers
	}
	w.fresh = false
	w.idleTimer = time.AfterFunc(p.idleLimit, func() { p.stopIdle(w) })
	p.idle = append(p.idle, w)
}

// stopIdle stops a worker unless it has work again.
func (p *workerPool) stopIdle(w *worker) {
	p.mu.Lock()
	at := slices.Index(p.idle, w)
	if at >= 0 {
		p.idle = slices.Delete(p.idle, at, at+1)
	}
	p.mu.Unlock()
	if at < 0 {
		return
	}
	if err := p.stop(w); err != nil {
		p.options.OnLost(err)
	}
}

func (p *workerPool) stop(w *worker) error {
	p.mu.Lock()
	p.workers = slices.DeleteFunc(p.workers, func(one *worker) bool { return one == w })
	p.mu.Unlock()
	return w.stop()
}

// close stops all workers at the same time. A running task finishes first.
func (p *workerPool) close() error {
	p.mu.Lock()
	all := p.workers
	p.closed, p.workers, p.idle = true, nil, nil
	p.mu.Unlock()
	faults := make([]error, len(all))
	var stopped sync.WaitGroup
	for i, w := range all {
		stopped.Go(func() { faults[i] = w.stop() })
	}
	stopped.Wait()
	return errors.Join(faults...)
}
