package directory

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/fault"
)

// lookupKind is a way to identify a user, with the prefix that selects it, as in "id:329".
type lookupKind struct {
	prefix string
	find   func(tx Reader, actor Actor, text string) (User, error)
}

var (
	byID       = lookupKind{"id", func(tx Reader, _ Actor, text string) (User, error) { return userByDecimal(tx, text) }}
	byUsername = lookupKind{"username", func(tx Reader, _ Actor, text string) (User, error) { return tx.UserByUsername(text) }}
	byEmail    = lookupKind{"email", func(tx Reader, actor Actor, text string) (User, error) { return userByTrustedEmail(tx, actor, text) }}
	byUID      = lookupKind{"uid", func(tx Reader, _ Actor, text string) (User, error) { return tx.UserByUID(text) }}
)

// UserNamed returns the user that text identifies: an id, username, email address or uid. A
// text that matches several users in different ways is a Conflict that lists them. The
// prefixes id:, username:, email: and uid: select one way; usernames contain no colon. A uid
// takes precedence over a username that differs from it in case. An address that its user only
// claims is refused.
func (d *Directory) UserNamed(ctx context.Context, actor Actor, text string) (User, error) {
	return d.lookupUser(ctx, actor, func(tx Reader) (User, error) {
		return userNamed(tx, actor, text, byID, byUsername, byEmail, byUID)
	})
}

// userNamed is UserNamed with the given kinds.
func userNamed(tx Reader, actor Actor, text string, kinds ...lookupKind) (User, error) {
	if prefix, rest, found := strings.Cut(text, ":"); found {
		at := slices.IndexFunc(kinds, func(k lookupKind) bool { return k.prefix == prefix })
		if at >= 0 {
			return kinds[at].find(tx, actor, rest)
		}
	}
	var found []namedUser
	for _, kind := range kinds {
		u, err := kind.find(tx, actor, text)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return User{}, err
		}
		found = append(found, namedUser{kind, u})
	}
	return onlyUser(text, withoutFoldedUsername(text, found))
}

// namedUser is a user that a text identifies in one way.
type namedUser struct {
	kind lookupKind
	user User
}

// withoutFoldedUsername removes a username that equals text except for case, if text is a uid:
// uids are compared exactly, so another spelling of one is a free username, and its holder must
// not make the user with the uid ambiguous.
func withoutFoldedUsername(text string, found []namedUser) []namedUser {
	if !slices.ContainsFunc(found, func(n namedUser) bool { return n.kind.prefix == byUID.prefix }) {
		return found
	}
	return slices.DeleteFunc(found, func(n namedUser) bool {
		return n.kind.prefix == byUsername.prefix && n.user.Username != text
	})
}

// onlyUser returns the one user in found.
func onlyUser(text string, found []namedUser) (User, error) {
	var names []string
	for i, n := range found {
		if i == 0 || n.user.ID != found[i-1].user.ID {
			names = append(names, n.kind.prefix+":"+text+" ("+n.user.Label()+")")
		}
	}
	switch len(names) {
	case 0:
		return User{}, fault.Missing("user")
	case 1:
		return found[0].user, nil
	}
	return User{}, ambiguous("user", text, names)
}

// ambiguous returns the error for a text that matches all of names.
func ambiguous(field, text string, names []string) *fault.Error {
	return fault.New(fault.Conflict, strconv.Quote(text)+" names more than one "+field+": "+strings.Join(names, " and ")+"; write the one you mean with its prefix",
		fault.Field{Name: field, Code: fault.Ambiguous})
}

// userByDecimal finds a user by an id in digits, without sign, space or leading zero.
func userByDecimal(tx Reader, text string) (User, error) {
	id, ok := decimal.ParseID(text)
	if !ok {
		return User{}, fault.Missing("user")
	}
	return tx.User(UserID(id))
}

// isDecimal reports whether text consists of ASCII digits.
func isDecimal(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// OrganizationNamed returns the organization that text identifies: a slug, or with the
// prefixes id:, slug: and name: what they say. Digits that are the slug of one organization
// and the id of another are a Conflict.
func (d *Directory) OrganizationNamed(ctx context.Context, actor Actor, text string) (Organization, error) {
	return d.lookupOrganization(ctx, actor, func(tx Reader) (Organization, error) { return organizationNamed(tx, text) })
}

func organizationNamed(tx Reader, text string) (Organization, error) {
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
	return Organization{}, ambiguous("organization", text, []string{"id:" + text + " (" + other.Name + ")", "slug:" + text + " (" + bySlug.Name + ")"})
}

func organizationByDecimal(tx Reader, text string) (Organization, error) {
	id, ok := decimal.ParseID(text)
	if !ok {
		return Organization{}, fault.Missing("organization")
	}
	return tx.Organization(OrgID(id))
}
