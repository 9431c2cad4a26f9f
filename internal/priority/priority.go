// Package priority lets work that takes long leave the processors to work that is short. It lowers
// the priority of the whole process, for the processes that hash passwords, or of one thread, for
// requests that look at many rows.
package priority

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Panic is a panic of a function that ran on another goroutine.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error describes the panic, with its stack.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n%s", p.Value, p.Stack) }

// Run calls fn on a thread of its own with a low priority, and returns its error. If fn panics, Run
// panics with a [*Panic]. The thread ends with the call: a process without privileges cannot raise the
// priority again. Go's runtime starts no other thread from it, so none inherits the priority.
func Run(fn func() error) error {
	ended := make(chan outcome, 1)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		lowerThread()
		ended <- call(fn)
	}()
	o := <-ended
	if o.panicked != nil {
		panic(o.panicked)
	}
	return o.err
}

// outcome is how a call ended.
type outcome struct {
	err      error
	panicked *Panic
}

func call(fn func() error) (o outcome) {
	defer func() {
		if p := recover(); p != nil {
			o.panicked = &Panic{Value: p, Stack: debug.Stack()}
		}
	}()
	o.err = fn()
	return o
}
