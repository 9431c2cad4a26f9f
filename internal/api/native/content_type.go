package native

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"

	"roster.example/roster/internal/web"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// normalizeContentType rejects bodies in a character set other than UTF-8, and sets the content
// type of JSON in the one spelling that operations compare with. A body that is declared as a
// form, as curl -d declares each body, is taken as JSON if it begins so; other forms are rejected.
func normalizeContentType(r *http.Request) error {
	if isForwardAuth(r) || r.Header.Get("Content-Type") == "" && !web.IsRepeatedHeader(r, "Content-Type") {
		return nil // the headers of forward authentication are those of another request
	}
	kind, _, err := web.ContentType(r)
	switch {
	case err != nil:
		if len(peekBody(r)) == 0 {
			return nil // the type of no body
		}
		return err
	case kind == formType:
		if begin := peekBody(r); len(begin) > 0 && begin[0] != '{' && begin[0] != '[' {
			return &web.Error{Status: http.StatusUnsupportedMediaType, Code: web.UnsupportedMediaType,
				Msg: "this API does not accept forms; send JSON with the header Content-Type: application/json"}
		}
	case kind != jsonType && !strings.HasSuffix(kind, "+json"):
		return nil // the operation checks every other type
	}
	r.Header.Set("Content-Type", jsonType)
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
