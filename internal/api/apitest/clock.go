package apitest

import (
	"bytes"
	"sync"
	"time"
)

// A Clock is a time that passes only when the test says so. Its Now fits
// directory.Options.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at the present.
func NewClock() *Clock { return &Clock{now: time.Now()} }

// Now is where the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A Journal is a log that can be read while others write it. The zero value is
// empty and usable.
type LogBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the journal. There is never an error.
func (j *LogBuffer) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// String is all that was written.
func (j *LogBuffer) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
