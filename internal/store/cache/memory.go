package cache

import (
	"crypto/sha256"

	"github.com/maypok86/otter/v2"
)

// kind tells the questions apart.
type kind uint8

const (
	userByID kind = iota
	userByName
	userByUID
	userByAddress
	tokenByHash
	sessionByHash
	apiKeyByLookup
	apiKeyOf
	keysOf
	memberIn
	memberCount
	projectsOf
	assignmentsOf
	membershipsOf
	organizationByID
	organizationBySlug
	homeOrganization
	roleByID
	rolesOf
	allWebhooks
)

// key is a question; the others are its arguments.
type key struct {
	kind kind
	id   int64
	org  int64
	text string
	hash [sha256.Size]byte
}

// byHash is a question for a credential. Its hash is in the key itself, so that
// none is allocated to ask; what is no SHA-256 stands as text.
func byHash(kind kind, hash []byte) key {
	k := key{kind: kind}
	if len(hash) != len(k.hash) {
		k.text = string(hash)
		return k
	}
	copy(k.hash[:], hash)
	return k
}

// entry is an answer.
type entry struct {
	at     uint64 // of the clock, before its snapshot was taken
	about  topic
	orgs   bool // it is about organizations or roles as well
	absent bool // the answer is that there is none
	weight uint32
	fact   any // a pointer
}

// memory is bounded by weight; what is rarely asked for goes first.
type memory struct {
	clock
	entries  *otter.Cache[key, *entry]
	heaviest int // in bytes; what is heavier is not kept
}

// overhead is about what an entry takes beside its fact, in bytes.
const overhead = 256

func newMemory(limit uint64) *memory {
	return &memory{heaviest: int(limit / 64), entries: otter.Must(&otter.Options[key, *entry]{
		MaximumWeight: limit,
		Weigher:       func(_ key, e *entry) uint32 { return e.weight },
	})}
}

// recall gives the answer to k if it still counts.
func (m *memory) recall(k key) (*entry, bool) {
	e, ok := m.entries.GetIfPresent(k)
	if !ok || !m.holds(e.at, e.about, e.orgs) {
		return nil, false
	}
	return e, true
}

func (m *memory) keep(k key, e *entry) {
	e.weight += overhead + uint32(len(k.text))
	m.entries.Set(k, e)
}
