package gitlab

import (
	"context"
	"slices"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// Further addresses of a person, as GitLab has them from 8.x on (docs/products/gitlab.md,
// Further addresses). The primary address is part of the person and not in this list.

type email struct {
	ID    directory.EmailID `json:"id"`
	Email string            `json:"email"`
}

func showEmail(e directory.Email) email { return email{e.ID, e.Address} }

// emails answers GET /user/emails and GET /users/:id/emails.
func (a api) emails(of owner) serve { return listOwned(a, of, a.furtherEmails, showEmail) }

func (a api) furtherEmails(ctx context.Context, who directory.Actor, of directory.UserID) ([]directory.Email, error) {
	all, err := a.directory.Emails(ctx, who, of)
	return slices.DeleteFunc(slices.Clone(all), func(e directory.Email) bool { return e.Primary }), err
}

// email answers GET /user/emails/:id.
func (a api) email(of owner) serve { return showOwned(of, "id", a.directory.Email, showEmail) }

// addEmail answers POST /user/emails and POST /users/:id/emails, which both say
// what is missing.
func (a api) addEmail(of owner) serve {
	return telling(addOwned(of, newEmail, a.directory.AddEmail, showEmail), "email")
}

func newEmail(in web.Params) (string, error) {
	address, _, err := in.Text("email")
	return address, err
}

// removeEmail answers DELETE /user/emails/:id and DELETE /users/:uid/emails/:id.
func (a api) removeEmail(of owner, wildcard string) serve {
	return showOwned(of, wildcard, a.directory.RemoveEmail, showEmail)
}
