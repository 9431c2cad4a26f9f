package web

import (
	"net/http"
	"strings"
)

// SingleHeader returns the header name of r, and false if r does not have it. A header that is
// empty or repeated is an *Error. It is for headers that decide what a request does: an empty
// variable of a script must not remove the header, and of two values a proxy could have checked
// the other one.
func SingleHeader(r *http.Request, name string) (value string, given bool, err error) {
	values := r.Header.Values(name)
	if len(values) == 0 {
		return "", false, nil
	}
	if len(values) > 1 {
		return "", true, invalid(name, "may be given only once")
	}
	value = strings.TrimSpace(values[0])
	if value == "" {
		return "", true, invalid(name, "must not be empty; omit the header if it has no value")
	}
	return value, true, nil
}

// IsRepeatedHeader reports whether r has the header name more than once.
func IsRepeatedHeader(r *http.Request, name string) bool { return len(r.Header.Values(name)) > 1 }
