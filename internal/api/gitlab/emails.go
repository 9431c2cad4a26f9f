package gitlab

import (
	"context"
	"slices"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
)

// Secondary email addresses, as in GitLab 8.x (docs/products/gitlab.md, Further addresses).
// The primary address is an attribute of the user and not in this list.

type emailRow struct {
	ID    model.EmailID `json:"id"`
	Email string        `json:"email"`
}

func newEmailRow(e model.Email) emailRow { return emailRow{e.ID, e.Address} }

// listEmails serves GET /user/emails and GET /users/:id/emails.
func (a api) listEmails(of owner) handler { return listOwned(a, of, a.secondaryEmails, newEmailRow) }

func (a api) secondaryEmails(ctx context.Context, actor model.Actor, of model.UserID) ([]model.Email, error) {
	all, err := a.directory.Emails(ctx, actor, of)
	return slices.DeleteFunc(slices.Clone(all), func(e model.Email) bool { return e.Primary }), err
}

// getEmail serves GET /user/emails/:id.
func (a api) getEmail(of owner) handler { return serveOwned(of, "id", a.directory.Email, newEmailRow) }

// addEmail answers POST /user/emails and POST /users/:id/emails. Both name a missing attribute.
func (a api) addEmail(of owner) handler {
	return requireParams(addOwned(of, readEmail, a.directory.AddEmail, newEmailRow), "email")
}

func readEmail(in web.Params) (string, error) {
	address, _, err := in.Text("email")
	return address, err
}

// removeEmail answers DELETE /user/emails/:id and DELETE /users/:uid/emails/:id.
func (a api) removeEmail(of owner, wildcard string) handler {
	return serveOwned(of, wildcard, a.directory.RemoveEmail, newEmailRow)
}
