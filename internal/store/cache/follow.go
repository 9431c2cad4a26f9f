package cache

import "time"

// Whoever was blocked on one node is refused by all within a tenth of a second of
// the acknowledgement. A feed does better as long as it lives; that it may have
// died without a sign is why memory is trusted for a moment only, counted from
// when the database was last asked whether there was more to hear.

// trust is that moment. With the time that a request takes to be refused, it
// leaves room to 100 ms.
const trust = 75 * time.Millisecond

// Heard implements [directory.Listener].
func (s *Store) Heard(note string) {
	did, err := readNote(note)
	s.echo.hear(did.from)
	if err != nil {
		s.forgetAll()
		return
	}
	s.noticed(did, true)
}

// Current implements [directory.Listener].
func (s *Store) Current(asOf time.Time) {
	if !s.echo.proves(asOf) {
		return
	}
	s.steady.Store(int64(asOf.Sub(s.born) + trust))
	if s.until.Swap(asOf.Add(trust).UnixNano()) == 0 {
		s.log.Info("this node hears of the changes of others, and answers from memory")
	}
}

// Lost implements [directory.Listener].
func (s *Store) Lost(reason error) {
	s.echo.doubt()
	if s.until.Swap(0) != 0 || reason != nil && !s.told.Swap(true) {
		s.log.Warn("this node does not hear of the changes of others; it asks the database for everything until it does", "error", reason)
	}
	s.forgetAll()
}

func (s *Store) forgetAll() {
	s.forget()
	s.lists.forget()
}
