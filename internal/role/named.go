package role

import (
	"context"
	"fmt"

	"roster.example/roster/internal/lookup"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// RoleNamed returns the role of an organization that text identifies: an id or a name. The
// prefixes id: and name: select one of them.
func (d *Definitions) RoleNamed(ctx context.Context, actor model.Actor, org model.OrgID, text string) (model.Role, error) {
	roles, err := d.Roles(ctx, actor, org)
	if err != nil {
		return model.Role{}, err
	}
	return lookup.Named("role", text, func(r model.Role) int64 { return int64(r.ID) },
		lookup.InList("id", roles, func(r model.Role, text string) bool { return fmt.Sprint(r.ID) == text }),
		lookup.InList("name", roles, func(r model.Role, text string) bool { return unitext.Fold(r.Name) == unitext.Fold(text) }))
}
