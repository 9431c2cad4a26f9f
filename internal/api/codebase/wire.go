package codebase

import (
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// user is a person, in the order of the seed.
type user struct {
	Company        optional          `xml:"company" json:"company"`
	AccessLevel    never             `xml:"access-level" json:"access_level"`         // legacy, says the seed
	LastActivityAt never             `xml:"last-activity-at" json:"last_activity_at"` // not recorded, says the seed
	APIKey         optional          `xml:"api-key" json:"api_key"`
	EmailAddress   optional          `xml:"email-address" json:"email_address"`
	ID             integer           `xml:"id" json:"id"`
	LastName       text              `xml:"last-name" json:"last_name"`
	FirstName      text              `xml:"first-name" json:"first_name"`
	TimeZone       optional          `xml:"time-zone" json:"time_zone"`
	Username       optional          `xml:"username" json:"username"`
	Assignments    array[assignment] `xml:"assignments" json:"assignments"`
	Enabled        boolean           `xml:"enabled" json:"enabled"`
}

func newUser(u directory.User, projects []directory.Project, key secret.Text) user {
	assignments := array[assignment]{element: "assignment"}
	for _, p := range projects {
		assignments.items = append(assignments.items, newAssignment(p))
	}
	return user{
		Company:      optional(u.Company),
		APIKey:       optional(key.Reveal()),
		EmailAddress: optional(u.Primary().Address),
		ID:           integer(u.ID),
		LastName:     text(u.FamilyName),
		FirstName:    text(u.GivenName),
		TimeZone:     optional(u.TimeZone),
		Username:     optional(u.Username),
		Assignments:  assignments,
		Enabled:      u.State != directory.Blocked,
	}
}

// assignment is a project as its people see it. GroupID holds the group's name
// and is empty, not absent, where there is none: so the seed's sample has it.
type assignment struct {
	GroupID   text     `xml:"group-id" json:"group_id"`
	Icon      integer  `xml:"icon" json:"icon"`
	Name      text     `xml:"name" json:"name"`
	Overview  optional `xml:"overview" json:"overview"`
	StartPage text     `xml:"start-page" json:"start_page"`
	Status    text     `xml:"status" json:"status"`
	Permalink text     `xml:"permalink" json:"permalink"`
}

func newAssignment(p directory.Project) assignment {
	return assignment{
		GroupID: text(p.Group), Icon: integer(p.Icon), Name: text(p.Name), Overview: optional(p.Overview),
		StartPage: text(p.StartPage), Status: text(p.Status), Permalink: text(p.Permalink),
	}
}

// assignee is a person in the list of a project (reference, section 5.5).
type assignee struct {
	Company        optional    `xml:"company" json:"company"`
	EmailAddress   optional    `xml:"email-address" json:"email_address"`
	EmailAddresses array[text] `xml:"email-addresses" json:"email_addresses"`
	FirstName      text        `xml:"first-name" json:"first_name"`
	ID             integer     `xml:"id" json:"id"`
	LastName       text        `xml:"last-name" json:"last_name"`
	Username       optional    `xml:"username" json:"username"`
}

func newAssignee(u directory.User) assignee {
	addresses := array[text]{element: "email-address"}
	for _, e := range u.Emails {
		addresses.items = append(addresses.items, text(e.Address))
	}
	return assignee{
		Company: optional(u.Company), EmailAddress: optional(u.Primary().Address), EmailAddresses: addresses,
		FirstName: text(u.GivenName), ID: integer(u.ID), LastName: text(u.FamilyName), Username: optional(u.Username),
	}
}

// role is in the order of the seed.
type role struct {
	Name        text        `xml:"name" json:"name"`
	ID          integer     `xml:"id" json:"id"`
	Default     boolean     `xml:"default" json:"default"`
	Permissions array[text] `xml:"permissions" json:"permissions"`
}

func newRole(r directory.Role) role {
	permissions := array[text]{element: "permission"}
	for _, p := range r.Permissions {
		permissions.items = append(permissions.items, text(p))
	}
	return role{Name: text(r.Name), ID: integer(r.ID), Default: boolean(r.Default), Permissions: permissions}
}

// publicKey is an SSH key without comment.
type publicKey struct {
	Description text `xml:"description" json:"description"`
	Key         text `xml:"key" json:"key"`
}

func newPublicKey(k directory.SSHKey) publicKey {
	return publicKey{Description: text(k.Title), Key: text(k.Public)}
}

// errorsBody is the answer to whatever went wrong. Its root has no
// type="array" (reference, section 3).
func errorsBody(lines []string) document {
	type body struct {
		Errors []text `xml:"error" json:"errors"`
	}
	b := body{}
	for _, line := range lines {
		b.Errors = append(b.Errors, text(line))
	}
	return document{root: "errors", asXML: b, asJSON: b}
}
