package gitlab

import (
	"strings"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

type keyRow struct {
	ID        directory.KeyID `json:"id"`
	Title     string          `json:"title"`
	Key       string          `json:"key"`
	CreatedAt string          `json:"created_at"`
}

// personSize is room for most people, so that a page is written without growing.
const userSize = 448

// A show writes a person in one of the forms below.
type userWriter func(web.JSON, *directory.User) web.JSON

// shownAs is one person by themselves.
func encodeUser(show userWriter, u *directory.User) web.JSON {
	return show(make(web.JSON, 0, userSize), u)
}

// showPerson writes a person in the key order of seed 003. The avatar is in the
// code since 6.6 and not in the seed, so it comes last.
func writeUser(j web.JSON, u *directory.User) web.JSON {
	id := u.VisibleIdentity()
	j = writeProfile(writeNames(j.Open('{'), u), u).
		Name("extern_uid").TextOrNull(id.ExternalUID).
		Name("provider").TextOrNull(id.Provider)
	return writeLimits(j, u).Close('}')
}

// showOneself is the only form that holds a secret, and it is the caller's own. It
// has the token between the parts, and leaves one out.
func writeSelf(j web.JSON, u *directory.User, token secret.Text) web.JSON {
	j = writeNames(j.Open('{'), u).Name("private_token").TextOrNull(token.Reveal())
	return writeLimits(writeProfile(j, u), u).Close('}')
}

// showBrief writes what GitLab shows to people who do not administer it from
// version 7 on (docs/products/gitlab.md).
func writeBasicUser(j web.JSON, u *directory.User) web.JSON {
	return j.Open('{').
		Name("name").Text(u.Name).
		Name("username").TextOrNull(u.Username).
		Name("id").Int(int64(u.ID)).
		Name("state").Text(accountState(u)).
		Name("avatar_url").Null().
		Close('}')
}

func writeNames(j web.JSON, u *directory.User) web.JSON {
	return j.
		Name("id").Int(int64(u.ID)).
		Name("username").TextOrNull(u.Username).
		Name("email").TextOrNull(u.Primary().Address).
		Name("name").Text(u.Name)
}

func writeProfile(j web.JSON, u *directory.User) web.JSON {
	return j.
		Name("state").Text(accountState(u)).
		Name("created_at").Time(u.CreatedAt.UTC(), timeLayout).
		Name("bio").TextOrNull(u.Bio).
		Name("skype").Text(u.Skype).
		Name("linkedin").Text(u.LinkedIn).
		Name("twitter").Text(u.Twitter).
		Name("website_url").Text(u.WebsiteURL)
}

func writeLimits(j web.JSON, u *directory.User) web.JSON {
	return j.
		Name("theme_id").Int(u.ThemeID).
		Name("color_scheme_id").Int(u.ColorSchemeID).
		Name("is_admin").Bool(u.Admin).
		Name("can_create_group").Bool(u.CanCreateGroup).
		Name("can_create_project").Bool(u.CanCreateProject()).
		Name("avatar_url").Null()
}

// showKey gives the key as it was added, comment included, on one line.
func newKeyRow(k directory.SSHKey) keyRow {
	return keyRow{ID: k.ID, Title: k.Title, Key: strings.TrimSuffix(k.Public+" "+k.Comment, " "), CreatedAt: k.CreatedAt.UTC().Format(timeLayout)}
}

// state knows two words here; people who have not come in yet cannot come in, as
// those who are blocked.
func accountState(u *directory.User) string {
	if u.State == directory.Active {
		return "active"
	}
	return "blocked"
}

// stampLayout is how the seed prints a time in UTC: without fraction.
const timeLayout = time.RFC3339
