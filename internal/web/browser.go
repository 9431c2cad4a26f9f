package web

import (
	"fmt"
	"net/http"
)

// pagePolicy is the Content-Security-Policy of pages: nothing but the style,
// the images and the forms of this server, no script at all.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// PageHeaders sets the headers that every page for people carries: a strict
// Content-Security-Policy, no caching, no referrer.
func PageHeaders(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
}

// CrossOrigin refuses with 403 what a browser sends from a page of another
// site, unless the site is one of origins ("https://host"). GET, HEAD and
// OPTIONS pass, so they may never change anything. An error means that an
// origin cannot be read.
func CrossOrigin(next http.Handler, origins ...string) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("trust origin %q: %w", origin, err)
		}
	}
	return protection.Handler(next), nil
}
