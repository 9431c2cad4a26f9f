package cli

import (
	"errors"
	"strings"

	"roster.example/roster/internal/fault"
)

// explain words an error of the directory for a terminal. It keeps the text of errors that wrap
// it.
func explain(err error) error {
	refusal, ok := errors.AsType[*fault.Error](err)
	if !ok || refusal.Msg != "" || len(refusal.Fields) == 0 {
		return err // with words of its own
	}
	texts := make([]string, 0, len(refusal.Fields))
	for _, f := range refusal.Fields {
		texts = append(texts, strings.ReplaceAll(f.Name, "_", " ")+" "+f.Reason())
	}
	return errors.New(strings.TrimSuffix(err.Error(), refusal.Error()) + strings.Join(texts, "\n"))
}
