package web

import (
	"fmt"
	"net/http"
)

// pagePolicy is the Content-Security-Policy of pages: scripts, styles, images, requests and forms of
// this server alone. Inline scripts and styles are blocked.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// SetPagePolicy sets the Content-Security-Policy that every HTML page has in addition to the
// headers of Middleware.
func SetPagePolicy(w http.ResponseWriter) { w.Header().Set("Content-Security-Policy", pagePolicy) }

// AllowFormRedirect lets the response to the forms of a page redirect to another origin: browsers apply
// form-action to redirects too (CSP 3, 6.4.1.1).
func AllowFormRedirect(w http.ResponseWriter, origin string) {
	w.Header().Set("Content-Security-Policy", pagePolicy+" "+origin)
}

// CrossOriginProtection calls deny for cross-origin requests of browsers, unless the origin is one
// of origins ("https://host"). GET, HEAD and OPTIONS pass, so their handlers must not change
// anything. It returns an error if an origin cannot be parsed.
func CrossOriginProtection(next, deny http.Handler, origins ...string) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(deny)
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("trust origin %q: %w", origin, err)
		}
	}
	return protection.Handler(next), nil
}

// RejectCrossOrigin answers cross-origin requests of browsers with 403. It is for APIs: API clients
// send neither Origin nor Sec-Fetch-Site, but a browser adds stored Basic credentials to a form
// that a page of another site posts.
func RejectCrossOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(writeCrossOriginError))
	return protection.Handler(next)
}

func writeCrossOriginError(w http.ResponseWriter, _ *http.Request) {
	body := map[string]string{"error": "cross-origin request refused"}
	if err := WriteJSON(w, http.StatusForbidden, body); err != nil {
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
	}
}
