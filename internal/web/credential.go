package web

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// BearerStyle says how strictly an Authorization header of type Bearer is parsed.
type BearerStyle int

const (
	// BearerStrict requires the word "Bearer" in exactly this case and one space
	// (docs/products/pm415.md, 2).
	BearerStrict BearerStyle = iota
	// BearerLenient accepts the word in any case and any amount of white space
	// (docs/products/wekan.md, 2; RFC 9110, 11.1: schemes are case-insensitive).
	BearerLenient
)

// maxAuthorization is the maximum length of an Authorization header; longer ones are ignored.
const maxAuthorization = 8 << 10

// Bearer returns the bearer token of r. It returns false if the header is missing, repeated, of
// another scheme, or has more than two parts.
func Bearer(r *http.Request, style BearerStyle) (token string, ok bool) {
	header, ok := authorization(r)
	if !ok {
		return "", false
	}
	if style == BearerStrict {
		token, ok = strings.CutPrefix(header, "Bearer ")
		return token, ok && token != "" && !strings.ContainsAny(token, " \t")
	}
	header = strings.TrimSpace(header)
	end := strings.IndexFunc(header, unicode.IsSpace)
	if end < 0 || !strings.EqualFold(header[:end], "Bearer") {
		return "", false
	}
	token = strings.TrimSpace(header[end:])
	return token, !strings.ContainsFunc(token, unicode.IsSpace)
}

// BasicAuth returns user and password of a Basic credential (RFC 7617). It returns false if the
// header is missing, repeated or of another scheme, or if the decoded text is not UTF-8 or has
// control characters.
func BasicAuth(r *http.Request) (user, password string, ok bool) {
	if _, ok := authorization(r); !ok {
		return "", "", false
	}
	user, password, ok = r.BasicAuth()
	if !ok || !printable(user) || !printable(password) {
		return "", "", false
	}
	return user, password, true
}

// authorization returns the Authorization header of r, if there is exactly one. With two of them a
// proxy and this server could read different credentials.
func authorization(r *http.Request) (string, bool) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 || len(values[0]) > maxAuthorization {
		return "", false
	}
	return values[0], true
}

func printable(s string) bool {
	for _, c := range s {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s)
}
