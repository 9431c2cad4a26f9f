package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Load describes a load on one server, or on several equal ones.
type Load struct {
	Addresses []string // HOST:PORT; connections are distributed evenly
	Conns     int      // concurrent connections
	For       time.Duration
	// Next returns the next request. All connections call it concurrently.
	Next func() Request
	// Rate is the number of requests per second of all connections together, at even
	// intervals; zero means that each sends the next request after a response.
	Rate float64
}

// Outcome is the result of a load.
type Outcome struct {
	Elapsed time.Duration
	Refused int             // responses with a status outside 200-299
	Took    []time.Duration // of every request, sorted
}

// PerSecond returns the number of responses per second.
func (o Outcome) PerSecond() float64 { return float64(len(o.Took)) / o.Elapsed.Seconds() }

// Percentile returns the time within which p percent of requests were answered.
func (o Outcome) Percentile(p float64) time.Duration {
	if len(o.Took) == 0 {
		return 0
	}
	return o.Took[min(int(float64(len(o.Took))*p/100), len(o.Took)-1)]
}

// Run runs the load. It returns an error if a connection fails.
func (l Load) Run(ctx context.Context) (Outcome, error) {
	callers, err := l.dial(ctx)
	if err != nil {
		return Outcome{}, err
	}
	start := time.Now()
	stop := context.AfterFunc(ctx, func() { closeAll(callers) })
	defer stop()
	var all sync.WaitGroup
	for i, c := range callers {
		all.Go(func() { c.err = c.ask(l, start, i) })
	}
	all.Wait()
	o := Outcome{Elapsed: time.Since(start)}
	var faults []error
	for _, c := range callers {
		o.Took = append(o.Took, c.took...)
		o.Refused += c.refused
		faults = append(faults, c.err)
	}
	closeAll(callers)
	slices.Sort(o.Took)
	return o, errors.Join(append(faults, ctx.Err())...)
}

// caller is one connection of the load.
type caller struct {
	*Conn
	took    []time.Duration
	refused int
	err     error
}

func (l Load) dial(ctx context.Context) ([]*caller, error) {
	var callers []*caller
	for i := range l.Conns {
		c, err := Dial(ctx, l.Addresses[i%len(l.Addresses)])
		if err != nil {
			closeAll(callers)
			return nil, fmt.Errorf("connect to the server: %w", err)
		}
		callers = append(callers, &caller{Conn: c, took: make([]time.Duration, 0, 1<<14)})
	}
	return callers, nil
}

// closeAll closes connections and ignores errors.
func closeAll(callers []*caller) {
	for _, c := range callers {
		_ = c.Close()
	}
}

func (c *caller) ask(l Load, start time.Time, index int) error {
	end := start.Add(l.For)
	if err := c.wire.SetDeadline(end.Add(patience)); err != nil {
		return err
	}
	pace := pace{due: start, every: l.every()}
	pace.due = pace.due.Add(time.Duration(index) * pace.every / time.Duration(l.Conns))
	for {
		sent := pace.wait()
		if !sent.Before(end) {
			return nil
		}
		status, err := c.Do(l.Next())
		if err != nil {
			return err
		}
		c.took = append(c.took, time.Since(sent))
		if status < 200 || status > 299 {
			c.refused++
		}
	}
}

// every returns the time between two requests of one connection; zero without a rate.
func (l Load) every() time.Duration {
	if l.Rate <= 0 {
		return 0
	}
	return time.Duration(float64(l.Conns) / l.Rate * float64(time.Second))
}

// pace returns when to send the next request. The time of a request that is delayed by a slow response counts from
// its scheduled time, because otherwise the longest waits would be missing.
type pace struct {
	due   time.Time
	every time.Duration
}

func (p *pace) wait() time.Time {
	now := time.Now()
	if p.every == 0 {
		return now
	}
	if late := now.Sub(p.due); late > 0 {
		now = p.due
	} else {
		time.Sleep(-late)
		now = time.Now() // the server is not responsible for a long sleep
	}
	p.due = p.due.Add(p.every)
	return now
}
