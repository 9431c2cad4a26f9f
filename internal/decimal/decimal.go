// Package decimal parses ids and whole numbers, by the same rules for all APIs and files.
package decimal

import (
	"errors"
	"strconv"
	"strings"
)

// ParseID parses an id in its only form: digits, without sign, blanks and leading zeros. Ids begin
// at 1.
func ParseID(text string) (int64, bool) {
	if !isDigits(text) || text[0] == '0' {
		return 0, false
	}
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil
}

// Errors of [ParseWhole].
var (
	ErrSyntax   = errors.New("this is not a number")
	ErrFraction = errors.New("this number has a fraction")
	ErrRange    = errors.New("this number is out of range")
)

// maxDigits is the number of digits of the largest int64.
const maxDigits = 19

// ParseWhole parses a JSON number (RFC 8259, section 6) that is whole, whatever its notation: 100,
// 100.0 and 1e2 are the same number.
func ParseWhole(text string) (int64, error) {
	digits, exponent, err := split(strings.TrimPrefix(text, "-"))
	if err != nil {
		return 0, err
	}
	significant := strings.TrimRight(digits, "0")
	exponent += int64(len(digits) - len(significant))
	significant = strings.TrimLeft(significant, "0")
	switch {
	case significant == "":
		return 0, nil
	case exponent < 0:
		return 0, ErrFraction
	case int64(len(significant))+exponent > maxDigits:
		return 0, ErrRange
	}
	sign := text[:len(text)-len(strings.TrimPrefix(text, "-"))]
	n, err := strconv.ParseInt(sign+significant+strings.Repeat("0", int(exponent)), 10, 64)
	if err != nil {
		return 0, ErrRange
	}
	return n, nil
}

// maxExponent bounds exponents: no number in a request or a line has as many digits.
const maxExponent = 1 << 40

// split returns a number without a sign as digits × 10^exponent.
func split(text string) (digits string, exponent int64, err error) {
	mantissa := text
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		if exponent, err = parseExponent(text[at+1:]); err != nil {
			return "", 0, err
		}
		mantissa = text[:at]
	}
	whole, fraction, pointed := strings.Cut(mantissa, ".")
	if !isDigits(whole) || len(whole) > 1 && whole[0] == '0' || pointed && !isDigits(fraction) {
		return "", 0, ErrSyntax
	}
	return whole + fraction, exponent - int64(len(fraction)), nil
}

func parseExponent(text string) (int64, error) {
	unsigned := text
	if text != "" && (text[0] == '+' || text[0] == '-') {
		unsigned = text[1:]
	}
	if !isDigits(unsigned) {
		return 0, ErrSyntax
	}
	exponent, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // out of range: the sign decides
		exponent = maxExponent
		if text[0] == '-' {
			exponent = -maxExponent
		}
	}
	return max(-maxExponent, min(exponent, maxExponent)), nil
}

// isDigits reports whether text consists of ASCII digits, at least one.
func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
