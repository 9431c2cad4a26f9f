package totp_test

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/totp"
)

// rfcSecret is the secret of the test vectors in RFC 6238, appendix B, and RFC 4226, appendix D.
var rfcSecret = []byte("12345678901234567890")

func TestCodesAreThoseOfRFC6238(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{ // the last six of the eight digits of the appendix
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totp.Code(rfcSecret, totp.Step(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestCodesAreThoseOfRFC4226(t *testing.T) {
	t.Parallel()
	for count, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := totp.Code(rfcSecret, int64(count)); got != want {
			t.Errorf("count %d: %s, want %s", count, got, want)
		}
	}
}

func TestCodeOfTheStepBeforeAndAfterIsAccepted(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for offset := int64(-3); offset <= 3; offset++ {
		want := offset >= -1 && offset <= 1
		step, ok := totp.Match(rfcSecret, totp.Code(rfcSecret, totp.Step(now)+offset), now, 0)
		if ok != want || ok && step != totp.Step(now)+offset {
			t.Errorf("offset %d: step %d, %v", offset, step, ok)
		}
	}
}

func TestCodeIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	step := totp.Step(now)
	for last, want := range map[int64]bool{step - 1: true, step: false, step + 1: false} {
		if _, ok := totp.Match(rfcSecret, totp.Code(rfcSecret, step), now, last); ok != want {
			t.Errorf("last step %d: %v", last-step, ok)
		}
	}
}

func TestOtherTextIsNoCode(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for _, text := range []string{"", "000000", "28708", "2870822", "abcdef", "-00001", "１２３４５６"} {
		if _, ok := totp.Match(rfcSecret, text, now, 0); ok {
			t.Errorf("%q was accepted", text)
		}
		if totp.IsCode(text) != (text == "000000") {
			t.Errorf("IsCode(%q) is wrong", text)
		}
	}
}

func TestSecretsAreLongAndDifferent(t *testing.T) {
	t.Parallel()
	a, b := totp.NewSecret(), totp.NewSecret()
	if len(a) != 20 || string(a) == string(b) || len(totp.Text(a)) != 32 {
		t.Errorf("%x, %x", a, b)
	}
}

func TestURLNamesSiteAndAccount(t *testing.T) {
	t.Parallel()
	text := totp.URL(rfcSecret, "Our: Site & more", "ada+x:y@example.org")
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Our  Site & more:ada+x y@example.org" {
		t.Errorf("%s", text)
	}
	if q := u.Query(); q.Get("secret") != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" || q.Get("issuer") != "Our  Site & more" || strings.Contains(u.RawQuery, "+") {
		t.Errorf("%s", text)
	}
}

func TestQRCodeIsAPictureWithABorder(t *testing.T) {
	t.Parallel()
	picture, err := totp.QR(totp.URL(rfcSecret, "Site", "ada"))
	if err != nil {
		t.Fatal(err)
	}
	var svg struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(picture), &svg); err != nil {
		t.Fatal(err)
	}
	// The first row of dark modules is the upper edge of two finder patterns, seven modules wide.
	if len(svg.Paths) != 2 || !strings.HasPrefix(svg.Paths[1].D, "M4 4h7v1h-7z") {
		t.Errorf("%.200s", picture)
	}
	if _, err := totp.QR(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text that is too long has no error")
	}
}

// Usernames and addresses have up to 255 characters, each up to four bytes, which a URL writes with three
// characters a byte.
func TestLongNamesFitIntoTheQRCode(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{"a", " ", "&", "+", "%", "é", "字", "😀"} {
		long := strings.Repeat(letter, 255)
		text := totp.URL(rfcSecret, long, long)
		if _, err := totp.QR(text); err != nil {
			t.Errorf("%q: %v", letter, err)
		}
		u, err := url.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", letter, err)
			continue
		}
		if issuer := u.Query().Get("issuer"); issuer == "" || !strings.HasPrefix(long, issuer) || u.Path != "/"+issuer+":"+issuer {
			t.Errorf("%q: %s", letter, text)
		}
	}
	if u := totp.URL(rfcSecret, "Site", strings.Repeat("a", 255)); !strings.Contains(u, ":"+strings.Repeat("a", 255)+"?") {
		t.Errorf("a name that fits is cut: %s", u)
	}
}
