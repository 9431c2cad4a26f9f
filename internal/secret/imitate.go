package secret

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Comparing with a bcrypt hash of cost 10 takes twice as long as with argon2id, so
// the time of a rejected login would reveal which users were imported and have not
// logged in since. Therefore every comparison is made once with each scheme that
// stored passwords have: with the stored hash for its own scheme, and with a hash
// that no password matches for the others. A server without imported hashes has no extra
// cost; a server with bcrypt hashes computes both until its users have logged in.

const (
	// maxSchemes is how many schemes beside this server's own are imitated.
	maxSchemes = 8
	// maxBcryptImitated and maxIterationsImitated bound the imitated schemes, because
	// the cost is added to every login. Users with more expensive hashes can be told
	// apart by time.
	maxBcryptImitated     = 12
	maxIterationsImitated = 600_000
	// maxArgon2Imitated is how many times the work of this server's own parameters.
	maxArgon2Imitated = 8
)

// imitated holds the imported schemes of stored passwords, with a hash of each that no
// password matches.
type imitated struct {
	mu    sync.RWMutex
	texts map[string]string // by scheme; replaced as a whole, never changed
}

// Scheme names the algorithm and the parameters of a stored hash, on which the work of a comparison
// depends, such as "bcrypt 10". It is empty for a hash that cannot be decoded.
func Scheme(encoded string) string {
	stored, err := decode(encoded)
	if err != nil {
		return ""
	}
	return schemeOf(stored)
}

func schemeOf(stored storedHash) string {
	switch s := stored.(type) {
	case argon2Hash:
		return fmt.Sprintf("argon2id m=%d,t=%d,p=%d", s.params.MemoryKiB, s.params.Time, s.params.Threads)
	case bcryptHash:
		return "bcrypt " + string(s[4:6])
	case meteorHash:
		return "meteor " + schemeOf(s.inner)
	case phcHash:
		return fmt.Sprintf("pbkdf2 %s %d", s.name(), len(s.digest.Key()))
	case pm415Hash:
		return fmt.Sprintf("pm415 %d %d", s.iterations, len(s.key))
	}
	return ""
}

// name is the variant and the iterations: "$pbkdf2-sha512$310000$".
func (p phcHash) name() string {
	part := strings.SplitN(p.digest.Encode(), "$", 4)
	return strings.Join(part[1:3], " ")
}

// Imitate replaces the schemes whose work every comparison includes. encoded has an imported hash of
// each scheme, by [Scheme]. A scheme that is imported later is added by the first comparison with one of
// its hashes. Hashes with this server's own parameters, hashes that cannot be decoded and hashes that
// are too expensive are skipped.
func (h *Hasher) Imitate(encoded map[string]string) {
	h.imitated.mu.Lock()
	h.imitated.texts = nil
	h.imitated.mu.Unlock()
	for _, scheme := range slices.Sorted(maps.Keys(encoded)) {
		if stored, err := decode(encoded[scheme]); err == nil {
			h.imitate(stored)
		}
	}
}

func (h *Hasher) imitate(stored storedHash) {
	scheme, like := schemeOf(stored), h.unmatched(stored)
	if scheme == h.ownScheme() || like == "" {
		return
	}
	h.imitated.mu.Lock()
	defer h.imitated.mu.Unlock()
	if _, known := h.imitated.texts[scheme]; known || len(h.imitated.texts) >= maxSchemes {
		return
	}
	texts := maps.Clone(h.imitated.texts)
	if texts == nil {
		texts = map[string]string{}
	}
	texts[scheme] = like
	h.imitated.texts = texts
}

func (h *Hasher) ownScheme() string { return schemeOf(argon2Hash{params: h.params}) }

// plan returns the hashes to compare with, ordered by scheme: encoded, and for each other scheme one
// that no password matches.
func (h *Hasher) plan(encoded string, stored storedHash) []string {
	h.imitate(stored)
	own := schemeOf(stored)
	h.imitated.mu.RLock()
	texts := h.imitated.texts
	h.imitated.mu.RUnlock()
	all := map[string]string{h.ownScheme(): h.dummyHash}
	maps.Copy(all, texts)
	all[own] = encoded
	plan := make([]string, 0, len(all))
	for _, scheme := range slices.Sorted(maps.Keys(all)) {
		plan = append(plan, all[scheme])
	}
	return plan
}

// unmatched returns a hash of the same scheme that no password matches, because its key
// is random. It returns "" for a scheme that is too expensive to imitate.
func (h *Hasher) unmatched(stored storedHash) string {
	switch s := stored.(type) {
	case argon2Hash:
		if cost(s.params) > maxArgon2Imitated*cost(h.params) {
			return ""
		}
		return argon2Hash{params: s.params, salt: randomBytes(saltBytes), key: randomBytes(keyBytes)}.String()
	case bcryptHash:
		return unmatchedBcrypt(s)
	case meteorHash:
		if inner, ok := s.inner.(bcryptHash); ok && unmatchedBcrypt(inner) != "" {
			return MeteorPrefix + unmatchedBcrypt(inner)
		}
	case phcHash:
		return s.unmatched()
	case pm415Hash:
		if s.iterations <= maxIterationsImitated {
			return fmt.Sprintf("%s%s.%d.%s", PM415Prefix, hex.EncodeToString(randomBytes(saltBytes)), s.iterations, hex.EncodeToString(randomBytes(len(s.key))))
		}
	}
	return ""
}

func cost(p Params) uint64 { return uint64(p.MemoryKiB) * uint64(p.Time) }

// unmatchedBcrypt keeps version and cost, and has a random salt and key.
func unmatchedBcrypt(s bcryptHash) string {
	const header = len("$2b$10$")
	if s[4:6] > bcryptHash(fmt.Sprintf("%02d", maxBcryptImitated)) {
		return ""
	}
	return string(s[:header]) + NewOpaque(bcryptLength-header, base62).Reveal()
}

func (p phcHash) unmatched() string {
	part := strings.Split(p.digest.Encode(), "$")
	if n, err := parseIterations(part[2]); err != nil || n > maxIterationsImitated {
		return ""
	}
	key := base64.RawStdEncoding.EncodeToString(randomBytes(len(p.digest.Key())))
	part[4] = strings.ReplaceAll(key, "+", ".") // as passlib writes base64
	return strings.Join(part, "$")
}
