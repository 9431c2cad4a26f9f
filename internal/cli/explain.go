package cli

import (
	"errors"
	"fmt"
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
		words = append(words, strings.ReplaceAll(f.Field, "_", " ")+" "+say(f))
	}
	return errors.New(strings.TrimSuffix(err.Error(), refusal.Error()) + strings.Join(words, "\n"))
}

func say(f directory.Fault) string {
	switch f.Code {
	case directory.Blank:
		return "must be given"
	case directory.TooShort:
		return fmt.Sprintf("is too short: at least %d characters", f.Limit)
	case directory.TooLong:
		return fmt.Sprintf("is too long: at most %d characters", f.Limit)
	case directory.Taken:
		return "is taken already"
	case directory.Malformed:
		return "is not of a form that can be used"
	case directory.Reserved:
		return "is a word that addresses of this server begin with; choose another"
	case directory.Weak:
		return "is too weak; choose a stronger one"
	}
	return "is " + strings.ReplaceAll(string(f.Code), "_", " ")
}
