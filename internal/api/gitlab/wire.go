package gitlab

import (
	"strings"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

type keyRow struct {
	ID        model.KeyID `json:"id"`
	Title     string      `json:"title"`
	Key       string      `json:"key"`
	CreatedAt string      `json:"created_at"`
}

// userSize is enough room for most users.
const userSize = 448

// encodeUser encodes a single user.
func encodeUser(u *model.User) web.JSON {
	return writeUser(make(web.JSON, 0, userSize), u)
}

// writeUser writes a user with the members of seed 003 in their order, or the short form if the record
// has the basic fields only. The avatar is in GitLab since 6.6 and not in the seed, so it is last.
func writeUser(j web.JSON, u *model.User) web.JSON {
	if u.Fields == model.BasicFields {
		return writeBasicUser(j, u)
	}
	id := u.VisibleIdentity()
	j = writeProfile(writeNames(j.Open('{'), u), u).
		Name("extern_uid").TextOrNull(id.ExternalUID).
		Name("provider").TextOrNull(id.Provider)
	return writeLimits(j, u).Close('}')
}

// writeSelf writes the authenticated user, with the private token. No other format has a secret.
func writeSelf(j web.JSON, u *model.User, token secret.Text) web.JSON {
	j = writeNames(j.Open('{'), u).Name("private_token").TextOrNull(token.Reveal())
	return writeLimits(writeProfile(j, u), u).Close('}')
}

// writeBasicUser writes what non-administrators see in GitLab from version 7 on
// (docs/products/gitlab.md).
func writeBasicUser(j web.JSON, u *model.User) web.JSON {
	return j.Open('{').
		Name("name").Text(u.Name).
		Name("username").TextOrNull(u.Username).
		Name("id").Int(int64(u.ID)).
		Name("state").Text(accountState(u)).
		Name("avatar_url").Null().
		Close('}')
}

func writeNames(j web.JSON, u *model.User) web.JSON {
	return j.
		Name("id").Int(int64(u.ID)).
		Name("username").TextOrNull(u.Username).
		Name("email").TextOrNull(u.Primary().Address).
		Name("name").Text(u.Name)
}

func writeProfile(j web.JSON, u *model.User) web.JSON {
	return j.
		Name("state").Text(accountState(u)).
		Name("created_at").Time(u.CreatedAt.UTC(), timeLayout).
		Name("bio").TextOrNull(u.Bio).
		Name("skype").Text(u.Skype).
		Name("linkedin").Text(u.LinkedIn).
		Name("twitter").Text(u.Twitter).
		Name("website_url").Text(u.WebsiteURL)
}

func writeLimits(j web.JSON, u *model.User) web.JSON {
	return j.
		Name("theme_id").Int(u.ThemeID).
		Name("color_scheme_id").Int(u.ColorSchemeID).
		Name("is_admin").Bool(u.Admin).
		Name("can_create_group").Bool(u.CanCreateGroup).
		Name("can_create_project").Bool(u.CanCreateProject()).
		Name("avatar_url").Null()
}

// newKeyRow gives the key as it was added, with the comment, on one line.
func newKeyRow(k model.SSHKey) keyRow {
	return keyRow{ID: k.ID, Title: k.Title, Key: strings.TrimSuffix(k.Public+" "+k.Comment, " "), CreatedAt: k.CreatedAt.UTC().Format(timeLayout)}
}

// accountState maps the four states to the two of this API. Invited and deactivated users cannot
// sign in, so they are "blocked" here.
func accountState(u *model.User) string {
	if u.State == model.Active {
		return "active"
	}
	return "blocked"
}

// timeLayout is the format of times in the seed: UTC, without fraction.
const timeLayout = time.RFC3339
