package sqldb

import (
	"fmt"
	"math"
	"strings"

	"roster.example/roster/internal/confusables"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

const organizationColumns = `o.id, o.name, o.slug, o.home, o.default_role_id, o.created_at, o.updated_at, o.second_factor`

func organizationFields(o *model.Organization) []any {
	return []any{&o.ID, &o.Name, &o.Slug, &o.Home, scanOptionalID(&o.Default), scanTime(&o.CreatedAt), scanTime(&o.UpdatedAt), &o.RequireSecondFactor}
}

func scanOrganization(from row) (o model.Organization, err error) {
	err = from.Scan(organizationFields(&o)...)
	return o, err
}

func organizationValues(o model.Organization) []any {
	return []any{o.Name, unitext.Fold(o.Name), o.Slug, o.Home, optional(o.Default), toMicros(o.CreatedAt), toMicros(o.UpdatedAt), lookKey(o.Name), o.RequireSecondFactor}
}

func (r *reader) organization(where string, args ...any) (model.Organization, error) {
	return one(r, "organization", scanOrganization, `SELECT `+organizationColumns+` FROM organizations o WHERE `+where, args...)
}

func (r *reader) Organization(id model.OrgID) (model.Organization, error) {
	return r.organization(`o.id = $1`, id)
}

func (r *reader) OrganizationBySlug(slug string) (model.Organization, error) {
	return r.organization(`o.slug = $1`, strings.ToLower(slug))
}

func (r *reader) OrganizationByName(name string) (model.Organization, error) {
	return r.organization(`o.name_key = $1`, unitext.Fold(name))
}

func (r *reader) OrganizationsLike(name string) ([]model.OrgID, error) {
	plain := plainSpellings(name)
	return list(r, "organization", scanID[model.OrgID], `SELECT id FROM organizations WHERE name_key IN ($1, $2, $3)
		UNION SELECT id FROM organizations WHERE look_key = $4 AND look_key <> '' ORDER BY id`,
		unitext.Fold(name), plain[0], plain[1], confusables.LookKey(name))
}

func (r *reader) HomeOrganization() (model.Organization, error) {
	return r.organization(`o.home`)
}

func (r *reader) Organizations(after model.OrgID, limit int) ([]model.Organization, error) {
	return list(r, "organization", scanOrganization, `SELECT `+organizationColumns+` FROM organizations o
		WHERE o.id > $1 ORDER BY o.id LIMIT $2`, after, orAll(limit))
}

func (r *reader) OrganizationsByName(f model.OrganizationFilter) ([]model.Organization, error) {
	where, args := []string{"true"}, []any{orAll(f.Limit)}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "?", fmt.Sprintf("CAST($%d AS TEXT)", len(args))))
	}
	comparison, direction := "o.name_key > ?", " ASC"
	if f.Descending {
		comparison, direction = "o.name_key < ?", " DESC"
	}
	if f.After != "" {
		add(comparison, f.After)
	}
	if f.Search != "" {
		add(`(o.name_key LIKE ? ESCAPE '\' OR o.slug LIKE ? ESCAPE '\')`, Containing(unitext.Fold(f.Search)))
	}
	return list(r, "organization", scanOrganization, `SELECT `+organizationColumns+` FROM organizations o
		WHERE `+strings.Join(where, " AND ")+` ORDER BY o.name_key`+direction+` LIMIT $1`, args...)
}

func (r *reader) OrganizationCount() (int, error) {
	return one(r, "organization", scanInt, `SELECT count(*) FROM organizations`)
}

// orAll returns the LIMIT of a list: limit, or all rows if limit is 0.
func orAll(limit int) int64 {
	if limit <= 0 {
		return math.MaxInt64
	}
	return int64(limit)
}

func (w *writer) AddOrganization(o *model.Organization) error {
	return add(w, "organization", &o.ID, `INSERT INTO organizations (name, name_key, slug, home, default_role_id, created_at, updated_at, look_key, second_factor)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, organizationValues(*o)...)
}

func (w *writer) ChangeOrganization(o model.Organization) error {
	return w.change("organization", `UPDATE organizations SET name = $1, name_key = $2, slug = $3, home = $4, default_role_id = $5,
		created_at = $6, updated_at = $7, look_key = $8, second_factor = $9 WHERE id = $10`, append(organizationValues(o), o.ID)...)
}

func (w *writer) DropOrganization(id model.OrgID) error {
	return w.drop("organization", `DELETE FROM organizations WHERE id = $1`, id)
}
