package native

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// ByOrganization is the input of operations on one organization.
type ByOrganization struct {
	Organization int64 `path:"organization" minimum:"1" doc:"The id of the organization." example:"1"`
}

func (in ByOrganization) org() model.OrgID { return model.OrgID(in.Organization) }

func (a api) addOrganizationOperations(h huma.API) {
	const tag = "organizations"
	addStreamed(h, operation{id: "listOrganizations", class: expensive(), method: "GET", path: "/organizations", permission: model.SelfRead, tag: tag,
		summary:     "List organizations",
		description: "Returns the organizations of the caller. Administrators with a credential of the scope api see all."}, a.listOrganizations)
	addKeyed(h, operation{id: "createOrganization", method: "POST", path: "/organizations", permission: model.OrganizationsCreate, tag: tag, status: http.StatusCreated,
		summary: "Create an organization", description: "The caller becomes its Admin."}, a.createOrganization, createdOrganization)
	add(h, operation{id: "getOrganization", method: "GET", path: "/organizations/{organization}", permission: model.SelfRead, tag: tag,
		summary: "Get an organization"}, a.getOrganization)
	add(h, operation{id: "renameOrganization", method: "PATCH", path: "/organizations/{organization}", permission: model.OrganizationsManage, tag: tag,
		summary: "Rename an organization"}, a.renameOrganization)
	add(h, operation{id: "requireOrganizationSecondFactor", method: "PUT", path: "/organizations/{organization}/second-factor", permission: model.OrganizationsManage, tag: tag,
		summary: "Require a second factor of the members", description: "A session of a member without a second factor can then only add one. API keys and access tokens are not affected."}, a.requireSecondFactor)
	add(h, operation{id: "deleteOrganization", method: "DELETE", path: "/organizations/{organization}", permission: model.OrganizationsManage, tag: tag,
		status:  http.StatusNoContent,
		summary: "Delete an organization", description: "Its members are kept. Its roles, projects and invitations are deleted. A session needs a recent authentication."}, a.deleteOrganization)
	a.addMemberOperations(h)
	a.addInvitationOperations(h)
}

func (a api) listOrganizations(ctx context.Context, actor model.Actor, _ *struct{}, rows addRows[organization]) error {
	return a.directory.EachOrganization(ctx, actor, func(batch []model.Organization) error { return rows(mapSlice(batch, newOrganization)) })
}

func (a api) createOrganization(ctx context.Context, actor model.Actor, in *struct {
	Keyed
	Body organizationRequest
}) (model.Organization, error) {
	o, err := a.directory.CreateOrganization(ctx, actor, in.Body.Name)
	if err != nil {
		err = organizationNameError(err)
	}
	return o, err
}

func createdOrganization(o model.Organization) *created[organization] {
	return &created[organization]{Location: apiPath("/organizations/%d", o.ID), ETag: etag(o.Version()), Body: newOrganization(o)}
}

// organizationNameError names the member of the body in the error for a name that is taken.
func organizationNameError(err error) error {
	if !fault.Has(err, "organization", fault.Taken) {
		return err
	}
	taken, _ := errors.AsType[*fault.Error](err)
	msg := cmp.Or(taken.Msg, "another organization has this name; choose another one")
	return &fault.Error{Kind: fault.Conflict, Msg: msg, Fields: []fault.Field{{Name: "name", Code: fault.Taken}}}
}

func (a api) getOrganization(ctx context.Context, actor model.Actor, in *ByOrganization) (*versioned[organization], error) {
	return versionedOrganization(a.directory.Organization(ctx, actor, in.org()))
}

func versionedOrganization(o model.Organization, err error) (*versioned[organization], error) {
	if err != nil {
		return nil, err
	}
	return &versioned[organization]{ETag: etag(o.Version()), Body: newOrganization(o)}, nil
}

func (a api) renameOrganization(ctx context.Context, actor model.Actor, in *struct {
	ByOrganization
	IfMatchHeader
	Body organizationRequest
}) (*versioned[organization], error) {
	return versionedOrganization(a.directory.RenameOrganizationOf(ctx, actor, in.org(), in.Body.Name, in.version()))
}

type requireSecondFactorRequest struct {
	Required bool `json:"required" example:"true"`
}

func (a api) requireSecondFactor(ctx context.Context, actor model.Actor, in *struct {
	ByOrganization
	Body requireSecondFactorRequest
}) (*versioned[organization], error) {
	return versionedOrganization(a.directory.RequireSecondFactorIn(ctx, actor, in.org(), in.Body.Required))
}

func (a api) deleteOrganization(ctx context.Context, actor model.Actor, in *ByOrganization) (*noContent, error) {
	return nil, a.directory.DeleteOrganization(ctx, actor, in.org())
}

type organization struct {
	ID           int64     `json:"id" example:"1"`
	Name         string    `json:"name" doc:"Unique without regard to case." example:"Analytical Engines"`
	Slug         string    `json:"slug" doc:"The short name: lower-case letters, digits and hyphens." example:"analytical-engines"`
	Home         bool      `json:"home" doc:"Whether users that are created without an organization become members of this one."`
	DefaultRole  int64     `json:"default_role_id" doc:"The role of new members." example:"2"`
	SecondFactor bool      `json:"require_second_factor" doc:"Whether the members need a second factor."`
	CreatedAt    time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
	UpdatedAt    time.Time `json:"updated_at" example:"2026-01-02T15:04:05Z"`
}

func newOrganization(o model.Organization) organization {
	return organization{int64(o.ID), o.Name, o.Slug, o.Home, int64(o.Default), o.RequireSecondFactor, o.CreatedAt, o.UpdatedAt}
}

type organizationRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"255" example:"Difference Engines"`
}

// membership is an organization of a user with the role of the user.
type membership struct {
	Organization organization `json:"organization"`
	Role         role         `json:"role"`
}

func newMembership(m model.Membership) membership {
	return membership{newOrganization(m.Organization), newRole(m.Role)}
}
