package cache

import (
	"crypto/sha256"

	"github.com/maypok86/otter/v2"
)

// queryKind distinguishes the cached queries.
type queryKind uint8

const (
	userByID queryKind = iota
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
	preferencesOf
)

// key is a query with its arguments.
type key struct {
	kind queryKind
	id   int64
	org  int64
	text string
	hash [sha256.Size]byte
}

// byHash returns the key of a query for a credential. The key contains the hash itself, so that
// a query allocates nothing; a hash that is not SHA-256 is stored as text.
func byHash(kind queryKind, hash []byte) key {
	k := key{kind: kind}
	if len(hash) != len(k.hash) {
		k.text = string(hash)
		return k
	}
	copy(k.hash[:], hash)
	return k
}

// entry is a cached result.
type entry struct {
	epoch  uint64 // before its snapshot was taken
	tag    tag
	orgs   bool // it also depends on organizations or roles
	absent bool // there is no such record
	size   uint32
	value  any // a pointer
}

// table holds the entries. Its size is bounded; rarely used entries are evicted first.
type table struct {
	epochs
	entries *otter.Cache[key, *entry]
	maxSize int // of one entry, in bytes; larger ones are not stored
}

// overhead is the approximate size of an entry without its value, in bytes.
const overhead = 256

func newTable(limit uint64) *table {
	return &table{maxSize: int(limit / 64), entries: otter.Must(&otter.Options[key, *entry]{
		MaximumWeight: limit,
		Weigher:       func(_ key, e *entry) uint32 { return e.size },
	})}
}

// get returns the entry of k if it is fresh.
func (t *table) get(k key) (*entry, bool) {
	e, ok := t.entries.GetIfPresent(k)
	if !ok || !t.isFresh(e.epoch, e.tag, e.orgs) {
		return nil, false
	}
	return e, true
}

func (t *table) put(k key, e *entry) {
	e.size += overhead + uint32(len(k.text))
	t.entries.Set(k, e)
}
