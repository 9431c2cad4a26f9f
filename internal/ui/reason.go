package ui

import (
	"cmp"
	"strings"
	"sync"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/web"
)

// The directory writes its messages in English, and APIs return them as they are. Pages of other languages
// have a translation of each one in the section "reason" of their file. The English file has the same
// messages, which connect a message of the directory with the key of its translations.

const reasonSection = "reason."

// reasonKeys returns the keys of the section by English message or template.
var reasonKeys = sync.OnceValue(func() map[string]string {
	keys := map[string]string{}
	for key, text := range mustRead(readMessages(Languages[0])).texts {
		if strings.HasPrefix(key, reasonSection) {
			keys[text] = key
		}
	}
	return keys
})

// reason returns a message of the directory as a sentence. text is the one that msg was made of; nil if
// msg contains no values. ok is false if the language has no translation; the sentence is then English.
func (m *Messages) reason(msg string, text *fault.Text) (sentence string, ok bool) {
	if m.Language.Code == Languages[0].Code {
		return asSentence(msg), true
	}
	if text == nil {
		text = &fault.Text{Template: msg}
	}
	key, ok := reasonKeys()[text.Template]
	if !ok {
		return asSentence(msg), false
	}
	return m.localize(text).In(m.Text(key)), true
}

// localize translates the "or" in a list of values.
func (m *Messages) localize(text *fault.Text) *fault.Text {
	values := make([]string, len(text.Values))
	for i, value := range text.Values {
		if i > 0 && text.Values[i-1] == "values" {
			value = strings.ReplaceAll(value, " or ", " "+m.Text("fault.or")+" ")
		}
		values[i] = value
	}
	return &fault.Text{Template: text.Template, Values: values}
}

// asSentence returns a message of the directory, which is lower case without a full stop, as a sentence.
func asSentence(msg string) string {
	if msg == "" {
		return ""
	}
	return web.Capitalize(msg) + "."
}

// fieldTexts are the keys of sentences that say more than the code alone.
var fieldTexts = map[fault.Field]string{
	{Name: "username", Code: fault.Blank}:                 "fault.username_blank",
	{Name: "username", Code: fault.Taken}:                 "fault.username_taken",
	{Name: "email", Code: fault.Blank}:                    "fault.email_blank",
	{Name: "email", Code: fault.Taken}:                    "fault.email_taken",
	{Name: "email", Code: fault.Mismatch}:                 "fault.email_mismatch",
	{Name: "password", Code: fault.Blank}:                 "fault.password_blank",
	{Name: "password", Code: fault.Common}:                "fault.password_common",
	{Name: "password", Code: fault.WrongPassword}:         "fault.password_wrong",
	{Name: "password", Code: fault.NoPassword}:            "fault.password_wrong",
	{Name: "current_password", Code: fault.Blank}:         "fault.current_password_blank",
	{Name: "current_password", Code: fault.WrongPassword}: "fault.password_wrong",
	{Name: "title", Code: fault.Blank}:                    "fault.title_blank",
	{Name: "scopes", Code: fault.Blank}:                   "fault.scopes_blank",
	{Name: "member", Code: fault.Taken}:                   "fault.member_taken",
}

// messageTexts are the keys of sentences for messages that say more to the user of a page.
var messageTexts = map[string]string{
	"this account is not active; ask an administrator": "fault.state_inactive",
}

// codeTexts are the keys of the sentences of codes. Those of countedCodes contain the limit.
var (
	codeTexts = map[fault.Code]string{
		fault.Blank: "fault.blank", fault.Malformed: "fault.malformed", fault.Taken: "fault.taken", fault.Reserved: "fault.reserved",
		fault.Unknown: "fault.unknown", fault.WrongPassword: "fault.password_wrong", fault.NoPassword: "fault.password_wrong",
		fault.WrongCode: "fault.code_wrong", fault.Inactive: "fault.inactive", fault.SmallScope: "fault.small_scope", fault.NotAdmin: "fault.not_admin",
		fault.LastAdmin: "fault.last_admin", fault.Mismatch: "fault.mismatch", fault.Closed: "fault.closed", fault.Weak: "fault.weak",
		fault.Common: "fault.common", fault.Required: "fault.required", fault.Changed: "fault.changed", fault.TooLate: "fault.too_late",
		fault.Ambiguous: "fault.ambiguous",
	}
	countedCodes = map[fault.Code]string{fault.TooShort: "fault.too_short", fault.TooLong: "fault.too_long", fault.TooMany: "fault.too_many"}
)

// plainCodes are codes whose sentence says more to the user of a page than the message of an error.
var plainCodes = map[fault.Code]bool{fault.Blank: true, fault.Malformed: true, fault.TooShort: true, fault.TooLong: true}

// faultText returns a fault as a sentence: its detail, or the text for its field and code, or the message
// of its error.
func faultText(m *Messages, f fault.Field, e *fault.Error) string {
	if f.Detail != "" {
		sentence, _ := m.reason(f.Detail, f.Text)
		return sentence
	}
	if key, ok := fieldTexts[fault.Field{Name: f.Name, Code: f.Code}]; ok {
		return m.Text(key)
	}
	if key, ok := messageTexts[e.Msg]; ok {
		return m.Text(key)
	}
	if e.Msg != "" && !plainCodes[f.Code] {
		sentence, _ := m.reason(e.Msg, e.Text)
		return sentence
	}
	if key, ok := countedCodes[f.Code]; ok {
		return m.Count(key, f.Limit)
	}
	return m.Text(cmp.Or(codeTexts[f.Code], "fault.rejected"))
}
