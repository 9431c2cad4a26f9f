package ui

import (
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// pages is one page that uses every kind of function.
var pages = fstest.MapFS{"templates/sample.html": {Data: []byte(
	`{{define "main"}}<p>{{msg "welcome.ready" "username" .Body}}</p><p>{{count "wait.minutes" 1200}} {{num 1234567}}</p>` +
		`<a href="{{url "/x"}}">{{icon "key"}}</a>{{template "form" .}}{{end}}`)}}

func newUI(c Config) *UI { return New(c, pages) }

// render returns the sample page for a request with these headers, which are pairs.
func render(t *testing.T, u *UI, p Page, headers ...string) string {
	t.Helper()
	r := httptest.NewRequest("GET", "/somewhere?x=1", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	if err := u.Write(w, r, 200, "sample", p); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

func TestPageHasTheLanguageAndThemeOfTheBrowser(t *testing.T) {
	t.Parallel()
	u := newUI(Config{})
	for name, c := range map[string]struct {
		headers []string
		want    []string
	}{
		"neither":                   {nil, []string{`<html lang="en">`, "Your account ada is ready.", "Wait 1,200 minutes", "1,234,567"}},
		"German accepted":           {[]string{"Accept-Language", "de-AT,en;q=0.5"}, []string{`<html lang="de">`, "Ihr Konto ada ist bereit.", "Warten Sie 1.200 Minuten", "1.234.567"}},
		"an unknown language":       {[]string{"Accept-Language", "sw"}, []string{`<html lang="en">`}},
		"a malformed header":        {[]string{"Accept-Language", ";;q=\x00"}, []string{`<html lang="en">`}},
		"a cookie before a header":  {[]string{"Accept-Language", "en", "Cookie", "language=de"}, []string{`<html lang="de">`}},
		"an unknown cookie":         {[]string{"Cookie", "language=xx; theme=<script>"}, []string{`<html lang="en">`, `value="auto" data-theme-set aria-pressed="true"`}},
		"a theme":                   {[]string{"Cookie", "theme=dark"}, []string{`<html lang="en" data-theme="dark">`, `value="dark" data-theme-set aria-pressed="true"`}},
		"the address of the page":   {nil, []string{`name="return_to" value="/somewhere?x=1"`}},
		"the other language's name": {nil, []string{`value="de" lang="de">Deutsch</button>`}},
	} {
		body := render(t, u, Page{Title: "Sample", Body: "ada"}, c.headers...)
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page lacks %q:\n%s", name, want, body)
			}
		}
	}
}

func TestLinksBeginWithThePathOfTheServer(t *testing.T) {
	t.Parallel()
	u := newUI(Config{Root: "/people/", Home: "/home/", AssetPath: "/static/", PreferencesPath: "/preferences", Hue: 150})
	body := render(t, u, Page{Title: "Sample", Body: "ada", Form: &Form{Action: "/send", Submit: "Send"}})
	for _, want := range []string{
		`href="/people/x"`, `href="/people/home/"`, `action="/people/send"`, `action="/people/preferences"`,
		`href="/people/static/roster.`, `href="/people/static/brand.`, `src="/people/static/roster.`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%s", want, body)
		}
	}
}

func TestRejectedFormShowsErrorsAndKeepsTheInput(t *testing.T) {
	t.Parallel()
	f := &Form{Action: "/send", Submit: "Send", Hidden: map[string]string{"token": "abc"}, Fields: []Field{
		{Name: "username", Label: "Username", Type: "text", Hint: "A hint.", Value: `<ada>`},
		{Name: "agree", Label: "I agree", Type: "checkbox", Checked: true},
	}}
	f.Reject("username", "It is taken.")
	f.Reject("nothing", "Something else is wrong.")
	body := render(t, newUI(Config{}), Page{Title: "Sample", Body: "ada", Form: f})
	for _, want := range []string{
		"<title>Error: Sample · Roster</title>", `<a href="#username">Username: It is taken.</a>`, "<li>Something else is wrong.</li>",
		`aria-invalid="true" aria-describedby="username-hint username-error"`, `value="&lt;ada&gt;"`, `name="token" value="abc"`,
		`type="checkbox" value="yes" checked`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q:\n%s", want, body)
		}
	}
}

func TestTemplateErrorsSendNoPartialPage(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"an unknown message":      `{{define "main"}}{{msg "no.such.key"}}{{end}}`,
		"an unknown icon":         `{{define "main"}}{{icon "unicorn"}}{{end}}`,
		"an odd argument":         `{{define "main"}}{{msg "page.skip" "x"}}{{end}}`,
		"a field of another type": `{{define "main"}}{{.Body.Name}}{{end}}`,
		"a malformed template":    `{{define "main"}}{{`,
	} {
		u := New(Config{}, fstest.MapFS{"templates/sample.html": {Data: []byte(text)}})
		w := httptest.NewRecorder()
		if err := u.Write(w, httptest.NewRequest("GET", "/", nil), 200, "sample", Page{Body: "ada"}); err == nil || w.Body.Len() > 0 {
			t.Errorf("%s: error %v, %d bytes", name, err, w.Body.Len())
		}
	}
}

func TestEveryLanguageHasTheSameMessages(t *testing.T) {
	t.Parallel()
	english, err := readMessages(Languages[0])
	if err != nil {
		t.Fatal(err)
	}
	placeholders := regexp.MustCompile(`\{\w+\}`)
	for _, l := range Languages[1:] {
		other, err := readMessages(l)
		if err != nil {
			t.Fatal(err)
		}
		for key := range other.texts {
			if _, ok := english.texts[key]; !ok {
				t.Errorf("%s has %q, English has not", l.Name, key)
			}
		}
		for key, text := range english.texts {
			theirs, ok := other.texts[key]
			if !ok {
				t.Errorf("%s lacks %q", l.Name, key)
				continue
			}
			want := placeholders.FindAllString(text, -1)
			for _, p := range want {
				if !strings.Contains(theirs, p) {
					t.Errorf("%s: %q lacks %s", l.Name, key, p)
				}
			}
			if got := placeholders.FindAllString(theirs, -1); len(got) != len(want) {
				t.Errorf("%s: %q has %v, English has %v", l.Name, key, got, want)
			}
		}
	}
}

// messageCall finds keys in templates (msg "key", count "key") and in Go (Text("key", Count("key",
// and literals that look like a key).
var messageCall = regexp.MustCompile(`"([a-z]+\.[a-z_]+)"`)

func TestNoMessageIsMissingOrUnused(t *testing.T) {
	t.Parallel()
	m, err := readMessages(Languages[0])
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for key := range m.texts {
		section, _, _ := strings.Cut(key, ".")
		sections[section] = true
	}
	used := map[string]bool{"theme.auto": true, "theme.light": true, "theme.dark": true} // their keys are composed
	for _, folder := range []string{".", "../account", "../browser", "../console", "../signin"} {
		for _, key := range literals(t, folder) {
			section, _, _ := strings.Cut(key, ".")
			_, single := m.texts[key]
			_, counted := m.texts[key+".other"]
			if sections[section] && !single && !counted {
				t.Errorf("there is no message %q", key)
			}
			used[key], used[key+".one"], used[key+".other"] = true, true, true
		}
	}
	for key := range m.texts {
		// Packages browser and console compose the keys of these sections; tests of account and console compare
		// them with what the directory has. The test of the repository compares the reasons.
		section, _, _ := strings.Cut(key, ".")
		if !used[key] && section != "verb" && section != "noun" && section != "api" && section+"." != reasonSection {
			t.Errorf("message %q is not used", key)
		}
	}
}

// literals returns what looks like a key in the templates and the Go code of a folder.
func literals(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		goCode := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if err != nil || d.IsDir() || !goCode && !strings.HasSuffix(path, ".html") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, call := range messageCall.FindAllStringSubmatch(string(text), -1) {
			found = append(found, call[1])
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("no key in %s: %v", folder, err)
	}
	return found
}

func TestAssetsAreServedUnderTheirHashAlone(t *testing.T) {
	t.Parallel()
	u := newUI(Config{AssetPath: "/static/"})
	for file, contentType := range map[string]string{
		"roster.css": "text/css; charset=utf-8", "roster.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		url, err := u.assetURL(file)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if !u.ServeAsset(w, strings.TrimPrefix(url, "/static/")) || w.Header().Get("Content-Type") != contentType {
			t.Errorf("%s: headers %v", url, w.Header())
		}
		if u.ServeAsset(httptest.NewRecorder(), file) {
			t.Errorf("%s is served without its hash", file)
		}
	}
}

func TestPreferencesThatAreUnknownSetNoCookie(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ theme, language, want string }{
		{"dark", "", "theme=dark; Path=/people/; Max-Age=31536000; Secure; SameSite=Lax"},
		{"", "de", "language=de; Path=/people/; Max-Age=31536000; Secure; SameSite=Lax"},
		{"plaid", "xx", ""}, {"", "", ""}, {"dark\r\nX: y", "", ""},
	} {
		w := httptest.NewRecorder()
		SetPreferences(w, "/people/", c.theme, c.language, true)
		if got := strings.Join(w.Header()["Set-Cookie"], "\n"); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.theme, c.language, got, c.want)
		}
	}
}

func TestLogoOfTheSettingsReplacesTheOwnOne(t *testing.T) {
	t.Parallel()
	const own = `<svg class="brand-mark"`
	if body := render(t, newUI(Config{}), Page{Title: "Sample", Body: "ada"}); !strings.Contains(body, own) {
		t.Errorf("the page lacks %s:\n%s", own, body)
	}
	png := "\x89PNG\r\n\x1a\n"
	for extension, logo := range map[string]string{"svg": `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "png": png} {
		if err := CheckLogo([]byte(logo)); err != nil {
			t.Error(err)
		}
		u := newUI(Config{Root: "/people", AssetPath: "/static/", Logo: []byte(logo)})
		body := render(t, u, Page{Title: "Sample", Body: "ada"})
		_, rest, _ := strings.Cut(body, `<img class="brand-mark" src="/people/static/`)
		name, _, found := strings.Cut(rest, `" alt="">`)
		if !found || strings.Contains(body, own) || !strings.HasSuffix(name, "."+extension) {
			t.Fatalf("logo %q in\n%s", name, body)
		}
		w := httptest.NewRecorder()
		if !u.ServeAsset(w, name) || w.Body.String() != logo || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v %q", name, w.Header(), w.Body)
		}
	}
	for _, bad := range []string{"", "GIF89a", "<html><script>", strings.Repeat(" ", 2000) + "<svg>", png + strings.Repeat("x", 64<<10)} {
		if CheckLogo([]byte(bad)) == nil {
			t.Errorf("%.20q is a logo", bad)
		}
	}
}
