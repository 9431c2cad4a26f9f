package secret_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/secret"
)

// knownToken was computed with Python's zlib.crc32.
const knownToken = "rst_0123456789abcdefghijABCDEFGHIJxy21CC5j"

func TestTokenEndsWithItsChecksum(t *testing.T) {
	t.Parallel()
	first, second := secret.NewToken("rst_"), secret.NewToken("rst_")
	if first == second {
		t.Error("two tokens are equal")
	}
	for _, token := range []string{first.Reveal(), second.Reveal(), knownToken} {
		body, found := strings.CutPrefix(token, "rst_")
		if !found || len(body) != 38 || strings.ContainsFunc(body, func(r rune) bool { return !strings.ContainsRune(letters, r) }) {
			t.Errorf("%q is not well formed", token)
			continue
		}
		sum := uint32(0)
		for _, r := range token[len(token)-6:] {
			sum = sum*62 + uint32(strings.IndexRune(letters, r))
		}
		if want := crc32.ChecksumIEEE([]byte(token[:len(token)-6])); sum != want {
			t.Errorf("%q ends in %d, want %d", token, sum, want)
		}
	}
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Modulo bias would change the count of a character by a quarter;
// chance stays within a tenth (more than ten standard deviations).
func TestOpaqueTextUsesEachCharacterOfItsAlphabetEqually(t *testing.T) {
	t.Parallel()
	for name, alphabet := range map[string]string{
		"meteor": secret.MeteorID, "url": secret.URLSafe, "lower": secret.LowerAlnum, "two": "ab", "bytes": allBytes(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each := 12_000
			text := secret.NewOpaque(each*len(alphabet), alphabet).Reveal()
			if len(text) != each*len(alphabet) {
				t.Fatalf("got %d characters", len(text))
			}
			for i := range len(alphabet) {
				n := strings.Count(text, alphabet[i:i+1])
				if n < each*9/10 || n > each*11/10 {
					t.Errorf("%q: %d times, expected about %d", alphabet[i], n, each)
				}
			}
		})
	}
}

func allBytes() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}

func TestAlphabetsHaveNoDuplicates(t *testing.T) {
	t.Parallel()
	for alphabet, size := range map[string]int{secret.MeteorID: 55, secret.URLSafe: 64, secret.LowerAlnum: 36} {
		seen := map[rune]bool{}
		for _, r := range alphabet {
			seen[r] = true
		}
		if len(seen) != size || len(alphabet) != size {
			t.Errorf("%q: %d different of %d, want %d", alphabet, len(seen), len(alphabet), size)
		}
	}
}

func TestAlphabetOfOneCharacterPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a constant was sold as a secret")
		}
	}()
	secret.NewOpaque(8, "a")
}

func TestFingerprintIsSHA256(t *testing.T) {
	t.Parallel()
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, "abc"
	if got := hex.EncodeToString(secret.Fingerprint("abc")); got != want {
		t.Errorf("got %s", got)
	}
}

func TestSignedTokenHasTheFormatOfPM415(t *testing.T) {
	t.Parallel()
	key := []byte(strings.Repeat("k", 32))
	issued := time.Unix(1_700_000_000, 999)
	for name, c := range map[string]struct {
		org  int64
		want string
	}{
		"with organization":    {6, `{"userId":4,"orgId":6,"iat":1700000000,"exp":1700604800,"jti":"`},
		"without organization": {0, `{"userId":4,"iat":1700000000,"exp":1700604800,"jti":"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := secret.SignedToken(key, 4, c.org, issued, issued.Add(7*24*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			part := strings.Split(token.Reveal(), ".")
			if len(part) != 3 || part[0] != "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" {
				t.Fatalf("got %q", part)
			}
			if claims := decode64(t, part[1]); !strings.HasPrefix(claims, c.want) || !strings.HasSuffix(claims, `"}`) {
				t.Errorf("got %s, want %s…", claims, c.want)
			}
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(part[0] + "." + part[1]))
			if decode64(t, part[2]) != string(mac.Sum(nil)) {
				t.Error("the signature is not HMAC-SHA256 of header and payload")
			}
			again, err := secret.SignedToken(key, 4, c.org, issued, issued.Add(7*24*time.Hour))
			if err != nil || again == token {
				t.Errorf("two logins within a second gave the same token (%v)", err)
			}
		})
	}
}

func TestShortSigningKeyIsRejected(t *testing.T) {
	t.Parallel()
	token, err := secret.SignedToken(make([]byte, 31), 1, 1, time.Now(), time.Now())
	if err == nil || token != "" {
		t.Errorf("got %q, %v", token.Reveal(), err)
	}
}

func decode64(t *testing.T, text string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
