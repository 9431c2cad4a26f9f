package secret

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
)

// Errors of Keyring.Open.
var (
	// ErrNoKey reports that the key that sealed a secret is not in the ring.
	ErrNoKey = errors.New("the encryption key of this secret is missing: put its line back into the key file")
	// ErrSealed reports that sealed bytes were changed, or were sealed for another purpose
	// or owner.
	ErrSealed = errors.New("the sealed secret is damaged or belongs to another record: issue a new one")
)

// ringKeyBytes is the length of each key of a ring.
const ringKeyBytes = 32

// lookupBytes is the length of a Lookup, an HMAC-SHA256.
const lookupBytes = 32

// sealVersion is the first byte of what Seal returns.
const sealVersion = 1

// A ringKey is one line of a key file.
type ringKey struct {
	id       string
	material []byte
	derived  *derived
}

// A Keyring holds the keys that encrypt retrievable secrets at rest. The newest key seals,
// unless Prefer chose another. All keys open, so that keys can be replaced while secrets of
// older keys still exist.
//
// No key is used directly: HKDF (RFC 5869) derives another for each use and purpose, so a
// lookup hash reveals nothing about a sealed secret. A Keyring is safe for concurrent use.
type Keyring struct {
	mu      sync.RWMutex
	keys    []ringKey // newest first, never empty, replaced as a whole
	buffers sync.Pool // of *buffers
}

// Seal encrypts plain with the current key by AES-256-GCM, bound to purpose and owner: the
// result cannot be opened for another row. It also returns the id of the key, which the
// sealed bytes contain too.
//
// The bytes are a version, the length of the key id, the key id, a random
// nonce, the ciphertext and its tag.
func (r *Keyring) Seal(purpose string, owner int64, plain []byte) (sealed []byte, keyID string) {
	key := r.list()[0]
	header := append([]byte{sealVersion, byte(len(key.id))}, key.id...)
	return key.aead(purpose).Seal(header, nil, plain, additionalData(nil, header, purpose, owner)), key.id
}

// Open decrypts bytes that Seal returned for the same purpose and owner. It returns
// ErrNoKey or ErrSealed.
func (r *Keyring) Open(purpose string, owner int64, sealed []byte) ([]byte, error) {
	return r.open(nil, purpose, owner, sealed, &buffers{})
}

// OpenText is Open for a secret that is text. It allocates only the text, because some
// APIs show a key with every response.
func (r *Keyring) OpenText(purpose string, owner int64, sealed []byte) (Text, error) {
	space, _ := r.buffers.Get().(*buffers)
	if space == nil {
		space = &buffers{}
	}
	defer r.buffers.Put(space)
	plain, err := r.open(space.plain[:0], purpose, owner, sealed, space)
	if err != nil {
		return "", err
	}
	space.plain = plain
	defer clear(plain)
	return Text(plain), nil
}

// buffers holds the reused memory of OpenText.
type buffers struct{ plain, bound []byte }

// open appends the decrypted bytes to plain.
func (r *Keyring) open(plain []byte, purpose string, owner int64, sealed []byte, space *buffers) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != sealVersion || len(sealed) < 2+int(sealed[1]) {
		return nil, ErrSealed
	}
	end := 2 + int(sealed[1])
	header, body := sealed[:end], sealed[end:]
	for _, key := range r.list() {
		if key.id != string(header[2:]) {
			continue
		}
		space.bound = additionalData(space.bound[:0], header, purpose, owner)
		plain, err := key.aead(purpose).Open(plain, nil, body, space.bound)
		if err != nil {
			return nil, ErrSealed
		}
		return plain, nil
	}
	return nil, ErrNoKey
}

// additionalData appends the additional authenticated data of a seal. The header contains
// its own length and the owner has eight bytes, so different inputs give different data.
func additionalData(data, header []byte, purpose string, owner int64) []byte {
	data = append(data, header...)
	data = append(data, purpose...)
	return binary.BigEndian.AppendUint64(data, uint64(owner))
}

// Lookup returns a keyed hash of plain, to look up a sealed secret. Store it with the
// sealed bytes, and replace both after a rotation.
func (r *Keyring) Lookup(purpose, plain string) []byte {
	return r.list()[0].appendLookup(make([]byte, 0, lookupBytes), purpose, plain)
}

// Lookups returns the Lookup of plain under each key, newest first, so that a search finds
// secrets that a running rotation has not sealed again yet.
func (r *Keyring) Lookups(purpose, plain string) [][]byte {
	keys := r.list()
	sums, all := make([][]byte, len(keys)), make([]byte, 0, lookupBytes*len(keys))
	for i, key := range keys {
		start := len(all)
		all = key.appendLookup(all, purpose, plain)
		sums[i] = all[start:len(all):len(all)]
	}
	return sums
}

// SigningKey returns 32 bytes that are derived from the current key for purpose. A
// rotation changes them: use them for short-lived texts.
func (r *Keyring) SigningKey(purpose string) []byte {
	return r.list()[0].derive("sign", purpose)
}

// Prefer makes the key with this id seal until the ring changes. It does not change a file.
// It reports whether the key exists.
func (r *Keyring) Prefer(id string) bool {
	if r.CurrentID() == id {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.keys, func(k ringKey) bool { return k.id == id })
	if i < 0 {
		return false
	}
	r.keys = slices.Concat(r.keys[i:i+1], r.keys[:i], r.keys[i+1:])
	return true
}

// CurrentID returns the id of the key that seals. Seal secrets of other keys again before
// Retire.
func (r *Keyring) CurrentID() string { return r.list()[0].id }

// list returns the keys. The slice is never modified.
func (r *Keyring) list() []ringKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys
}

// String returns the number of keys and the current id, never a key.
func (r *Keyring) String() string {
	return fmt.Sprintf("keyring of %d, current %s", len(r.list()), r.CurrentID())
}

// GoString returns the same as String.
func (r *Keyring) GoString() string { return r.String() }

// Format writes the same as String for every verb.
func (r *Keyring) Format(s fmt.State, _ rune) { writeTo(s, r.String()) }

// LogValue returns the same as String.
func (r *Keyring) LogValue() slog.Value { return slog.StringValue(r.String()) }
