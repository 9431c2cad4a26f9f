package secret

import "runtime"

// aside runs work on a thread of its own that gives way to all others: a hash
// takes tens of milliseconds of a processor, and a request that only shows a token
// must not wait for the end of somebody's login. It returns when work is done.
func aside(work func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Without unlocking, so that the thread ends with this goroutine: only a
		// privileged process could give it back its priority.
		runtime.LockOSThread()
		yieldToOthers()
		work()
	}()
	<-done
}
