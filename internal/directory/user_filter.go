package directory

import (
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
)

// Deactivated is the state of a deactivated user in conditions and responses. Its stored state is
// Blocked with [User.Deactivated].
const Deactivated State = "deactivated"

// Shown returns the state for conditions and responses.
func (u User) Shown() State {
	if u.State == Blocked && u.Deactivated {
		return Deactivated
	}
	return u.State
}

// privateFields are fields that only administrators see of other users.
var privateFields = []filter.Field{filter.FieldPassword, filter.FieldActivity}

// checkVisible rejects conditions on fields that the actor does not see.
func checkVisible(c *filter.Condition, visibility Visibility) error {
	if visibility.PublicOnly && c.Mentions(privateFields) {
		return fault.New(fault.Forbidden, "only administrators filter by "+strings.Join([]string{string(privateFields[0]), string(privateFields[1])}, " or "),
			fault.Field{Name: "filter", Code: fault.NotAdmin})
	}
	return nil
}
