package operation

import (
	"errors"
	"slices"
	"strconv"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// CheckVerbs adds a fault for unknown verbs.
func CheckVerbs(f *fault.List, verbs ...model.Verb) {
	if slices.ContainsFunc(verbs, model.Verb.Unknown) {
		f.Add("verb", fault.Unknown, 0)
	}
}

// NameVerb adds the unknown verb to the message of an error that is about a verb only.
func NameVerb(err error, verbs ...model.Verb) error {
	refused, ok := errors.AsType[*fault.Error](err)
	i := slices.IndexFunc(verbs, model.Verb.Unknown)
	if ok && len(refused.Fields) == 1 && i >= 0 && fault.Has(err, "verb", fault.Unknown) {
		refused.Text = fault.Textf("unknown verb {verb}; use one such as user.block, or user. for all verbs of users",
			"verb", strconv.Quote(unitext.Truncate(string(verbs[i]), 100)))
		refused.Msg = refused.Text.String()
	}
	return err
}
