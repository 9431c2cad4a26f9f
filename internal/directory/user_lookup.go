package directory

import (
	"context"
	"slices"
	"strings"

	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/lookup"
	"roster.example/roster/internal/model"
)

var (
	byID = lookup.Kind[model.User]{Prefix: "id", Find: func(tx model.Reader, _ model.Actor, text string) ([]model.User, error) {
		return lookup.Single(userByDecimal(tx, text))
	}}
	byUsername = lookup.Kind[model.User]{Prefix: "username", Find: func(tx model.Reader, _ model.Actor, text string) ([]model.User, error) {
		return lookup.Single(tx.UserByUsername(text))
	}}
	byEmail = lookup.Kind[model.User]{Prefix: "email", Find: func(tx model.Reader, actor model.Actor, text string) ([]model.User, error) {
		return lookup.Single(userByTrustedEmail(tx, actor, text))
	}}
	byUID = lookup.Kind[model.User]{Prefix: "uid", Find: func(tx model.Reader, _ model.Actor, text string) ([]model.User, error) {
		return lookup.Single(tx.UserByUID(text))
	}}
)

// UserNamed returns the user that text identifies: an id, username, email address or uid. A
// text that matches several users in different ways is a Conflict that lists them. The
// prefixes id:, username:, email: and uid: select one way; usernames contain no colon. A uid
// takes precedence over a username that differs from it in case. An address that its user only
// claims is refused.
func (d *Directory) UserNamed(ctx context.Context, actor model.Actor, text string) (model.User, error) {
	return d.lookupUser(ctx, actor, func(tx model.Reader) (model.User, error) {
		return userNamed(tx, actor, text, byID, byUsername, byEmail, byUID)
	})
}

// userNamed is UserNamed with the given kinds.
func userNamed(tx model.Reader, actor model.Actor, text string, kinds ...lookup.Kind[model.User]) (model.User, error) {
	kinds, text = lookup.Select(text, kinds)
	found, err := lookup.Matches(tx, actor, text, kinds)
	if err != nil {
		return model.User{}, err
	}
	return lookup.Only("user", text, withoutFoldedUsername(text, found), func(u model.User) (int64, string) { return int64(u.ID), u.Label() })
}

// withoutFoldedUsername removes a username that equals text except for case, if text is a uid:
// uids are compared exactly, so another spelling of one is a free username, and its holder must
// not make the user with the uid ambiguous.
func withoutFoldedUsername(text string, found []lookup.Match[model.User]) []lookup.Match[model.User] {
	if !slices.ContainsFunc(found, func(m lookup.Match[model.User]) bool { return m.Prefix == byUID.Prefix }) {
		return found
	}
	return slices.DeleteFunc(found, func(m lookup.Match[model.User]) bool {
		return m.Prefix == byUsername.Prefix && m.Value.Username != text
	})
}

// userByDecimal finds a user by an id in digits, without sign, space or leading zero.
func userByDecimal(tx model.Reader, text string) (model.User, error) {
	id, ok := decimal.ParseID(text)
	if !ok {
		return model.User{}, fault.Missing("user")
	}
	return tx.User(model.UserID(id))
}

// isDecimal reports whether text consists of ASCII digits.
func isDecimal(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// OrganizationNamed returns the organization that text identifies: a slug, or with the
// prefixes id:, slug: and name: what they say. Digits that are the slug of one organization
// and the id of another are a Conflict.
func (d *Directory) OrganizationNamed(ctx context.Context, actor model.Actor, text string) (model.Organization, error) {
	return d.lookupOrganization(ctx, actor, func(tx model.Reader) (model.Organization, error) { return organizationNamed(tx, text) })
}

func organizationNamed(tx model.Reader, text string) (model.Organization, error) {
	prefix, rest, _ := strings.Cut(text, ":")
	switch prefix {
	case "id":
		return organizationByDecimal(tx, rest)
	case "slug":
		return tx.OrganizationBySlug(rest)
	case "name":
		return tx.OrganizationByName(rest)
	}
	bySlug, err := tx.OrganizationBySlug(text)
	if err != nil || !isDecimal(text) {
		return bySlug, err
	}
	other, err := organizationByDecimal(tx, text)
	if fault.KindOf(err) == fault.NotFound || err == nil && other.ID == bySlug.ID {
		return bySlug, nil
	}
	if err != nil {
		return other, err
	}
	return model.Organization{}, lookup.Ambiguous("organization", text, []string{"id:" + text + " (" + other.Name + ")", "slug:" + text + " (" + bySlug.Name + ")"})
}

func organizationByDecimal(tx model.Reader, text string) (model.Organization, error) {
	id, ok := decimal.ParseID(text)
	if !ok {
		return model.Organization{}, fault.Missing("organization")
	}
	return tx.Organization(model.OrgID(id))
}
