package gitlab

import (
	"strings"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// A person is shown in the key order of seed 003, put together from parts: GET
// /user has the token between two of them, and leaves one out. The avatar is in
// the code since 6.6 and not in the seed, so it comes last.
type (
	naming struct {
		ID       directory.UserID `json:"id"`
		Username *string          `json:"username"`
		Email    *string          `json:"email"`
		Name     string           `json:"name"`
	}
	profile struct {
		State      string  `json:"state"`
		CreatedAt  string  `json:"created_at"`
		Bio        *string `json:"bio"`
		Skype      string  `json:"skype"`
		LinkedIn   string  `json:"linkedin"`
		Twitter    string  `json:"twitter"`
		WebsiteURL string  `json:"website_url"`
	}
	elsewhere struct {
		ExternUID *string `json:"extern_uid"`
		Provider  *string `json:"provider"`
	}
	rights struct {
		ThemeID          int64   `json:"theme_id"`
		ColorSchemeID    int64   `json:"color_scheme_id"`
		IsAdmin          bool    `json:"is_admin"`
		CanCreateGroup   bool    `json:"can_create_group"`
		CanCreateProject bool    `json:"can_create_project"`
		AvatarURL        *string `json:"avatar_url"`
	}
	person struct {
		naming
		profile
		elsewhere
		rights
	}
	// oneself is the only shape that holds a secret, and it is the caller's own.
	oneself struct {
		naming
		PrivateToken *string `json:"private_token"`
		profile
		rights
	}
	// brief is what GitLab shows to people who do not administer it from version
	// 7 on (reference gitlab, A2).
	brief struct {
		Name      string           `json:"name"`
		Username  *string          `json:"username"`
		ID        directory.UserID `json:"id"`
		State     string           `json:"state"`
		AvatarURL *string          `json:"avatar_url"`
	}
	key struct {
		ID        directory.KeyID `json:"id"`
		Title     string          `json:"title"`
		Key       string          `json:"key"`
		CreatedAt string          `json:"created_at"`
	}
)

func showPerson(u directory.User) person {
	return person{showNaming(u), showProfile(u), showElsewhere(u), showRights(u)}
}

func showOneself(u directory.User, token secret.Text) oneself {
	return oneself{showNaming(u), nullable(token.Reveal()), showProfile(u), showRights(u)}
}

func showBrief(u directory.User) brief {
	return brief{Name: u.Name, Username: nullable(u.Username), ID: u.ID, State: state(u)}
}

func showNaming(u directory.User) naming {
	return naming{ID: u.ID, Username: nullable(u.Username), Email: nullable(u.Primary().Address), Name: u.Name}
}

func showProfile(u directory.User) profile {
	return profile{
		State: state(u), CreatedAt: stamp(u.CreatedAt),
		Bio: nullable(u.Bio), Skype: u.Skype, LinkedIn: u.LinkedIn, Twitter: u.Twitter, WebsiteURL: u.WebsiteURL,
	}
}

func showElsewhere(u directory.User) elsewhere {
	id := identity(u)
	return elsewhere{ExternUID: nullable(id.ExternalUID), Provider: nullable(id.Provider)}
}

func showRights(u directory.User) rights {
	return rights{
		ThemeID: u.ThemeID, ColorSchemeID: u.ColorSchemeID,
		IsAdmin: u.Admin, CanCreateGroup: u.CanCreateGroup, CanCreateProject: u.CanCreateProject(),
	}
}

// showKey gives the key as it was added, comment included, on one line.
func showKey(k directory.SSHKey) key {
	return key{ID: k.ID, Title: k.Title, Key: strings.TrimSuffix(k.Public+" "+k.Comment, " "), CreatedAt: stamp(k.CreatedAt)}
}

// identity is the one account elsewhere that this version can show.
func identity(u directory.User) directory.Identity {
	if len(u.Identities) == 0 {
		return directory.Identity{}
	}
	return u.Identities[0]
}

// state knows two words here; people who have not come in yet cannot come in, as
// those who are blocked.
func state(u directory.User) string {
	if u.State == directory.Active {
		return "active"
	}
	return "blocked"
}

// stamp writes a time as the seed prints it: UTC, without fraction.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// nullable is null for "".
func nullable(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
