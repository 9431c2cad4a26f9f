package sshkey

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
)

// MaxLength is the most characters that a pasted key may have (docs/products/gitlab.md,
// SSH keys).
const MaxLength = 5000

// Reasons to reject a key, for errors.Is. Their texts are for users, and do not contain the input.
var (
	// ErrTooLong says that the text has more than MaxLength characters.
	ErrTooLong = errors.New("the key has more than 5000 characters: paste one public key only")
	// ErrPrivate says that the text holds a private key.
	ErrPrivate = errors.New("this is a private key: keep it to yourself, and paste the file that ends in .pub")
	// ErrCertificate says that the text is a certificate made from a key.
	ErrCertificate = errors.New("this is a certificate: paste the public key itself")
	// ErrWeak says that the key is too short to be safe, or a DSA key.
	ErrWeak = errors.New("the key is too weak: make a new one with ssh-keygen -t ed25519")
	// ErrUnsupported says that the type of the key is not known here.
	ErrUnsupported = errors.New("keys of this type are not supported: use ed25519, ecdsa or rsa")
	// ErrMalformed says that the text is not one well-formed public key.
	ErrMalformed = errors.New("this is not a public SSH key: paste one line that begins with ssh-, ecdsa- or sk-")
	// ErrOptions says that authorized_keys options stand before the key.
	ErrOptions = errors.New("options are not allowed: paste the key from its type on")
)

// ShortRSAError is the error of an RSA key that is too short. It wraps ErrWeak.
type ShortRSAError struct{ Bits, Minimum int }

// Error returns the text for users.
func (e ShortRSAError) Error() string {
	return fmt.Sprintf("%v (RSA with %d bits, at least %d are needed)", ErrWeak, e.Bits, e.Minimum)
}

// Unwrap returns ErrWeak.
func (e ShortRSAError) Unwrap() error { return ErrWeak }

// Limits are requirements for well-formed keys.
type Limits struct {
	RSABits int // the shortest RSA modulus accepted, in bits
}

// A Key is a well-formed public key.
type Key struct {
	Type    string // for instance "ssh-ed25519"
	Public  string // "type base64": canonical, without options and comment
	Comment string // what stood after the key, words joined by single spaces
	Bits    int    // of the RSA modulus or the curve
	SHA256  string // fingerprint as OpenSSH shows it: "SHA256:" and base64
	MD5     string // the older fingerprint: 16 hexadecimal bytes with colons
}

// String returns the line of a .pub file.
func (k Key) String() string { return strings.TrimSuffix(k.Public+" "+k.Comment, " ") }

// Parse reads one public key in the form of a .pub file. White space inside
// the base64 is joined, as keys are often wrapped on their way; the comment
// ends with its line. It fails with one of the errors of this package, which
// may carry a detail.
func Parse(text string, limits Limits) (Key, error) {
	if utf8.RuneCountInString(text) > MaxLength {
		return Key{}, ErrTooLong
	}
	text = strings.TrimSpace(text)
	if err := checkText(text); err != nil {
		return Key{}, err
	}
	kind, rest := cutWord(text)
	if err := checkKind(kind, rest); err != nil {
		return Key{}, err
	}
	public, rest, err := cutBlob(rest)
	if err != nil {
		return Key{}, err
	}
	if public.Type() != kind {
		return Key{}, malformed("the type before the key is not the type inside it")
	}
	comment, err := checkComment(rest)
	if err != nil {
		return Key{}, err
	}
	bits, err := strength(public, limits)
	if err != nil {
		return Key{}, err
	}
	return newKey(public, comment, bits), nil
}

func newKey(public ssh.PublicKey, comment string, bits int) Key {
	return Key{
		Type:    public.Type(),
		Public:  strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))),
		Comment: comment,
		Bits:    bits,
		SHA256:  ssh.FingerprintSHA256(public),
		MD5:     ssh.FingerprintLegacyMD5(public),
	}
}

// malformed explains an ErrMalformed without quoting the text.
func malformed(detail string) error { return fmt.Errorf("%w (%s)", ErrMalformed, detail) }

// checkText rejects private keys first, because their message matters most. It also rejects
// characters that do not print, which could hide text in an authorized_keys file or a terminal.
func checkText(text string) error {
	for _, mark := range []string{"PRIVATE KEY", "PuTTY-User-Key-File"} {
		if strings.Contains(text, mark) {
			return ErrPrivate
		}
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
		return malformed("it holds characters that cannot be printed")
	}
	return nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune("\t\r\n", r) }

// cutWord returns the first word of text and all that follows it, including
// the white space between.
func cutWord(text string) (word, rest string) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end:]
}

// checkKind checks the word before the key.
func checkKind(kind, rest string) error {
	switch kind {
	case ssh.KeyAlgoRSA, ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
		ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521:
		return nil
	case "ssh-dss":
		return fmt.Errorf("%w (DSA is no longer safe)", ErrWeak)
	}
	switch {
	case strings.Contains(kind, "-cert-v0"):
		return ErrCertificate
	case looksLikeKind(kind):
		return ErrUnsupported
	case holdsKey(kind + rest):
		return ErrOptions
	}
	return ErrMalformed
}

func looksLikeKind(word string) bool {
	return strings.HasPrefix(word, "ssh-") || strings.HasPrefix(word, "ecdsa-") || strings.HasPrefix(word, "sk-")
}

// holdsKey reports whether a key type and the start of a key follow each other
// in text. In base64 every key begins with AAAA, the high bytes of a length.
func holdsKey(text string) bool {
	words := strings.Fields(text)
	for i := 1; i < len(words); i++ {
		if looksLikeKind(words[i-1]) && strings.HasPrefix(words[i], "AAAA") {
			return true
		}
	}
	return false
}

// blobMinimum is fewer characters than the shortest key has in base64.
const blobMinimum = 60

// ContainsKey reports whether a title or a comment contains a key, with or without its
// type.
func ContainsKey(text string) bool {
	return holdsKey(text) || slices.ContainsFunc(strings.Fields(text), func(word string) bool {
		return strings.HasPrefix(word, "AAAA") && len(word) >= blobMinimum
	})
}

// cutBlob returns the key at the start of text and what follows it. It adds
// word after word until they make a whole key. The blob tells the length of
// each of its parts, so a part of a key is never taken for a key.
func cutBlob(text string) (public ssh.PublicKey, rest string, err error) {
	joined, rest := "", text
	for rest != "" {
		var word string
		word, rest = cutWord(rest)
		joined += word
		blob, err := base64.StdEncoding.DecodeString(joined)
		if err != nil {
			continue
		}
		if public, err := ssh.ParsePublicKey(blob); err == nil {
			return public, rest, nil
		}
	}
	return nil, "", malformed("the key is damaged, or a part of it is missing")
}

// checkComment returns the comment in rest. It rejects further lines and a second key.
func checkComment(rest string) (string, error) {
	line := rest
	if end := strings.IndexAny(rest, "\r\n"); end >= 0 {
		line = rest[:end]
	}
	if strings.TrimSpace(rest[len(line):]) != "" || ContainsKey(line) {
		return "", malformed("something follows the key: paste one key at a time")
	}
	return strings.Join(strings.Fields(line), " "), nil
}

// strength returns the size of the key in bits. All accepted curves are
// strong. RSA depends on the modulus, for which ssh.ParsePublicKey has only an upper limit.
func strength(public ssh.PublicKey, limits Limits) (int, error) {
	switch public.Type() {
	case ssh.KeyAlgoECDSA384:
		return 384, nil
	case ssh.KeyAlgoECDSA521:
		return 521, nil
	}
	key, ok := public.(ssh.CryptoPublicKey)
	if !ok {
		return 256, nil
	}
	modulus, ok := key.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return 256, nil
	}
	return modulusBits(modulus.N, limits)
}

// modulusBits rejects numbers that cannot be a product of two large primes.
func modulusBits(n *big.Int, limits Limits) (int, error) {
	if n.Sign() <= 0 || n.Bit(0) == 0 {
		return 0, malformed("the modulus of this RSA key is not possible")
	}
	bits := n.BitLen()
	if bits < limits.RSABits {
		return 0, ShortRSAError{bits, limits.RSABits}
	}
	return bits, nil
}
