package web

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// ContentType returns the media type of the body of r in lower case, "" if none is declared, and
// its parameters. The declared character set must be UTF-8 or US-ASCII: other text would be misread.
// Reading a body that is declared as US-ASCII fails at the first other character. A repeated header
// is an error. Errors are *Error.
func ContentType(r *http.Request) (kind string, params map[string]string, err error) {
	header := r.Header.Get("Content-Type")
	if IsRepeatedHeader(r, "Content-Type") {
		return "", nil, unsupportedMediaType("the content type of the body is declared more than once")
	}
	if header == "" {
		return "", nil, nil
	}
	kind, params, err = mime.ParseMediaType(header)
	if err != nil {
		return "", nil, unsupportedMediaType("the content type of the body cannot be read")
	}
	switch charset := ParseCharset(params["charset"]); {
	case charset == UnknownCharset && params["charset"] != "":
		return "", nil, unsupportedMediaType("the body must be UTF-8")
	case charset == ASCII && r.Body != nil && r.Body != http.NoBody:
		r.Body = struct {
			io.Reader
			io.Closer
		}{ASCIIReader(r.Body, malformed("the body is declared as US-ASCII and has other characters; declare UTF-8", nil)), r.Body}
	}
	return kind, params, nil
}

func unsupportedMediaType(msg string) *Error {
	return &Error{Status: http.StatusUnsupportedMediaType, Code: UnsupportedMediaType, Msg: msg}
}

// Charset is a character set of bodies.
type Charset int

// The character sets.
const (
	UnknownCharset Charset = iota
	UTF8
	ASCII
)

// charsets are the names of both character sets that IANA has registered, and those that Python,
// Java and Windows write, in lower case and with a dash for each underscore.
var charsets = map[string]Charset{
	"utf-8": UTF8, "utf8": UTF8, "csutf8": UTF8, "utf-8-sig": UTF8, "unicode-1-1-utf-8": UTF8, "cp65001": UTF8,
	"us-ascii": ASCII, "ascii": ASCII, "us": ASCII, "csascii": ASCII, "ansi-x3.4-1968": ASCII, "ansi-x3.4-1986": ASCII,
	"iso-646.irv:1991": ASCII, "iso646-us": ASCII, "iso-ir-6": ASCII, "ibm367": ASCII, "cp367": ASCII, "646": ASCII,
}

// ParseCharset returns the character set with this name.
func ParseCharset(name string) Charset {
	return charsets[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")]
}

// ASCIIReader returns a reader of from that fails with refusal at the first byte that is not ASCII.
func ASCIIReader(from io.Reader, refusal error) io.Reader { return asciiReader{from, refusal} }

type asciiReader struct {
	io.Reader
	refusal error
}

// Read implements [io.Reader].
func (r asciiReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	for _, c := range b[:n] {
		if c >= utf8.RuneSelf {
			return 0, r.refusal
		}
	}
	return n, err
}
