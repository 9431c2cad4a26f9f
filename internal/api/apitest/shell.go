package apitest

import (
	"errors"
	"strings"
)

// shellWords splits a line into words like a POSIX shell (section 2.2, Quoting), with single and double quotes,
// backslashes, and line continuations. Nothing is expanded.
func shellWords(line string) (words []string, err error) {
	w := wordReader{rest: strings.ReplaceAll(line, "\r\n", "\n")}
	for {
		word, ok, err := w.next()
		if err != nil || !ok {
			return words, err
		}
		words = append(words, word)
	}
}

type wordReader struct{ rest string }

var errOpenQuote = errors.New("unterminated quote")

// next returns the next word, or false at the end.
func (w *wordReader) next() (string, bool, error) {
	var word strings.Builder
	started := false
	for w.rest != "" {
		c := w.rest[0]
		w.rest = w.rest[1:]
		switch c {
		case ' ', '\t', '\n':
			if started {
				return word.String(), true, nil
			}
			continue
		case '\\':
			if joined := w.escape(&word, ""); joined {
				continue
			}
		case '\'':
			inner, rest, ok := strings.Cut(w.rest, "'")
			if !ok {
				return "", false, errOpenQuote
			}
			word.WriteString(inner)
			w.rest = rest
		case '"':
			if !w.quoted(&word) {
				return "", false, errOpenQuote
			}
		default:
			word.WriteByte(c)
		}
		started = true
	}
	return word.String(), started, nil
}

// escape handles the character after a backslash, and reports whether it was a line continuation. If only is not empty, the
// backslash is kept before all other characters.
func (w *wordReader) escape(word *strings.Builder, only string) (joined bool) {
	if w.rest == "" {
		return true
	}
	c := w.rest[0]
	w.rest = w.rest[1:]
	if c == '\n' {
		return true
	}
	if only != "" && strings.IndexByte(only, c) < 0 {
		word.WriteByte('\\')
	}
	word.WriteByte(c)
	return false
}

// quoted reads up to the closing double quote, or returns false if there is none.
func (w *wordReader) quoted(word *strings.Builder) bool {
	for w.rest != "" {
		c := w.rest[0]
		w.rest = w.rest[1:]
		switch c {
		case '"':
			return true
		case '\\':
			w.escape(word, "\"\\$`")
		default:
			word.WriteByte(c)
		}
	}
	return false
}
