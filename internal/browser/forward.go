package browser

import (
	"net/http"
	"net/url"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// ForwardCookie is the name of the cookie that forward authentication accepts. secure is for servers
// whose public URL is https.
func ForwardCookie(secure bool) string {
	if secure {
		return "__Secure-roster-forward"
	}
	return "roster-forward"
}

// startForward sets the cookie for applications behind forward authentication, if the settings name
// their domain. A session that can only add a second factor gets none; the one that replaces it does.
// After an error the browser can use the pages, and not the applications.
func (s *Site) startForward(w http.ResponseWriter, r *http.Request, session secret.Text, maxAge int) {
	if s.forward == "" {
		return
	}
	actor, err := s.Directory.Authenticate(r.Context(), Anonymous(r), directory.Credential{Secret: session})
	if err != nil {
		s.Log.ErrorContext(r.Context(), "the cookie for forward authentication was not set", "error", err)
		return
	}
	if actor.MustEnrol() {
		return
	}
	if err := s.ContinueForward(w, r, actor, maxAge); err != nil {
		s.Log.ErrorContext(r.Context(), "the cookie for forward authentication was not set", "error", err)
	}
}

// ContinueForward sets the cookie again for a browser that has a session.
func (s *Site) ContinueForward(w http.ResponseWriter, r *http.Request, actor model.Actor, maxAge int) error {
	token, err := s.Directory.ForwardToken(r.Context(), actor)
	if err == nil {
		s.setForwardCookie(w, token.Reveal(), maxAge)
	}
	return err
}

func (s *Site) setForwardCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: ForwardCookie(s.secure()), Value: value, Domain: s.forward, Path: "/", MaxAge: maxAge,
		Secure: s.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Return checks the address to which a sign-in leads. It returns a path of this server, or the URL of an
// application behind forward authentication; "" for anything else.
func (s *Site) Return(address string) string {
	if s.isForwardURL(address) {
		return address
	}
	return LocalPath(address, "")
}

// AllowReturn lets the form of the sign-in page lead to an application behind forward authentication.
func (s *Site) AllowReturn(w http.ResponseWriter, address string) {
	if !s.isForwardURL(address) {
		return
	}
	if u, err := url.Parse(address); err == nil {
		web.AllowFormRedirect(w, u.Scheme+"://"+u.Host)
	}
}

// isForwardURL reports whether a URL is one of an application in the domain of the settings. With https
// as the scheme of this server it must be https too, so that the cookie is sent.
func (s *Site) isForwardURL(address string) bool {
	if s.forward == "" || strings.ContainsFunc(address, unsafeInPath) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != s.base.Scheme || u.User != nil || u.Opaque != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return isHostName(u.Host) && (host == s.forward || strings.HasSuffix(host, "."+s.forward))
}

// isHostName reports whether a host with its port has only the characters of host names, so that it can
// be part of a header.
func isHostName(host string) bool {
	return !strings.ContainsFunc(host, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != ':'
	})
}

// RedirectTo redirects the browser to an address that Return returned; "" is the account.
func (s *Site) RedirectTo(w http.ResponseWriter, address string) {
	switch {
	case address == "":
		s.Redirect(w, AccountPath)
	case strings.HasPrefix(address, "/"):
		s.Redirect(w, address)
	default:
		w.Header().Set("Location", address)
		w.WriteHeader(http.StatusSeeOther)
	}
}
