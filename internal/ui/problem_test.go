package ui

import (
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"roster.example/roster/internal/fault"
)

func TestEveryFaultIsASentence(t *testing.T) {
	t.Parallel()
	codes := []fault.Code{
		fault.Blank, fault.Malformed, fault.TooShort, fault.TooLong, fault.TooMany, fault.Taken,
		fault.Reserved, fault.Unknown, fault.WrongPassword, fault.NoPassword, fault.Inactive,
		fault.SmallScope, fault.NotAdmin, fault.LastAdmin, fault.Mismatch, fault.Closed, fault.Weak,
		fault.Common, fault.Required,
	}
	m := newUI(Config{}).MessagesFor(httptest.NewRequest("GET", "/", nil))
	for _, code := range codes {
		for _, field := range []string{"username", "email", "password", "given_name", "member", "state", "else"} {
			for _, msg := range []string{"", "über all this"} {
				text := faultText(m, fault.Field{Name: field, Code: code, Limit: 8}, msg)
				first, _ := utf8.DecodeRuneInString(text)
				if !unicode.IsUpper(first) || !strings.HasSuffix(text, ".") || strings.Contains(text, "%!") {
					t.Errorf("%s %s: %q", field, code, text)
				}
			}
		}
	}
}
