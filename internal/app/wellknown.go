package app

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"roster.example/roster/internal/account"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// wellKnown serves well-known URLs (RFC 8615): security.txt (RFC 9116), and the redirect of password
// managers to change a password (W3C, "A Well-Known URL for Changing Passwords").
func (a *App) wellKnown() *web.Router {
	public := string(model.Public)
	return web.NewRouter(web.APIConfig[struct{}]{
		Name:         "well-known",
		Authenticate: noActor,
		WriteError:   web.WriteRequestError,
		NotFound:     notFound, MethodNotAllowed: web.MethodNotAllowed,
	}, []web.Endpoint[struct{}]{
		{Method: "GET", Path: "/.well-known/security.txt", Needs: public, Serve: a.securityText},
		{Method: "GET", Path: "/.well-known/change-password", Needs: public, Serve: a.changePassword},
	})
}

// securityTextLife is the lifetime of security.txt, which is generated for each request. RFC 9116
// recommends less than a year.
const securityTextLife = 30 * 24 * time.Hour

func (a *App) securityText(w http.ResponseWriter, r *http.Request, _ struct{}) error {
	contact := a.cfg.Security.Contact
	if contact == "" {
		notFound(w, r)
		return nil
	}
	text := fmt.Sprintf("Contact: %s\nExpires: %s\n", contact, time.Now().Add(securityTextLife).UTC().Format(time.RFC3339))
	if overHTTPS(a.cfg) {
		text += "Canonical: " + a.base + "/.well-known/security.txt\n"
	}
	web.WriteStatusLine(w, true, strings.TrimSuffix(text, "\n"))
	return nil
}

// changePassword leads to the page on which users change their password.
func (a *App) changePassword(w http.ResponseWriter, r *http.Request, _ struct{}) error {
	if !a.cfg.Console.Enabled {
		notFound(w, r)
		return nil
	}
	web.Redirect(w, a.base+account.SecurityPath)
	return nil
}

// hsts returns the max-age of Strict-Transport-Security, or 0 if base_url is not https.
func (a *App) hsts() time.Duration {
	if !overHTTPS(a.cfg) {
		return 0
	}
	return time.Duration(a.cfg.Security.HSTSMaxAge)
}

// overHTTPS reports whether base_url is https.
func overHTTPS(c config.Config) bool {
	return strings.HasPrefix(strings.ToLower(c.BaseURL), "https://")
}
