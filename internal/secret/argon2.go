package secret

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Sizes in bytes of new hashes; RFC 9106 section 4 recommends 16 and 32.
const (
	saltBytes = 16
	keyBytes  = 32
)

// Limits on a stored argon2id hash, so that a hostile import cannot exhaust
// memory or hold a slot for minutes.
const (
	maxMemoryKiB = 1 << 20 // 1 GiB
	maxWorkKiB   = 1 << 22 // memory times passes: four passes over that 1 GiB
	maxThreads   = 64
	maxSaltBytes = 64
	maxKeyBytes  = 128
	minSaltBytes = 8
	minKeyBytes  = 16
)

const argon2Prefix = "$argon2id$"

// An argon2Hash is the format of new hashes: argon2id as a PHC string.
type argon2Hash struct {
	params    Params
	salt, key []byte
}

// newArgon2Hash hashes password with a new random salt.
func newArgon2Hash(p Params, password string) argon2Hash {
	a := argon2Hash{params: p, salt: randomBytes(saltBytes)}
	a.key = a.derive(password, keyBytes)
	return a
}

func (a argon2Hash) derive(password string, size int) []byte {
	p := a.params
	return argon2.IDKey([]byte(password), a.salt, p.Time, p.MemoryKiB, p.Threads, uint32(size))
}

func (a argon2Hash) matches(password string) bool {
	return subtle.ConstantTimeCompare(a.key, a.derive(password, len(a.key))) == 1
}

// String returns the PHC string.
func (a argon2Hash) String() string {
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", argon2Prefix, argon2.Version,
		a.params.MemoryKiB, a.params.Time, a.params.Threads,
		base64.RawStdEncoding.EncodeToString(a.salt), base64.RawStdEncoding.EncodeToString(a.key))
}

// parseArgon2 reads "$argon2id$v=19$m=…,t=…,p=…$salt$key".
func parseArgon2(encoded string) (storedHash, error) {
	part := strings.Split(strings.TrimPrefix(encoded, argon2Prefix), "$")
	if len(part) != 4 || part[0] != "v=19" {
		return nil, invalidHash("argon2id text must be v=19$m=,t=,p=$salt$key")
	}
	p, err := parseParams(part[1])
	if err != nil {
		return nil, err
	}
	salt, saltErr := base64.RawStdEncoding.Strict().DecodeString(part[2])
	key, keyErr := base64.RawStdEncoding.Strict().DecodeString(part[3])
	if saltErr != nil || keyErr != nil {
		return nil, invalidHash("salt or key is not base64 without padding")
	}
	if err := checkSizes(salt, key); err != nil {
		return nil, err
	}
	return argon2Hash{params: p, salt: salt, key: key}, nil
}

// parseParams reads "m=19456,t=2,p=1", in the one order that PHC allows.
func parseParams(text string) (Params, error) {
	var n [3]uint32
	field := strings.Split(text, ",")
	if len(field) != len(n) {
		return Params{}, invalidHash("argon2id needs the parameters m, t and p")
	}
	for i, name := range []string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(field[i], name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil {
			return Params{}, invalidHash("argon2id parameter " + name + " must be a number")
		}
		n[i] = uint32(v)
	}
	if n[2] > maxThreads {
		return Params{}, invalidHash("argon2id uses too many threads")
	}
	p := Params{MemoryKiB: n[0], Time: n[1], Threads: uint8(n[2])}
	return p, p.check()
}

// check rejects parameters that argon2 does not define (RFC 9106 section 3.1) and those
// that cost too much.
func (p Params) check() error {
	switch {
	case p.Time < 1 || p.Threads < 1 || p.MemoryKiB < 8*uint32(p.Threads):
		return invalidHash("argon2id parameters are below the minimum")
	case p.MemoryKiB > maxMemoryKiB || p.Threads > maxThreads,
		uint64(p.MemoryKiB)*uint64(p.Time) > maxWorkKiB:
		return invalidHash("argon2id parameters cost more than this server allows")
	}
	return nil
}

// checkSizes applies to every format: a short key could match by chance.
func checkSizes(salt, key []byte) error {
	if len(salt) < minSaltBytes || len(salt) > maxSaltBytes {
		return invalidHash(fmt.Sprintf("the salt must have %d to %d bytes", minSaltBytes, maxSaltBytes))
	}
	if len(key) < minKeyBytes || len(key) > maxKeyBytes {
		return invalidHash(fmt.Sprintf("the key must have %d to %d bytes", minKeyBytes, maxKeyBytes))
	}
	return nil
}
