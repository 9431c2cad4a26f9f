package secret_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/secret"
)

// Keys 00…1f and ff…e0. Do not use them for anything but tests.
const (
	key1  = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	key2  = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="
	ring1 = "k1 " + key1 + "\n"
	ring2 = "k2 " + key2 + "\n"
)

func ring(t *testing.T, text string) *secret.Keyring {
	t.Helper()
	r, err := secret.ParseKeyring([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSealedSecretOpensForItsPurposeAndOwnerOnly(t *testing.T) {
	t.Parallel()
	r := ring(t, ring1)
	for _, plain := range []string{"", "abc", strings.Repeat("x", 10_000)} {
		sealed, id := r.Seal("apikey", 7, []byte(plain))
		if id != "k1" || plain != "" && bytes.Contains(sealed, []byte(plain)) {
			t.Errorf("sealed by %q: %x", id, sealed)
		}
		got, err := r.Open("apikey", 7, sealed)
		if err != nil || string(got) != plain {
			t.Errorf("got %q, %v; want %q", got, err, plain)
		}
		for _, other := range []struct {
			purpose string
			owner   int64
		}{{"apikey", 8}, {"apikey", -7}, {"totp", 7}, {"", 7}} {
			if got, err := r.Open(other.purpose, other.owner, sealed); !errors.Is(err, secret.ErrSealed) || got != nil {
				t.Errorf("opened for %+v: %q, %v", other, got, err)
			}
		}
	}
}

func TestSealingTwiceGivesDifferentBytes(t *testing.T) {
	t.Parallel()
	r := ring(t, ring1)
	first, _ := r.Seal("apikey", 7, []byte("abc"))
	second, _ := r.Seal("apikey", 7, []byte("abc"))
	if bytes.Equal(first, second) {
		t.Error("the nonce is not random")
	}
}

func TestAnyChangedByteIsDetected(t *testing.T) {
	t.Parallel()
	r := ring(t, ring1)
	sealed, _ := r.Seal("apikey", 7, []byte("abc"))
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if got, err := r.Open("apikey", 7, changed); err == nil {
			t.Errorf("byte %d: opened as %q", i, got)
		}
		if got, err := r.Open("apikey", 7, sealed[:i]); err == nil {
			t.Errorf("cut to %d bytes: opened as %q", i, got)
		}
	}
}

// Databases contain this format. The vectors were computed with Python's hmac and cryptography packages,
// after RFC 5869 and NIST SP 800-38D.
func TestKeyringMatchesTheTestVectors(t *testing.T) {
	t.Parallel()
	r := ring(t, ring1)
	sealed := unhex(t, "01026b31000102030405060708090a0b147d7784ca22f0520b5484e29a050f8d0953db")
	if got, err := r.Open("apikey", 7, sealed); err != nil || string(got) != "abc" {
		t.Errorf("Open: got %q, %v", got, err)
	}
	want := "cae73023c69e53b6f056d14d224f961755dc960a645ab5b90de429c54cbea085"
	if got := hex.EncodeToString(r.Lookup("apikey", "abc")); got != want {
		t.Errorf("Lookup: got %s", got)
	}
	want = "b73c933e0aee7011727ac850f06619483129bedf76902a487d51cc35e06cf292"
	if got := hex.EncodeToString(r.SigningKey("session")); got != want {
		t.Errorf("SigningKey: got %s", got)
	}
}

func TestLookupDiffersByPurposeValueAndKey(t *testing.T) {
	t.Parallel()
	r := ring(t, ring1)
	seen := map[string]string{}
	for name, sum := range map[string][]byte{
		"base":          r.Lookup("apikey", "abc"),
		"other value":   r.Lookup("apikey", "abd"),
		"other purpose": r.Lookup("totp", "abc"),
		"other key":     ring(t, ring2).Lookup("apikey", "abc"),
		"signing key":   r.SigningKey("apikey"),
	} {
		if before, found := seen[string(sum)]; found {
			t.Errorf("%s equals %s", name, before)
		}
		seen[string(sum)] = name
	}
}

func TestOldKeysStillOpenAndFind(t *testing.T) {
	t.Parallel()
	old, both := ring(t, ring1), ring(t, ring2+ring1)
	sealed, _ := old.Seal("apikey", 7, []byte("abc"))
	if got, err := both.Open("apikey", 7, sealed); err != nil || string(got) != "abc" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, id := both.Seal("apikey", 7, nil); id != "k2" || both.CurrentID() != "k2" {
		t.Errorf("sealed by %s, current %s", id, both.CurrentID())
	}
	want := [][]byte{ring(t, ring2).Lookup("apikey", "abc"), old.Lookup("apikey", "abc")}
	if diff := cmp.Diff(want, both.Lookups("apikey", "abc")); diff != "" {
		t.Error(diff)
	}
	if _, err := ring(t, ring2).Open("apikey", 7, sealed); !errors.Is(err, secret.ErrNoKey) {
		t.Errorf("without the old key: got %v", err)
	}
}

func TestKeyringPrintsNoKey(t *testing.T) {
	t.Parallel()
	r := ring(t, ring2+ring1)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "ring", r)
	out := fmt.Sprintf("%v|%+v|%#v|%s|%x|%d|%s|", r, r, r, r, r, r, r.GoString()) + log.String()
	if n := strings.Count(out, "keyring of 2, current k2"); n != 8 {
		t.Errorf("%d of 8 forms are as expected: %s", n, out)
	}
}

func TestInvalidKeyTextIsRejectedWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":         "",
		"comments only": "# nothing\n\n",
		"key only":      key1,
		"three words":   "k1 " + key1 + " x",
		"short key":     "k1 AAECAwQFBgcICQoLDA0ODw==",
		"not base64":    "k1 !" + key1[1:],
		"id twice":      ring1 + "k1 " + key2,
		"odd id":        "k/1 " + key1,
		"long id":       strings.Repeat("k", 33) + " " + key1,
		"far too much":  ring1 + strings.Repeat("#\n", 1<<20),
	} {
		r, err := secret.ParseKeyring([]byte(text))
		if err == nil {
			t.Errorf("%s: got %v", name, r)
			continue
		}
		if strings.Contains(err.Error(), key1[4:12]) || strings.Contains(err.Error(), key2[4:12]) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

func TestKeyTextMayHaveCommentsAndWindowsLines(t *testing.T) {
	t.Parallel()
	r := ring(t, "# newest\r\n\r\n  k2\t"+key2+"  \r\n# old\r\nk1 "+key1)
	if r.CurrentID() != "k2" || len(r.Lookups("p", "x")) != 2 {
		t.Errorf("got %v", r)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPreferredKeyEncryptsAndOthersDecrypt(t *testing.T) {
	t.Parallel()
	r := ring(t, ring1+ring2)
	first, _ := r.Seal("apikey", 7, []byte("abc"))
	if !r.Prefer("k2") || r.Prefer("k3") {
		t.Error("it prefers what it has not, or not what it has")
	}
	second, id := r.Seal("apikey", 7, []byte("abc"))
	if id != "k2" || !bytes.Equal(r.Lookup("apikey", "abc"), ring(t, ring2).Lookup("apikey", "abc")) {
		t.Errorf("sealed by %q", id)
	}
	for _, sealed := range [][]byte{first, second} {
		if got, err := r.Open("apikey", 7, sealed); err != nil || string(got) != "abc" {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestTextOpensAsItsBytesDo(t *testing.T) {
	t.Parallel()
	r := ring(t, ring1)
	for _, plain := range []string{"", "abc", strings.Repeat("x", 10_000), "short again"} {
		sealed, _ := r.Seal("apikey", 7, []byte(plain))
		first, err := r.OpenText("apikey", 7, sealed)
		if err != nil || first.Reveal() != plain {
			t.Fatalf("got %q, %v; want %q", first.Reveal(), err, plain)
		}
		other, _ := r.Seal("apikey", 7, []byte("another secret"))
		if _, err := r.OpenText("apikey", 7, other); err != nil || first.Reveal() != plain {
			t.Errorf("the next text changed %q to %q, %v", plain, first.Reveal(), err)
		}
		if got, err := r.OpenText("apikey", 8, sealed); !errors.Is(err, secret.ErrSealed) || got != "" {
			t.Errorf("opened for another owner: %v", err)
		}
	}
}
