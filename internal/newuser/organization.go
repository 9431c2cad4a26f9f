package newuser

import (
	"strings"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// AddOrganization creates an organization with the founder as Admin; founder 0 is none.
func (c *Creator) AddOrganization(tx model.Writer, actor model.Actor, founder model.UserID, name string) (model.Organization, error) {
	org := model.Organization{Name: strings.TrimSpace(name), Default: model.RoleMember, CreatedAt: c.ops.Now(), UpdatedAt: c.ops.Now()}
	if err := c.names.RequireFreeOrganization(tx, &org); err != nil {
		return org, err
	}
	if err := tx.AddOrganization(&org); err != nil {
		return org, err
	}
	spec := operation.EventSpec{Verb: model.OrganizationCreate, Target: "organization", ID: int64(org.ID), Org: org.ID}
	if err := c.ops.Record(tx, actor, spec); err != nil {
		return org, err
	}
	if founder == 0 {
		return org, nil
	}
	return org, c.AddMember(tx, actor, model.Member{Org: org.ID, User: founder, Role: model.RoleAdmin, Since: c.ops.Now()})
}

// OrganizationsClosed is the error for users that may not create organizations.
func OrganizationsClosed() error {
	return fault.New(fault.Forbidden, "users who signed up by themselves cannot create organizations here; ask an administrator to create it, or to give you a role first",
		fault.Field{Name: "organization", Code: fault.Closed})
}
