package naming

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// LookalikeError returns taken for a name that looks like another one, with the message msg.
func LookalikeError(field, msg string) *fault.Error {
	e := fault.TakenField(field)
	e.Msg = msg
	return e
}

// reservedError returns taken for a name that is reserved.
func reservedError(field string, kind model.NameKind) *fault.Error {
	text := fault.Textf("{field} is taken already: it was in use before and is reserved; an administrator can release it with 'roster name release {kind}:NAME'",
		"field", field, "kind", kind)
	return fault.NewText(fault.Conflict, text, fault.Field{Name: field, Code: fault.Taken})
}
