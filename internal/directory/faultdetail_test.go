package directory_test

import (
	"errors"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func TestErrorsOfMalformedValuesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for name, c := range map[string]struct {
		n     directory.NewUser
		field string
		want  string
	}{
		"a username with a slash":           {directory.NewUser{Username: "a/da"}, "username", "contains '/'"},
		"a username like an option":         {directory.NewUser{Username: "--force"}, "username", "starts with '-'"},
		"a username that is a folder":       {directory.NewUser{Username: ".."}, "username", "name of a folder"},
		"a username with a tab":             {directory.NewUser{Username: "a\tda"}, "username", "control character"},
		"a username of two scripts":         {directory.NewUser{Username: "аda"}, "username", "one script"},
		"an address without @":              {directory.NewUser{Email: "ada.example.org"}, "email", "one '@'"},
		"an address with a name":            {directory.NewUser{Email: "Ada<ada@example.org>"}, "email", "bare address"},
		"an address with two dots":          {directory.NewUser{Email: "a..da@example.org"}, "email", "before '@'"},
		"an address of no domain":           {directory.NewUser{Email: "ada@-example.org"}, "email", "after '@'"},
		"a website of another scheme":       {directory.NewUser{Username: "ada", Profile: model.Profile{WebsiteURL: "javascript:x"}}, "website_url", "https://"},
		"a name in two lines":               {directory.NewUser{Username: "ada", Names: model.Names{Name: "Ada\nLovelace"}}, "name", "line break"},
		"a name in another direction":       {directory.NewUser{Username: "ada", Names: model.Names{Name: "Ada\u202eecalevoL"}}, "name", "direction"},
		"a username that is not valid text": {directory.NewUser{Username: "ada\xff"}, "username", "UTF-8"},
	} {
		_, err := h.CreateUser(t.Context(), operator(), c.n)
		wantKind(t, err, fault.Invalid)
		if got := detailOf(err, c.field); !strings.Contains(got, c.want) {
			t.Errorf("%s: the detail of %s is %q in %v", name, c.field, got, err)
		}
	}
}

func detailOf(err error, field string) string {
	said, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return ""
	}
	for _, f := range said.Fields {
		if f.Name == field && f.Code == fault.Malformed {
			return f.Detail
		}
	}
	return ""
}

func TestUsernameWithALeadingHyphenIsKeptButNotAccepted(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	name := "-ada"
	_, err := h.ChangeUser(t.Context(), operator(), ada.ID, directory.UserChange{Username: &name})
	wantKind(t, err, fault.Invalid)
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		u, err := tx.User(ada.ID)
		if err != nil {
			return err
		}
		u.Username = name
		return tx.ChangeUser(u)
	}))
	if _, err := h.ChangeUser(t.Context(), operator(), ada.ID, directory.UserChange{Username: &name}); err != nil {
		t.Error("the name that the user has is rejected:", err)
	}
}
