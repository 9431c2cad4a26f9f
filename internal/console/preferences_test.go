package console

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"roster.example/roster/internal/directory"
)

func TestPagesFollowTheLanguageOfTheBrowser(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	r := httptest.NewRequest("GET", "/account/reset-password/", nil)
	r.Header.Set("Accept-Language", "de")
	b.want(b.do(r), 400, `<html lang="de">`, "Der Link ist nicht vollständig")
}

func TestPreferencesAreStoredInCookies(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	a := b.do(post(preferencesPath, "theme=dark&return_to=/console/%3Fa%3Db"))
	b.want(a, 303)
	if got := a.header.Get("Location"); got != "/console/?a=b" {
		t.Errorf("redirects to %q", got)
	}
	if got := a.header.Get("Set-Cookie"); got != "theme=dark; Path=/; Max-Age=31536000; Secure; SameSite=Lax" {
		t.Errorf("cookie %q", got)
	}
}

func TestPreferencesDoNotRedirectToOtherSites(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	for _, target := range []string{
		"", "https://evil.example/", "//evil.example/", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "/\n/evil.example",
		"javascript:alert(1)", "evil.example", " //evil.example", "/\r/evil.example",
	} {
		a := b.do(post(preferencesPath, "language=de&return_to="+url.QueryEscape(target)))
		if got := a.header.Get("Location"); a.status == 303 && got != "/console/" {
			t.Errorf("%q redirects to %q", target, got)
		}
	}
}
