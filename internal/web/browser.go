package web

import (
	"fmt"
	"net/http"
)

// pagePolicy is the Content-Security-Policy of pages: nothing but the style,
// the images and the forms of this server, no script at all.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// PageHeaders sets what every page for people carries besides the headers of
// Middleware: a strict Content-Security-Policy.
func SetPagePolicy(w http.ResponseWriter) { w.Header().Set("Content-Security-Policy", pagePolicy) }

// CrossOrigin lets deny answer what a browser sends from a page of another
// site, unless the site is one of origins ("https://host"). GET, HEAD and
// OPTIONS pass, so they may never change anything. An error means that an
// origin cannot be read.
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

// SameOrigin refuses with 403 what a page of another site makes a browser send.
// It is for APIs: their clients are no browsers and send neither Origin nor
// Sec-Fetch-Site, but browsers add Basic credentials that they once asked for to
// any form that some other page posts.
func RejectCrossOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(writeCrossOriginError))
	return protection.Handler(next)
}

func writeCrossOriginError(w http.ResponseWriter, _ *http.Request) {
	body := map[string]string{"error": "a page of another site sent this; APIs take no orders from there"}
	if err := WriteJSON(w, http.StatusForbidden, body); err != nil {
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
	}
}
