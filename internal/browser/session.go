package browser

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/session"
	"roster.example/roster/internal/timezone"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// cookieName returns the name of the session cookie. Browsers accept the prefix __Host- only for a
// cookie that is sent by https alone and belongs to this host alone (RFC 6265bis, 4.1.3.2), so that no
// other host of the domain can set it.
func (s *Site) cookieName() string {
	if s.secure() {
		return "__Host-roster"
	}
	return "roster"
}

// setCookie gives a session to the browser. A response has one cookie of the session, the last one.
func (s *Site) setCookie(w http.ResponseWriter, value string, maxAge int) {
	w.Header()["Set-Cookie"] = slices.DeleteFunc(w.Header()["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, s.cookieName()+"=") })
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: maxAge, Secure: s.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Anonymous returns the actor of a request without a session.
func Anonymous(r *http.Request) model.Actor {
	return model.AnonymousActor(model.Console, web.Client(r), r.UserAgent())
}

// Actor returns the actor of the session of a request; an anonymous one if there is no valid session.
// A cookie with another credential, such as an API key, is no session.
func (s *Site) Actor(r *http.Request) (model.Actor, error) {
	anonymous := Anonymous(r)
	cookie, err := r.Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return anonymous, nil
	}
	actor, err := s.Directory.Authenticate(r.Context(), anonymous, directory.Credential{Secret: secret.Text(cookie.Value)})
	switch {
	case err != nil && fault.KindOf(err) == fault.Unauthenticated:
		return anonymous, nil
	case err != nil:
		return anonymous, err
	case actor.SessionKind() != model.ConsoleLogin:
		return anonymous, nil
	}
	return actor, s.setReader(r, actor)
}

// setReader lets the page of a request follow the preferences of its user. A session that can only add a
// second factor does not read them.
func (s *Site) setReader(r *http.Request, actor model.Actor) error {
	if actor.MustEnrol() {
		return nil
	}
	p, err := s.Directory.Preferences(r.Context(), actor)
	if err != nil {
		return err
	}
	reader := ui.Reader{Language: p.Language, Theme: p.Theme}
	if p.TimeZone != "" {
		reader.Zone = timezone.Location(p.TimeZone)
	}
	ui.SetReader(r, reader)
	return nil
}

// authenticate returns the actor of r, or an error if it lacks the permission needs of its route.
func (s *Site) authenticate(r *http.Request, needs string) (model.Actor, error) {
	if needs == string(model.Public) {
		return Anonymous(r), nil
	}
	actor, err := s.Actor(r)
	if err != nil {
		return actor, err
	}
	if actor.Anonymous() {
		return actor, fault.New(fault.Unauthenticated, "sign in first")
	}
	return actor, s.Directory.Require(r.Context(), actor, model.Permission(needs))
}

// SignIn creates a session, gives it to the browser, and ends the one that the browser had before. The
// token is never one that the browser had before.
func (s *Site) SignIn(w http.ResponseWriter, r *http.Request, attempt login.Attempt) error {
	made, err := s.Directory.LogIn(r.Context(), Anonymous(r), attempt, model.ConsoleLogin)
	if err != nil {
		return err
	}
	s.Start(w, r, made)
	return nil
}

// Start gives a new session to the browser, and ends the one that the browser had before. After an
// error the session before stays until it expires; the browser does not have its token any more.
func (s *Site) Start(w http.ResponseWriter, r *http.Request, made login.Result) {
	if err := s.endSession(r); err != nil {
		s.Log.ErrorContext(r.Context(), "the former session of a browser was not revoked and stays until it expires", "error", err)
	}
	s.setSessionCookies(w, r, made.Token, made.Session.ExpiresAt)
}

// setSessionCookies sets the cookies of a session.
func (s *Site) setSessionCookies(w http.ResponseWriter, r *http.Request, token secret.Text, expires time.Time) {
	maxAge := max(int(expires.Sub(s.Now()).Seconds()), 1)
	s.setCookie(w, token.Reveal(), maxAge)
	s.startForward(w, r, token, maxAge)
}

// Replace sets the cookies of the session that replaces the one of the browser, and returns its actor. Another
// request that the browser has sent before with the former cookie is answered with the way to the sign-in
// page, which leads a browser with a session back at once.
func (s *Site) Replace(w http.ResponseWriter, r *http.Request, raised session.Replaced) (model.Actor, error) {
	s.setSessionCookies(w, r, raised.Session, raised.SessionExpiresAt)
	return s.Directory.Authenticate(r.Context(), Anonymous(r), directory.Credential{Secret: raised.Session})
}

// SignOut ends the session of the browser, if it has one.
func (s *Site) SignOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.endSession(r); err != nil {
		return err
	}
	s.ClearCookies(w)
	return nil
}

// ClearCookies removes the cookies of a session that has ended.
func (s *Site) ClearCookies(w http.ResponseWriter) {
	s.setCookie(w, "", -1)
	if s.forward != "" {
		s.setForwardCookie(w, "", -1)
	}
}

func (s *Site) endSession(r *http.Request) error {
	actor, err := s.Actor(r)
	if err != nil || actor.Anonymous() {
		return err
	}
	if err := s.Directory.LogOut(r.Context(), actor, false); err != nil && fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	return nil
}
