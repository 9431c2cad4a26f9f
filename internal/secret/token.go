package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"hash/crc32"
)

// Alphabets for NewOpaque.
const (
	// MeteorID is the alphabet of Meteor's Random.id, without characters that look alike.
	// Wekan's ids and login tokens use it.
	MeteorID = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"
	// URLSafe needs no escaping in a URL (RFC 4648 section 5).
	URLSafe = base62 + "-_"
	// LowerAlnum is for keys of clients that fold case.
	LowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789"

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Characters after the prefix of a token: 190 random bits, then a checksum.
const (
	tokenRandom   = 32
	tokenChecksum = 6 // 62^6 is just above 2^32
)

// NewToken returns a new access token: prefix, 32 random letters and digits, and 6 for the
// CRC-32 of everything before. Secret scanners recognize the token by its prefix, and the
// checksum distinguishes it from random text.
func NewToken(prefix string) Text {
	body := prefix + NewOpaque(tokenRandom, base62).Reveal()
	return Text(body + checksum(body))
}

// checksum is the CRC-32 (IEEE) of body as six base-62 digits.
func checksum(body string) string {
	sum := crc32.ChecksumIEEE([]byte(body))
	var digits [tokenChecksum]byte
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = base62[sum%62]
		sum /= 62
	}
	return string(digits[:])
}

// NewOpaque returns n random characters of alphabet, each with the same probability. It
// panics unless the alphabet has 2 to 256 different single-byte characters.
func NewOpaque(n int, alphabet string) Text {
	size := len(alphabet)
	if size < 2 || size > 256 {
		panic("secret: an alphabet needs 2 to 256 characters")
	}
	fair := 256 - 256%size // larger bytes would favour the first letters
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range randomBytes(n - len(out)) {
			if int(b) < fair {
				out = append(out, alphabet[int(b)%size])
			}
		}
	}
	return Text(out)
}

// Fingerprint returns the SHA-256 of a token, which is stored instead of the token. Use it
// only for long random texts; hash passwords with a Hasher.
func Fingerprint(text string) []byte {
	var room [128]byte // enough for every token of this server
	sum := sha256.Sum256(append(room[:0], text...))
	return sum[:]
}

// randomBytes returns n bytes of the system's generator.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err) // documented never to happen
	}
	return b
}
