package naming

import (
	"cmp"
	"slices"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

// RequireFreeOrganization returns a Conflict if the name is taken or reserved, and sets a free
// slug.
func (p *Policy) RequireFreeOrganization(tx model.Reader, org *model.Organization) error {
	if other, err := tx.OrganizationByName(org.Name); fault.KindOf(err) != fault.NotFound {
		if err == nil && other.ID == org.ID {
			return nil
		}
		return cmp.Or(err, error(fault.TakenField("organization")))
	}
	if err := RequireDistinctOrganization(tx, model.Organization{ID: org.ID}, org.Name); err != nil {
		return err
	}
	if err := p.RequireUnreservedOrganization(tx, org.ID, org.Name); err != nil {
		return err
	}
	slug, err := AvailableSlug(model.Slug(org.Name), func(s string) error {
		if reserved, err := p.IsReservedFor(tx, model.SlugKind, s, int64(org.ID)); reserved || err != nil {
			return err
		}
		_, err := tx.OrganizationBySlug(s)
		return err
	})
	org.Slug = slug
	return err
}

// RequireDistinctOrganization returns a Conflict if name looks like the name of another organization
// than self. self can change the case of its own name.
func RequireDistinctOrganization(tx model.Reader, self model.Organization, name string) error {
	if unitext.Fold(self.Name) == unitext.Fold(name) {
		return nil
	}
	like, err := tx.OrganizationsLike(name)
	if err == nil && slices.ContainsFunc(like, func(id model.OrgID) bool { return id != self.ID }) {
		err = LookalikeError("organization", "organization is taken already: it looks like the name of another organization; choose another one")
	}
	return err
}

// RequireUnreservedOrganization returns a Conflict if the name is reserved for another
// organization.
func (p *Policy) RequireUnreservedOrganization(tx model.Reader, self model.OrgID, name string) error {
	reserved, err := p.IsReservedFor(tx, model.OrganizationKind, name, int64(self))
	if err == nil && reserved {
		err = reservedError("organization", model.OrganizationKind)
	}
	return err
}

// RequireCanRename returns an error if the actor may not give the organization this name:
// it is reserved for administrators, or too many names were freed.
func (p *Policy) RequireCanRename(tx model.Reader, actor model.Actor, self model.User, org model.Organization, name string) error {
	if Exempt(actor, self) || unitext.Fold(org.Name) == unitext.Fold(name) {
		return nil
	}
	if err := p.CheckOrganization(name); err != nil {
		return err
	}
	own, err := tx.ReservedAmong(model.OrganizationKind, []string{unitext.Fold(name)})
	if err != nil || len(own) > 0 && own[0].Holder == int64(org.ID) {
		return err
	}
	return p.RequireCanFree(tx, self, org.ID)
}

// CheckOrganization returns an error if the name or its slug is a reserved word, or if a
// word of the name mixes scripts.
func (p *Policy) CheckOrganization(name string) error {
	if p.IsReservedWord(name) || p.IsReservedWord(model.Slug(name)) {
		return fault.InvalidField("organization", fault.Reserved, 0)
	}
	return RequireUnmixedWords("organization", name)
}
