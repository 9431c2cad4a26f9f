package userfile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// excerptLength is the maximum length of an excerpt, in characters.
const excerptLength = 120

// excerptCSV returns the start of a rejected line, without the password hash. It returns "" if the
// position of the hash is unknown.
func (r *reader) excerptCSV(text string, refused error) string {
	if refused == nil {
		return ""
	}
	secretCell := r.cells[slices.IndexFunc(r.all, named(PasswordColumn))]
	if secretCell < 0 {
		return excerpt(text)
	}
	if len(r.split) != r.width {
		return ""
	}
	shown := slices.Clone(r.split)
	if shown[secretCell] != "" {
		shown[secretCell] = "(hash)"
	}
	return excerpt(strings.Join(shown, ","))
}

// excerptJSON is excerptCSV for a JSON object.
func excerptJSON(text string, refused error) string {
	switch {
	case refused == nil:
		return ""
	case strings.Contains(strings.ToLower(unescapeASCII(text)), PasswordColumn):
		return "" // the line may contain a password hash
	}
	return excerpt(text)
}

var escapedASCII = regexp.MustCompile(`\\u00[0-7][0-9a-fA-F]`)

// unescapeASCII replaces the JSON escapes of ASCII characters, with which a name can be written. It
// also works for text that is not JSON.
func unescapeASCII(text string) string {
	return escapedASCII.ReplaceAllStringFunc(text, func(escaped string) string {
		code, _ := strconv.ParseUint(escaped[len(`\u`):], 16, 8) // four hexadecimal digits below 80
		return string(rune(code))
	})
}

// excerpt shortens text and removes characters that do not print.
func excerpt(text string) string {
	printable := strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	runes := []rune(printable)
	if len(runes) > excerptLength {
		return string(runes[:excerptLength]) + "…"
	}
	return printable
}
