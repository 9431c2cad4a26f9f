package native

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"net/http"

	"roster.example/roster/internal/web"
)

// acceptJSON sets the content type of JSON on a body that begins as JSON and is declared
// as a form, as curl -d declares each body. It refuses every other form.
func acceptJSONForm(r *http.Request) error {
	declared := r.Header.Get("Content-Type")
	if declared == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(declared)
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil // the operation checks every other type
	}
	if begin := peekBody(r); len(begin) > 0 && begin[0] != '{' && begin[0] != '[' {
		return &web.Error{Status: http.StatusUnsupportedMediaType, Code: web.UnsupportedMediaType,
			Msg: "this API takes no forms; send JSON with the header Content-Type: application/json"}
	}
	r.Header.Set("Content-Type", mime.FormatMediaType("application/json", params))
	return nil
}

// beginning returns the first bytes of the body that are not blank. They stay in the
// body. It returns nothing where the body is empty, cannot be read or begins with many
// blanks; the operation reports that.
func peekBody(r *http.Request) []byte {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	buffered := bufio.NewReaderSize(r.Body, 512)
	r.Body = struct {
		io.Reader
		io.Closer
	}{buffered, r.Body}
	peeked, _ := buffered.Peek(512) // an error comes again with the body
	return bytes.TrimLeft(web.TrimBOM(peeked), " \t\r\n")
}
