package native

import (
	"time"

	"roster.example/roster/internal/directory"
)

type organization struct {
	ID          int64     `json:"id" example:"1"`
	Name        string    `json:"name" doc:"Unique without regard to case." example:"Analytical Engines"`
	Slug        string    `json:"slug" doc:"The short name: lower-case letters, digits and hyphens." example:"analytical-engines"`
	Home        bool      `json:"home" doc:"Whether users that are created without an organization become members of this one."`
	DefaultRole int64     `json:"default_role_id" doc:"The role of new members." example:"2"`
	CreatedAt   time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
	UpdatedAt   time.Time `json:"updated_at" example:"2026-01-02T15:04:05Z"`
}

func newOrganization(o directory.Organization) organization {
	return organization{int64(o.ID), o.Name, o.Slug, o.Home, int64(o.Default), o.CreatedAt, o.UpdatedAt}
}

type organizationRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"255" example:"Difference Engines"`
}

// membership is an organization of a user with the role of the user.
type membership struct {
	Organization organization `json:"organization"`
	Role         role         `json:"role"`
}

func newMembership(m directory.Membership) membership {
	return membership{newOrganization(m.Organization), newRole(m.Role)}
}

type role struct {
	ID          int64      `json:"id" doc:"1 (Admin), 2 (Member) and 3 (Pending) are built in." example:"2"`
	Name        string     `json:"name" example:"Member"`
	Builtin     bool       `json:"builtin" doc:"Built-in roles exist in every organization and cannot be changed."`
	Default     bool       `json:"default" doc:"Whether new members get this role unless another is given."`
	Permissions []string   `json:"permissions" doc:"What members with this role may do in the organization." example:"[\"users.read\"]"`
	CreatedAt   *time.Time `json:"created_at,omitempty" doc:"Absent for built-in roles." example:"2026-01-02T15:04:05Z"`
}

func newRole(r directory.Role) role {
	shown := role{ID: int64(r.ID), Name: r.Name, Builtin: r.Org == 0, Default: r.Default, Permissions: mapSlice(r.Permissions, asText[directory.Permission])}
	if r.Org != 0 {
		shown.CreatedAt = timeOrNil(r.CreatedAt)
	}
	return shown
}

func asText[T ~string](v T) string { return string(v) }

func fromText[T ~string](v string) T { return T(v) }

type createRoleRequest struct {
	Name        string   `json:"name" minLength:"1" maxLength:"255" example:"Recruiter"`
	Permissions []string `json:"permissions,omitempty" maxItems:"50" doc:"See /permissions. Callers can only grant permissions that they hold." example:"[\"users.read\", \"users.invite\"]"`
	Default     bool     `json:"default,omitempty"`
}

type updateRoleRequest struct {
	Name        *string   `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Permissions *[]string `json:"permissions,omitempty" maxItems:"50"`
	Default     bool      `json:"default,omitempty" doc:"true makes this role the default. To end that, make another role the default." example:"true"`
}

func (c updateRoleRequest) roleChange() directory.RoleChange {
	change := directory.RoleChange{Name: c.Name, Default: c.Default}
	if c.Permissions != nil {
		given := mapSlice(*c.Permissions, fromText[directory.Permission])
		change.Permissions = &given
	}
	return change
}

type member struct {
	User user `json:"user"`
	Role role `json:"role"`
}

type setMemberRoleRequest struct {
	Role int64 `json:"role_id" minimum:"1" example:"2"`
}

type project struct {
	ID           int64     `json:"id" example:"9"`
	Organization int64     `json:"organization_id" example:"1"`
	Name         string    `json:"name" example:"Engine No. 2"`
	Permalink    string    `json:"permalink" doc:"Derived from the first name. It does not change with the name." example:"engine-no-2"`
	Group        string    `json:"group" doc:"Empty if the project is in no group."`
	Status       string    `json:"status" enum:"active,on_hold,archived"`
	Overview     string    `json:"overview"`
	CreatedAt    time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
}

func newProject(p directory.Project) project {
	return project{int64(p.ID), int64(p.Org), p.Name, p.Permalink, p.Group, string(p.Status), p.Overview, p.CreatedAt}
}

type createProjectRequest struct {
	Name   string `json:"name" minLength:"1" maxLength:"255" example:"Engine No. 3"`
	Group  string `json:"group,omitempty" maxLength:"255"`
	Status string `json:"status,omitempty" enum:"active,on_hold,archived" default:"active"`
}

type updateProjectRequest struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Group    *string `json:"group,omitempty" nullable:"true" maxLength:"255" doc:"An empty text removes the project from its group."`
	Status   *string `json:"status,omitempty" enum:"active,on_hold,archived" example:"archived"`
	Overview *string `json:"overview,omitempty" nullable:"true"`
}

func (c updateProjectRequest) projectChange() directory.ProjectChange {
	change := directory.ProjectChange{Name: c.Name, Group: c.Group, Overview: c.Overview}
	if c.Status != nil {
		status := directory.ProjectStatus(*c.Status)
		change.Status = &status
	}
	return change
}

type setAssigneesRequest struct {
	Users []int64 `json:"user_ids" maxItems:"1000" doc:"The complete list. Other users are no longer assigned." example:"[42]"`
}

type invitation struct {
	ID           int64      `json:"id" example:"5"`
	Organization int64      `json:"organization_id" example:"1"`
	Email        string     `json:"email" example:"grace@example.org"`
	Role         int64      `json:"role_id" doc:"The role after acceptance; 0 if the role was deleted." example:"2"`
	Inviter      int64      `json:"inviter_id" doc:"0 for the operator and for deleted users." example:"42"`
	State        string     `json:"state" enum:"open,expired,accepted,revoked"`
	CreatedAt    time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	ExpiresAt    time.Time  `json:"expires_at" example:"2026-01-09T15:04:05Z"`
	AcceptedAt   *time.Time `json:"accepted_at,omitempty"`
	RevokedAt    *time.Time `json:"revoked_at,omitempty"`
	Undelivered  string     `json:"undelivered,omitempty" doc:"The answer of the mail server, if the email could not be delivered. Only in lists." example:"550 no such mailbox"`
}

func newInvitation(i directory.Invitation) invitation {
	return invitation{
		ID: int64(i.ID), Organization: int64(i.Org), Email: i.Email, Role: int64(i.Role), Inviter: int64(i.Inviter), State: string(i.Status),
		CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, AcceptedAt: timeOrNil(i.AcceptedAt), RevokedAt: timeOrNil(i.RevokedAt),
		Undelivered: i.Undelivered,
	}
}

type createInvitationRequest struct {
	Email      string  `json:"email" minLength:"3" maxLength:"254" example:"grace@example.org"`
	Role       int64   `json:"role_id,omitempty" minimum:"1" doc:"If absent, the default role." example:"2"`
	GivenName  string  `json:"given_name,omitempty" maxLength:"255" doc:"If a name is given, the user is created immediately, in the state invited, and appears in lists."`
	FamilyName string  `json:"family_name,omitempty" maxLength:"255"`
	Projects   []int64 `json:"project_ids,omitempty" maxItems:"100" doc:"The projects that the user is assigned to after acceptance."`
}

func (n createInvitationRequest) newInvitation(org directory.OrgID) directory.NewInvitation {
	return directory.NewInvitation{
		Org: org, Email: n.Email, Role: directory.RoleID(n.Role), GivenName: n.GivenName, FamilyName: n.FamilyName,
		MakeUser: n.GivenName+n.FamilyName != "", Projects: mapSlice(n.Projects, func(id int64) directory.ProjectID { return directory.ProjectID(id) }),
	}
}

func renameInvitationFields(err error) error {
	return renameFields(err, map[string]string{"role": "role_id", "projects": "project_ids"})
}

type bulkInvitationsRequest struct {
	Invitations []createInvitationRequest `json:"invitations" minItems:"1" maxItems:"500" doc:"Sent one by one. An invitation that fails does not affect the others." example:"[{\"email\": \"grace@example.org\"}]"`
}

// invitationResult is the result of one of several invitations.
type invitationResult struct {
	Status     int         `json:"status" doc:"The status that the single invitation would have." example:"201"`
	Invitation *invitation `json:"invitation,omitempty"`
	Problem    *problem    `json:"problem,omitempty" doc:"Why the invitation was not created."`
}
