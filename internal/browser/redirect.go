package browser

import (
	"net/http"
	"net/url"
	"strings"
)

// Redirect leads the browser to a path of this server, with GET.
func (s *Site) Redirect(w http.ResponseWriter, path string) {
	w.Header().Set("Location", s.base.Path+path)
	w.WriteHeader(http.StatusSeeOther)
}

// LocalPath returns path if it is one of this server, else otherwise. Browsers read "//host" and
// "/\host" as an address of another site, and ignore tabs and line breaks in an address (URL standard,
// 4.4).
func LocalPath(path, otherwise string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsFunc(path, unsafeInPath) {
		return otherwise
	}
	return path
}

func unsafeInPath(c rune) bool { return c == '\\' || c < ' ' || c == 0x7f }

// redirectToLogin redirects a browser without a session to the sign-in page, which leads back to the page of r.
// The content of a form is lost, so the sign-in page says that nothing was changed.
func (s *Site) redirectToLogin(w http.ResponseWriter, r *http.Request) {
	query := url.Values{}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		query.Set("return_to", r.URL.RequestURI())
	} else {
		query.Set("ended", "yes")
	}
	s.Redirect(w, LoginPath+"?"+query.Encode())
}
