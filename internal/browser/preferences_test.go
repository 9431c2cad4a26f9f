package browser_test

import (
	"net/url"
	"testing"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
)

func TestPreferencesAreCookiesAndLeadBack(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	a := v.Do(browsertest.Post(browser.PreferencesPath, "theme=dark&return_to=/console/%3Fa%3Db"))
	v.Want(a, 303)
	if got := a.Header.Get("Location"); got != "/console/?a=b" {
		t.Errorf("leads to %q", got)
	}
	if got := a.Header.Get("Set-Cookie"); got != "theme=dark; Path=/; Max-Age=31536000; Secure; SameSite=Lax" {
		t.Errorf("cookie %q", got)
	}
}

func TestPreferencesDoNotLeadToAnotherSite(t *testing.T) {
	t.Parallel()
	v := newFixture(t, browser.Config{})
	for _, target := range []string{
		"", "https://evil.example/", "//evil.example/", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "/\n/evil.example",
		"javascript:alert(1)", "evil.example", " //evil.example", "/\r/evil.example",
	} {
		a := v.Do(browsertest.Post(browser.PreferencesPath, "language=de&return_to="+url.QueryEscape(target)))
		if got := a.Header.Get("Location"); a.Status == 303 && got != "/console/" {
			t.Errorf("%q leads to %q", target, got)
		}
	}
}
