package naming

import (
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// LookalikeError returns taken for a name that looks like another one.
func LookalikeError(field, reason string) *fault.Error {
	e := fault.TakenField(field)
	e.Msg = field + " is taken already: " + reason
	return e
}

// reservedError returns taken for a name that is reserved.
func reservedError(field string, kind model.NameKind) *fault.Error {
	e := fault.TakenField(field)
	e.Msg = strings.ReplaceAll(field, "_", " ") + " is taken already: it was in use before and is reserved; an administrator can release it with 'roster name release " + string(kind) + ":NAME'"
	return e
}
