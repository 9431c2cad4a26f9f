// Package browser is what all pages share: the sessions of browsers, protection against requests of
// other sites, redirects, and the pages about errors.
//
// A package of pages, such as signin, returns the endpoints of a [Site]. Its handlers call the
// directory and write pages with package ui.
//
// # Sessions
//
// A browser session is a session of the directory of the kind ConsoleLogin. Its token is random. The
// directory stores a hash; only the cookie has the text. Signing in always creates a new session, so
// that a cookie which was set before is worth nothing.
//
// # Requests of other sites
//
// Every request that can change something is checked: [Pages.ServeHTTP] rejects it if the browser says
// that a page of another site sent it (Sec-Fetch-Site, or Origin for browsers without it).
package browser
