package directory

import (
	"errors"
	"fmt"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// checkedEventFilter rejects conditions that match no event. A filter by a target that is a user becomes one
// by the user, which has an index.
func checkedEventFilter(f model.EventFilter) (model.EventFilter, error) {
	var wrong fault.List
	if f.Verb != "" {
		checkVerbs(&wrong, f.Verb)
	}
	if f.API != "" && !slices.Contains(model.APIs(), f.API) {
		wrong.AddDetail("api", fault.Unknown, "write "+fault.OneOf(model.APIs()))
	}
	if f.Target != "" && !slices.Contains(model.Targets(), f.Target) {
		wrong.AddDetail("target", fault.Unknown, "write "+fault.OneOf(model.Targets()))
	}
	if f.TargetID != 0 && f.Target == "" {
		wrong.Add("target", fault.Blank, 0)
	}
	if f.Target == "user" && f.User == 0 {
		f.User = model.UserID(f.TargetID)
	}
	return f, nameTarget(nameVerb(wrong.Err(), f.Verb), f.Target)
}

// checkVerbs adds a fault for unknown verbs.
func checkVerbs(f *fault.List, verbs ...model.Verb) {
	if slices.ContainsFunc(verbs, model.Verb.Unknown) {
		f.Add("verb", fault.Unknown, 0)
	}
}

// nameVerb adds the unknown verb to the message of an error that is about a verb only.
func nameVerb(err error, verbs ...model.Verb) error {
	refused, ok := errors.AsType[*fault.Error](err)
	i := slices.IndexFunc(verbs, model.Verb.Unknown)
	if ok && len(refused.Fields) == 1 && i >= 0 && fault.Has(err, "verb", fault.Unknown) {
		refused.Msg = fmt.Sprintf("unknown verb %q; use one such as user.block, or user. for all verbs of users", unitext.Truncate(string(verbs[i]), 100))
	}
	return err
}
