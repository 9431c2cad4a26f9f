package audit

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// checkedEventFilter rejects conditions that match no event. A filter by a target that is a user becomes one
// by the user, which has an index.
func checkedEventFilter(f model.EventFilter) (model.EventFilter, error) {
	var wrong fault.List
	if f.Verb != "" {
		operation.CheckVerbs(&wrong, f.Verb)
	}
	if f.API != "" && !slices.Contains(model.APIs(), f.API) {
		wrong.AddUnknown("api", fault.OneOf(model.APIs()))
	}
	if f.Target != "" && !slices.Contains(model.Targets(), f.Target) {
		wrong.AddUnknown("target", fault.OneOf(model.Targets()))
	}
	if f.TargetID != 0 && f.Target == "" {
		wrong.Add("target", fault.Blank, 0)
	}
	if f.Target == "user" && f.User == 0 {
		f.User = model.UserID(f.TargetID)
	}
	return f, nameTarget(operation.NameVerb(wrong.Err(), f.Verb), f.Target)
}
