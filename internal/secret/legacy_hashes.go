package secret

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt/algorithm"
	phc "github.com/go-crypt/crypt/algorithm/pbkdf2"
	"golang.org/x/crypto/bcrypt"
)

// Prefixes that an import adds to hashes of products that do not name their format.
const (
	// MeteorPrefix marks Meteor's bcrypt text (Wekan), a hash of the lower-case
	// hexadecimal SHA-256 of the password.
	MeteorPrefix = "$meteor$"
	// PM415Prefix marks pm415's "salt.iterations.hex": PBKDF2-SHA512 with the salt as
	// text.
	PM415Prefix = "$pm415$"
)

// Limits on legacy hashes, for the same reason as those of argon2id.
const (
	maxEncoded    = 1024      // bytes of a whole stored hash
	maxBcryptCost = 16        // some seconds of work
	maxIterations = 5_000_000 // of PBKDF2; likewise some seconds
	bcryptLength  = 60
	bcryptInput   = 72 // bytes of a password that bcrypt reads
)

// ErrEncoded reports that a stored hash has an unknown format, is damaged, or requires more
// work than this server allows.
var ErrEncoded = errors.New("this password hash cannot be verified here")

// invalidHash returns an ErrEncoded with a reason, which must not quote the hash.
func invalidHash(reason string) error { return fmt.Errorf("%w: %s", ErrEncoded, reason) }

// CheckEncoded returns an ErrEncoded if Verify cannot use the stored hash. The error does
// not quote it.
func CheckEncoded(encoded string) error {
	_, err := decode(encoded)
	return err
}

// A storedHash is a decoded stored hash.
type storedHash interface {
	matches(password string) bool
}

// decode decodes argon2id, bcrypt, PHC PBKDF2, and texts marked by MeteorPrefix or
// PM415Prefix. It never accepts a plain password.
func decode(encoded string) (storedHash, error) {
	if len(encoded) > maxEncoded {
		return nil, invalidHash("it is too long")
	}
	switch {
	case strings.HasPrefix(encoded, argon2Prefix):
		return parseArgon2(encoded)
	case strings.HasPrefix(encoded, "$2"):
		return parseBcrypt(encoded)
	case strings.HasPrefix(encoded, "$pbkdf2"):
		return parsePBKDF2(encoded)
	case strings.HasPrefix(encoded, MeteorPrefix):
		inner, err := parseBcrypt(strings.TrimPrefix(encoded, MeteorPrefix))
		return meteorHash{inner}, err
	case strings.HasPrefix(encoded, PM415Prefix):
		return parsePM415(strings.TrimPrefix(encoded, PM415Prefix))
	}
	return nil, invalidHash("its format is not known")
}

// A bcryptHash is the whole text "$2b$10$salthash".
type bcryptHash string

// parseBcrypt checks the text itself, because the library accepts any minor version,
// truncates long texts, and detects a bad salt only during a comparison.
func parseBcrypt(text string) (storedHash, error) {
	if len(text) != bcryptLength || !strings.Contains("aby", text[2:3]) ||
		text[:2] != "$2" || text[3] != '$' || text[6] != '$' {
		return nil, invalidHash("bcrypt text must be $2a$, $2b$ or $2y$ and 60 characters long")
	}
	cost, err := strconv.ParseUint(text[4:6], 10, 8)
	if err != nil || cost < uint64(bcrypt.MinCost) || cost > maxBcryptCost {
		return nil, invalidHash(fmt.Sprintf("the bcrypt cost must be %d to %d", bcrypt.MinCost, maxBcryptCost))
	}
	if strings.Trim(text[7:], "./"+base62) != "" {
		return nil, invalidHash("bcrypt text has a character that is not allowed")
	}
	return bcryptHash(text), nil
}

// matches rejects a password of more than 72 bytes. bcrypt ignores further bytes, so the
// first 72 would be enough to log in. The comparison runs anyway, to take the usual time.
func (b bcryptHash) matches(password string) bool {
	head := password[:min(len(password), bcryptInput)]
	err := bcrypt.CompareHashAndPassword([]byte(b), []byte(head))
	return err == nil && len(password) <= bcryptInput
}

// A meteorHash is bcrypt over the hexadecimal SHA-256 of the password: 64
// bytes, so that long passwords work.
type meteorHash struct{ inner storedHash }

func (m meteorHash) matches(password string) bool {
	sum := sha256.Sum256([]byte(password))
	return m.inner.matches(hex.EncodeToString(sum[:]))
}

// parsePBKDF2 reads PHC strings "$pbkdf2-sha256$iterations$salt$key". The library has no
// limit on iterations, so this function has.
func parsePBKDF2(encoded string) (storedHash, error) {
	part := strings.Split(encoded, "$")
	if len(part) != 5 {
		return nil, invalidHash("pbkdf2 text must be $pbkdf2-sha512$iterations$salt$key")
	}
	if _, err := parseIterations(part[2]); err != nil {
		return nil, err
	}
	digest, err := phc.Decode(encoded)
	if err != nil {
		// The error of the library may quote the text.
		return nil, invalidHash("pbkdf2 text cannot be decoded")
	}
	d, ok := digest.(*phc.Digest)
	if !ok {
		return nil, invalidHash("pbkdf2 text cannot be decoded")
	}
	return phcHash{d}, checkSizes(d.Salt(), d.Key())
}

// A phcHash is verified by the go-crypt library.
type phcHash struct{ digest algorithm.Digest }

func (p phcHash) matches(password string) bool { return p.digest.Match(password) }

// A pm415Hash is PBKDF2-SHA512 as pm415 stores it (docs/products/pm415.md).
type pm415Hash struct {
	salt       string
	iterations int
	key        []byte
}

// parsePM415 reads "salt.iterations.hex". The hexadecimal text gives the length of the
// key, because pm415 changed it over time, to 128 bytes at last.
func parsePM415(text string) (storedHash, error) {
	part := strings.Split(text, ".")
	if len(part) != 3 {
		return nil, invalidHash("pm415 text must be salt.iterations.hex")
	}
	n, err := parseIterations(part[1])
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(part[2])
	if err != nil {
		return nil, invalidHash("the pm415 key is not hexadecimal, or was cut")
	}
	return pm415Hash{salt: part[0], iterations: n, key: key}, checkSizes([]byte(part[0]), key)
}

func (p pm415Hash) matches(password string) bool {
	key, err := pbkdf2.Key(sha512.New, password, []byte(p.salt), p.iterations, len(p.key))
	return err == nil && subtle.ConstantTimeCompare(key, p.key) == 1
}

func parseIterations(digits string) (int, error) {
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n < 1 || n > maxIterations {
		return 0, invalidHash(fmt.Sprintf("the iterations must be a number from 1 to %d", maxIterations))
	}
	return int(n), nil
}
