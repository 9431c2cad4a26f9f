package unitext

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// HasLoneSurrogate reports whether JSON text has an escape of half a surrogate pair, such as \ud800.
// It is no character, and encoding/json replaces it by U+FFFD.
func HasLoneSurrogate(json []byte) bool {
	for {
		at := bytes.IndexByte(json, '\\')
		if at < 0 {
			return false
		}
		json = json[at:]
		switch first := escapedUnit(json); {
		case first < 0:
			json = json[min(2, len(json)):] // another escape
		case !utf16.IsSurrogate(first):
			json = json[unitLength:]
		case utf16.DecodeRune(first, escapedUnit(json[unitLength:])) == utf8.RuneError:
			return true
		default:
			json = json[2*unitLength:]
		}
	}
}

// unitLength is the length of the escape of a UTF-16 code unit.
const unitLength = len(`\u0000`)

// escapedUnit returns the UTF-16 code unit of an escape at the start of json, or -1 if there is none.
func escapedUnit(json []byte) rune {
	if len(json) < unitLength || json[0] != '\\' || json[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(json[2:unitLength]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
