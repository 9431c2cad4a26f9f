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

// PlainText is the Content-Type of plain text.
const PlainText = "text/plain; charset=utf-8"

// WriteJSON writes v as compact JSON (see EncodeJSON). It keeps a Content-Type that was set before.
// On an error v cannot be encoded and nothing was written.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := EncodeJSON(v, "")
	if err != nil {
		return err
	}
	JSON(body).Respond(w, status)
	return nil
}

// EncodeJSON encodes v as the products do: without escapes of HTML characters and without a newline
// at the end. indent is the indentation of each level; without it there is one line.
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

// WriteBody writes body with the Content-Type kind.
func WriteBody(w http.ResponseWriter, status int, kind string, body []byte) {
	SetHeaders(w, "Content-Type", kind, "Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// A failed write means that the client has disconnected.
	_, _ = w.Write(body)
}

// SetHeaders sets several headers, given as name and value in turn, which must be in canonical
// form. It is http.Header.Set without an allocation for each value: the request context has room
// for some values, and further ones share one allocation. With http.Header.Set a request has 7 more
// allocations, and GET /api/v3/user takes 6 % longer (BenchmarkHotPath in internal/app;
// BenchmarkHeaders).
func SetHeaders(w http.ResponseWriter, namesAndValues ...string) {
	h, values := w.Header(), headerValues(w, len(namesAndValues)/2)
	for i := range values {
		values[i] = namesAndValues[2*i+1]
		// The capacity is limited so that Header.Add cannot overwrite the next value.
		h[namesAndValues[2*i]] = values[i : i+1 : i+1]
	}
}

func headerValues(w http.ResponseWriter, n int) []string {
	if t, ok := w.(*responseRecorder); ok {
		return t.takeHeaderValues(n)
	}
	return make([]string, n)
}

// SetRetryAfter sets Retry-After in whole seconds (RFC 9110, 10.2.3), rounded up so that a client
// that obeys it is not early. It sets nothing for no wait.
func SetRetryAfter(w http.ResponseWriter, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((wait-1)/time.Second)+1, 10))
	}
}

// EncodeHeaderText encodes text as the value of a header. Header fields are ASCII (RFC 9110, 5.5);
// clients read other bytes as Latin-1 or reject them. So bytes outside of printable ASCII, and %,
// are percent-encoded: url.PathUnescape or decodeURIComponent decodes them.
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

// JavaScriptTime formats a time as Date.prototype.toISOString does (ECMA-262): UTC, with exactly
// three fractional digits.
func JavaScriptTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Capitalize returns text with its first letter in upper case.
func Capitalize(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if first == utf8.RuneError {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
