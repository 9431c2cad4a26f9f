package native

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"net/http"

	"roster.example/roster/internal/web"
)

// acceptJSONForm corrects the content type of a JSON body that is declared as a form, because curl -d declares every body
// so. It rejects other forms.
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
			Msg: "this API does not accept forms; send JSON with the header Content-Type: application/json"}
	}
	r.Header.Set("Content-Type", mime.FormatMediaType("application/json", params))
	return nil
}

// peekBody returns the first bytes of the body after whitespace, without consuming them. The result is empty if the body is
// empty, cannot be read, or begins with more whitespace than the buffer holds; the operation then reports the error.
func peekBody(r *http.Request) []byte {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	buffered := bufio.NewReaderSize(r.Body, 512)
	r.Body = struct {
		io.Reader
		io.Closer
	}{buffered, r.Body}
	peeked, _ := buffered.Peek(512) // the operation gets the error when it reads the body
	return bytes.TrimLeft(web.TrimBOM(peeked), " \t\r\n")
}
