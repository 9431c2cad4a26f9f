package cli

import (
	"errors"
	"strings"

	"roster.example/roster/internal/directory"
)

// explain puts a refusal of the directory in words for a terminal, and keeps what
// was said around it.
func explain(err error) error {
	refusal, ok := errors.AsType[*directory.Error](err)
	if !ok || refusal.Msg != "" || len(refusal.Faults) == 0 {
		return err // with words of its own
	}
	words := make([]string, 0, len(refusal.Faults))
	for _, f := range refusal.Faults {
		words = append(words, strings.ReplaceAll(f.Field, "_", " ")+" "+f.Reason())
	}
	return errors.New(strings.TrimSuffix(err.Error(), refusal.Error()) + strings.Join(words, "\n"))
}
