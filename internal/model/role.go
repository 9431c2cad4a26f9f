package model

import "time"

// RoleID identifies a role.
type RoleID int64

// The roles that every organization has (docs/products/pm415.md, 3).
const (
	RoleAdmin   RoleID = 1
	RoleMember  RoleID = 2
	RolePending RoleID = 3 // signed up or invited, without permissions
)

// Role is a named set of permissions inside an organization.
type Role struct {
	ID          RoleID
	Org         OrgID // zero for the built-in roles
	Name        string
	Permissions []Permission
	Default     bool // whether it is the default of the organization that it was listed for
	CreatedAt   time.Time
}
