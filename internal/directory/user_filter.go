package directory

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
)

// privateFields are fields that only administrators see of other users.
var privateFields = []filter.Field{filter.FieldPassword, filter.FieldActivity, filter.FieldFactor, filter.FieldKeyType}

// checkVisible rejects conditions on fields that the actor does not see.
func checkVisible(c *filter.Condition, visibility model.Visibility) error {
	if visibility.PublicOnly && c.Mentions(privateFields) {
		return fault.NewText(fault.Forbidden, fault.Textf("only administrators filter by {values}", "values", fault.OneOf(privateFields)),
			fault.Field{Name: "filter", Code: fault.NotAdmin})
	}
	return nil
}
