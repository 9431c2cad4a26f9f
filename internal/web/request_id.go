package web

import (
	"crypto/rand"
	"encoding/binary"
	"sync/atomic"
)

// idGenerator generates request ids of 26 characters: 16 random ones of the process, and 10 of a
// counter. A new random id for each request would cost a microsecond.
//
// The counter advances by a random odd step, so that an id does not reveal the number of requests.
// It repeats after 2^50.
type idGenerator struct {
	process string // 80 bits
	step    uint64
	counter atomic.Uint64
}

const (
	idDigits   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // RFC 4648, section 6
	processLen = 16
	numberLen  = 10 // of 5 bits each
)

func newIDGenerator() *idGenerator {
	var chance [16]byte
	if _, err := rand.Read(chance[:]); err != nil {
		panic(err) // documented never to happen
	}
	s := &idGenerator{process: rand.Text()[:processLen], step: binary.BigEndian.Uint64(chance[:8]) | 1}
	s.counter.Store(binary.BigEndian.Uint64(chance[8:]))
	return s
}

// next returns an id that no other request has.
func (s *idGenerator) next() string {
	var id [processLen + numberLen]byte
	copy(id[:], s.process)
	n := s.counter.Add(s.step)
	for i := processLen; i < len(id); i++ {
		id[i] = idDigits[n%32]
		n /= 32
	}
	return string(id[:])
}
