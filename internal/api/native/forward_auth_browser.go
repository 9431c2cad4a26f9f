package native

import (
	"net/http"
	"net/url"
	"strings"

	"roster.example/roster/internal/authn"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// loginParameter is the query parameter of forward authentication that makes a browser without a session
// sign in. It is for proxies that pass the answer to the browser, as Caddy and Traefik do.
const loginParameter = "login"

// authenticate returns the authentication of all routes: by the header of the request, and at forward
// authentication without one by the cookie of a browser.
func (a api) authenticate(byHeader authn.Authenticator) func(r *http.Request, needs string) (model.Actor, error) {
	return func(r *http.Request, needs string) (model.Actor, error) {
		cookie, ok := a.forwardCookie(r)
		if !ok {
			return byHeader.Authenticate(r, needs)
		}
		actor, err := a.directory.AuthenticateForward(r.Context(), byHeader.Anonymous(r), cookie)
		if err == nil {
			err = a.directory.Require(r.Context(), actor, model.Permission(needs))
		}
		return actor, err
	}
}

// forwardCookie returns the cookie of a request for forward authentication that has no other credential.
func (a api) forwardCookie(r *http.Request) (secret.Text, bool) {
	if a.ForwardCookie == "" || !isForwardAuth(r) || r.Header.Get("Authorization") != "" {
		return "", false
	}
	cookie, err := r.Cookie(a.ForwardCookie)
	if err != nil || cookie.Value == "" {
		return "", false
	}
	return secret.Text(cookie.Value), true
}

// writeError writes the problem of an error, or leads a browser to the sign-in page.
func (a api) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if to := a.loginFor(r); to != "" && fault.KindOf(err) == fault.Unauthenticated {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	writeError(w, r, err)
}

// asksForLogin reports whether the proxy passes a redirect on.
func asksForLogin(r *http.Request) bool {
	query, err := web.ReadQuery(r)
	if err != nil {
		return false
	}
	value, _, err := query.Text(loginParameter)
	return err == nil && value == "redirect"
}

// loginFor returns the sign-in page for a browser whose request a proxy wants to be authorized; "" if
// the proxy does not pass redirects on, or the client is no browser. The page checks the address to which
// it leads back, because the headers about the original request can be forged.
func (a api) loginFor(r *http.Request) string {
	if a.LoginURL == "" || !isForwardAuth(r) || !asksForLogin(r) {
		return ""
	}
	method := r.Header.Get("X-Forwarded-Method")
	if method != "" && method != http.MethodGet && method != http.MethodHead || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return ""
	}
	host := r.Header.Get("X-Forwarded-Host")
	if host == "" {
		return a.LoginURL
	}
	scheme := r.Header.Get("X-Forwarded-Proto")
	if scheme != "http" {
		scheme = "https"
	}
	return a.LoginURL + "?" + url.Values{"return_to": {scheme + "://" + host + r.Header.Get("X-Forwarded-Uri")}}.Encode()
}
