package directory

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
)

// checkVisible rejects conditions on fields that the actor does not see.
func checkVisible(c *filter.Condition, visibility model.Visibility) error {
	if visibility.PublicOnly && c.HasPrivateField() {
		return fault.NewText(fault.Forbidden, fault.Textf("only administrators filter by {values}", "values", fault.OneOf(filter.PrivateFields())),
			fault.Field{Name: "filter", Code: fault.NotAdmin})
	}
	return nil
}
