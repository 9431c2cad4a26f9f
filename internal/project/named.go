package project

import (
	"context"
	"fmt"

	"roster.example/roster/internal/lookup"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// ProjectNamed returns the project of an organization that text identifies: a permalink, an id or
// a name. The prefixes permalink:, id: and name: select one of them. Several projects may have one
// name.
func (c *Catalog) ProjectNamed(ctx context.Context, actor model.Actor, org model.OrgID, text string) (model.Project, error) {
	projects, err := c.Projects(ctx, actor, org)
	if err != nil {
		return model.Project{}, err
	}
	return lookup.Named("project", text, func(p model.Project) int64 { return int64(p.ID) },
		lookup.InList("permalink", projects, func(p model.Project, text string) bool { return p.Permalink == text }),
		lookup.InList("id", projects, func(p model.Project, text string) bool { return fmt.Sprint(p.ID) == text }),
		lookup.InList("name", projects, func(p model.Project, text string) bool { return unitext.Fold(p.Name) == unitext.Fold(text) }))
}
