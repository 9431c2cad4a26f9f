package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"
)

// PlainText is the Content-Type of answers in plain text.
const PlainText = "text/plain; charset=utf-8"

// WriteJSON answers with v as compact JSON (see EncodeJSON). A Content-Type that
// was set before is kept. An error means that v cannot be encoded and that
// nothing was written yet.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := EncodeJSON(v, "")
	if err != nil {
		return err
	}
	JSON(body).Respond(w, status)
	return nil
}

// EncodeJSON encodes v as the imitated products do: HTML characters are not
// escaped, and no newline stands at the end. indent is what each level is set in
// by; without it everything stands on one line.
func EncodeJSON(v any, indent string) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// WriteBody answers with body, which is of the Content-Type kind.
func WriteBody(w http.ResponseWriter, status int, kind string, body []byte) {
	SetHeaders(w, "Content-Type", kind, "Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// A failed write means that the client has gone; nobody is left to tell.
	_, _ = w.Write(body)
}

// SetHeaders sets several headers, given as name and value in turn. It is
// Header().Set for each, but names must be in canonical form, and the values take
// no room of their own: a request has room for some, and beyond it they share one
// allocation.
func SetHeaders(w http.ResponseWriter, namesAndValues ...string) {
	h, values := w.Header(), headerValues(w, len(namesAndValues)/2)
	for i := range values {
		values[i] = namesAndValues[2*i+1]
		// Bounded, so that Header.Add cannot run into the next value.
		h[namesAndValues[2*i]] = values[i : i+1 : i+1]
	}
}

func headerValues(w http.ResponseWriter, n int) []string {
	if t, ok := w.(*responseRecorder); ok {
		return t.takeHeaderValues(n)
	}
	return make([]string, n)
}

// SetRetryAfter says when to come again, in whole seconds (RFC 9110, 10.2.3): rounded
// up, for who comes back then must not be early. No wait is no header.
func SetRetryAfter(w http.ResponseWriter, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((wait-1)/time.Second)+1, 10))
	}
}

// EncodeHeaderText writes text as the value of a header. Fields hold ASCII alone (RFC
// 9110, 5.5), and programs take other bytes for Latin-1, or refuse them. So each
// byte of UTF-8 outside of printable ASCII is percent-encoded, and % itself: what
// url.PathUnescape or decodeURIComponent reads.
func EncodeHeaderText(text string) string {
	plain := func(c byte) bool { return c >= ' ' && c <= '~' && c != '%' }
	encoded := 0
	for i := range len(text) {
		if !plain(text[i]) {
			encoded++
		}
	}
	if encoded == 0 {
		return text
	}
	all := make([]byte, 0, len(text)+2*encoded)
	for i := range len(text) {
		if c := text[i]; plain(c) {
			all = append(all, c)
		} else {
			const hex = "0123456789ABCDEF"
			all = append(all, '%', hex[c>>4], hex[c&0xf])
		}
	}
	return string(all)
}

// JavaScriptTime writes a time as Date.prototype.toISOString does (ECMA-262): UTC,
// always three digits of a second.
func JavaScriptTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Capitalize begins text with a capital letter. What begins with no letter stays as
// it is.
func Capitalize(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if first == utf8.RuneError {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
