package inputpolicy

import (
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/timezone"
)

// CheckPreferences checks preferences that are not nil; an empty text is the default.
func CheckPreferences(f *fault.List, language, theme, timeZone *string) {
	oneOf := func(name string, value *string, allowed []string) {
		if value != nil && *value != "" && !slices.Contains(allowed, *value) {
			f.Add(name, fault.Unknown, 0)
		}
	}
	oneOf("language", language, model.Languages())
	oneOf("theme", theme, model.Themes())
	if timeZone != nil && *timeZone != "" && !timezone.IsValid(*timeZone) {
		f.Add("time_zone", fault.Unknown, 0)
	}
}
