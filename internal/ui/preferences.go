package ui

import (
	"cmp"
	"net/http"
	"sync"

	"golang.org/x/text/language"
)

// Cookies that hold how a browser wants to see pages. They contain no personal data and no secret.
const (
	languageCookie = "language"
	themeCookie    = "theme" // assets/roster.js sets it too
	yearSeconds    = 365 * 24 * 60 * 60
)

// themes are the values of themeCookie. "auto" follows the browser.
var themes = []string{"auto", "light", "dark"}

// preferences are how one request wants its page.
type preferences struct {
	language int // index in Languages
	theme    string
}

// languageMatcher returns the matcher of Languages. Most processes never need it.
var languageMatcher = sync.OnceValue(newLanguageMatcher)

func newLanguageMatcher() language.Matcher {
	tags := make([]language.Tag, 0, len(Languages))
	for _, l := range Languages {
		tags = append(tags, l.tag)
	}
	return language.NewMatcher(tags)
}

// preferencesOf reads the preferences of the account, then the cookies, then Accept-Language.
func preferencesOf(r *http.Request) preferences {
	reader := readerOf(r)
	p := preferences{theme: cmp.Or(reader.Theme, cookieValue(r, themeCookie))}
	p.theme = oneOf(p.theme, themes)
	chosen := cmp.Or(reader.Language, cookieValue(r, languageCookie))
	for i, l := range Languages {
		if l.Code == chosen {
			p.language = i
			return p
		}
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err == nil && len(tags) > 0 {
		_, p.language, _ = languageMatcher().Match(tags...)
	}
	return p
}

func cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// oneOf returns value if it is allowed, else the first allowed value.
func oneOf(value string, allowed []string) string {
	for _, a := range allowed {
		if a == value {
			return value
		}
	}
	return allowed[0]
}

// ForgetLanguage removes the cookie of the language, so that the browser's own language is used.
func ForgetLanguage(w http.ResponseWriter, path string, secure bool) {
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Path: path, MaxAge: -1, Secure: secure, SameSite: http.SameSiteLaxMode})
}

// SetPreferences sets the cookies of a theme and a language. An empty or unknown value leaves its
// cookie as it is. secure is for servers whose public address is https.
func SetPreferences(w http.ResponseWriter, path, theme, languageCode string, secure bool) {
	set := func(name, value string) {
		http.SetCookie(w, &http.Cookie{
			Name: name, Value: value, Path: path, MaxAge: yearSeconds, Secure: secure, SameSite: http.SameSiteLaxMode,
		})
	}
	if oneOf(theme, themes) == theme {
		set(themeCookie, theme)
	}
	for _, l := range Languages {
		if l.Code == languageCode {
			set(languageCookie, languageCode)
		}
	}
}
