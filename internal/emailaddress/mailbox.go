package emailaddress

import "strings"

// SameMailbox compares addresses without regard to the case of ASCII letters and the spelling
// of the domain. [Key] folds more characters, so that no two accounts have similar
// addresses. Mail servers do not ("ß" is not "ss"), so a verification must not either.
func SameMailbox(a, b string) bool {
	lower := func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	of, at, _ := Split(a)
	other, otherAt, _ := Split(b)
	return strings.Map(lower, of) == strings.Map(lower, other) && Same("a@"+at, "a@"+otherAt)
}
