package emailaddress_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"roster.example/roster/internal/emailaddress"
)

func TestSpellingsOfOneMailboxHaveOneKey(t *testing.T) {
	t.Parallel()
	for want, spellings := range map[string][]string{
		"m@xn--bcher-kva.example": {
			"m@bücher.example", "M@BÜCHER.example", "m@xn--bcher-kva.example", "m@XN--BCHER-KVA.EXAMPLE",
			"m@bu\u0308cher.example", "m@bücher。example", "m@ｂücher.example", "ｍ@bücher.example", "m@bücher.example.", "m@bücher.example。",
		},
		"root@example.com": {
			"root@example.com", "ROOT@Example.Com", "root@ｅxample.com", "root@example。com", "root@example．com", "root@example｡com",
			"root@example.com.", "ｒｏｏｔ@example.com", "root@ｅxample．com．", "root@exam\u00adple.com", "𝐫oot@example.com", "ſroot@example.com"[2:],
		},
		"josé@example.com":            {"josé@example.com", "jose\u0301@example.com", "JOSÉ@EXAMPLE.COM", "josé@ｅxample.com"},
		"m@xn--fa-hia.example":        {"m@faß.example", "m@FAß.example", "m@xn--fa-hia.example"},
		"m@fass.example":              {"m@fass.example", "m@ｆass.example"},
		"m@xn--e1afmkfd.xn--p1ai":     {"m@пример.рф", "M@ПРИМЕР.РФ", "m@xn--e1afmkfd.рф"},
		"root@xn--xmple-4ve7a.com":    {"root@\u0435x\u0430mple.com"},
		"info@xn--r8jz45g.xn--zckzah": {"info@例え.テスト", "info@例え。テスト"},
	} {
		for _, spelling := range spellings {
			if got := emailaddress.Key(spelling); got != want {
				t.Errorf("%q: got %q, want %q", spelling, got, want)
			}
		}
	}
}

func TestDifferentMailboxesHaveDifferentKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, address := range []string{
		"a@example.com", "a@example.org", "a.b@example.com", "ab@example.com", "a+b@example.com", "ä@example.com", "a@ä.example", "a@a.example",
		"a@faß.example", "a@fass.example", "ı@example.com", "i@example.com", "a@xn--.example", "not an address", "@", "a@", "",
	} {
		key := emailaddress.Key(address)
		if other, found := seen[key]; found {
			t.Errorf("%q and %q have the key %q", other, address, key)
		}
		seen[key] = address
	}
}

func TestTextOfAnAddressShowsTheScriptOfItsDomain(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"M@xn--bcher-kva.example": "m@bücher.example", "m@BÜCHER.example": "m@bücher.example", "root@ｅxample.com": "root@example.com",
		"m@xn--a.example": "m@xn--a.example", "plain": "plain",
	} {
		if got := emailaddress.Text(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestAddressesWhoseDomainDoesNotConvertAreRejected(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"m@xn--a.example", "m@xn--.example", "m@xn--bücher.example", "m@xn--zzzzzzzz99999.example", "m@-bücher.example", "m@bücher-.example",
		"m@" + strings.Repeat("ü", 60) + ".example", "m@bü cher.example", "m@bücher..example", "m@\u0301bücher.example", "m@aא.example",
		"m@xn--ASCII-.example", "m@\u200dbücher.example", "m@bücher.example。", "m@example.com.",
	} {
		if emailaddress.Valid(address) {
			t.Errorf("%q is accepted", address)
		}
	}
	for _, address := range []string{"m@bücher.example", "m@xn--bcher-kva.example", "m@пример.рф", "josé@example.com", "m@例え.テスト"} {
		if !emailaddress.Valid(address) {
			t.Errorf("%q is rejected", address)
		}
	}
}

func FuzzAddressKey(f *testing.F) {
	for _, seed := range []string{
		"m@bücher.example", "m@xn--bcher-kva.example", "root@ｅxample.com", "root@example。com", "A@B.C.", "ß@ß.ß", "@", "a@b@c", "ᾳ@ᾳ", "\xff@\xfe",
		"m@xn--a-\u0345.example", "İ@İ.example", "ſ＠ſ.example", "a@.。.", "Ꭰ@Ꭰ.example", "ꭰ@xn--ꭰ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		key := emailaddress.Key(address)
		if again := emailaddress.Key(key); again != key {
			t.Errorf("%q: the key %q has the key %q", address, key, again)
		}
		if emailaddress.Valid(address) && (!utf8.ValidString(key) || strings.Count(key, "@") != 1 || !emailaddress.Valid(key)) {
			t.Errorf("%q: the key %q is not an address", address, key)
		}
		text, needle := emailaddress.Text(address), emailaddress.SearchText(address)
		if emailaddress.Valid(address) && !strings.Contains(key, needle) && !strings.Contains(text, needle) {
			t.Errorf("%q: a search for %q finds neither %q nor %q", address, needle, key, text)
		}
	})
}
