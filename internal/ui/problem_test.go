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
		fault.Common, fault.Required, fault.WrongCode, fault.Changed, fault.TooLate, fault.Ambiguous,
	}
	m := newUI(Config{}).MessagesFor(httptest.NewRequest("GET", "/", nil))
	for _, code := range codes {
		for _, field := range []string{"username", "email", "password", "given_name", "member", "state", "else"} {
			for _, msg := range []string{"", "über all this"} {
				text := faultText(m, fault.Field{Name: field, Code: code, Limit: 8}, &fault.Error{Msg: msg})
				first, _ := utf8.DecodeRuneInString(text)
				if !unicode.IsUpper(first) || !strings.HasSuffix(text, ".") || strings.Contains(text, "%!") {
					t.Errorf("%s %s: %q", field, code, text)
				}
			}
		}
	}
}

// Messages of the directory and their values are translated on pages of other languages.
func TestReasonsOfFaultsAreInTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	german, err := readMessages(Languages[1])
	if err != nil {
		t.Fatal(err)
	}
	var list fault.List
	list.AddMalformed("username", "it has spaces inside; remove them")
	list.AddUnknown("scopes", "api, read_api or sudo")
	list.Add("email", fault.TooMany, 10)
	list.AddText("key", fault.Weak, fault.Textf("a text that no page knows: {n}", "n", 7))
	want := []string{
		"Der Text enthält Leerzeichen. Entfernen Sie sie.", "Möglich sind: api, read_api oder sudo.",
		"Mehr ist nicht möglich: höchstens 10. Entfernen Sie zuerst etwas.", "A text that no page knows: 7.",
	}
	for i, s := range sentences(german, list.Err()) {
		if s.text != want[i] {
			t.Errorf("%s: %q, want %q", s.field, s.text, want[i])
		}
	}
	full := fault.NewText(fault.Invalid, fault.Textf("the organization has {n} projects; delete one before you create another", "n", 10000))
	if got := joinSentences(german, full); got != "Die Organisation hat 10000 Projekte. Löschen Sie eines, bevor Sie ein weiteres anlegen." {
		t.Errorf("got %q", got)
	}
}
