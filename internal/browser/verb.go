package browser

import (
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// VerbText returns what a verb means, or the verb itself if there is no text for it.
func VerbText(m *ui.Messages, v model.Verb) string {
	text, err := m.Lookup("verb." + string(v))
	if err != nil {
		return string(v)
	}
	return text
}
