package web

import (
	"errors"
	"net/http"
)

// WriteStatusLine writes one line of text, with status 200 if ok and 503 otherwise.
func WriteStatusLine(w http.ResponseWriter, ok bool, line string) {
	status := http.StatusOK
	if !ok {
		status = http.StatusServiceUnavailable
	}
	WriteBody(w, status, PlainText, []byte(line+"\n"))
}

// Redirect redirects to location with 302.
func Redirect(w http.ResponseWriter, location string) {
	SetHeaders(w, "Location", location)
	w.WriteHeader(http.StatusFound)
}

// WriteRequestError writes err of a request that cannot be parsed, as text.
func WriteRequestError(w http.ResponseWriter, _ *http.Request, err error) {
	status, text := http.StatusBadRequest, "the request cannot be read"
	if bad, ok := errors.AsType[*Error](err); ok {
		status, text = bad.Status, bad.Msg
	}
	WriteBody(w, status, PlainText, []byte(text+"\n"))
}

// NotFound answers a path that no API has.
func NotFound(w http.ResponseWriter, r *http.Request) {
	body := map[string]string{"error": "nothing answers at this path; see / for what does"}
	if err := WriteJSON(w, http.StatusNotFound, body); err != nil {
		http.NotFound(w, r)
	}
}

// MethodNotAllowed answers a path that has other methods; the router has set Allow.
func MethodNotAllowed(w http.ResponseWriter, r *http.Request) {
	body := map[string]string{"error": "this path does not answer " + r.Method}
	if err := WriteJSON(w, http.StatusMethodNotAllowed, body); err != nil {
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	}
}
