package gitlab

import (
	"net/http"

	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/web"
)

// attributes reads parameters by the presence rule: blank values count as not given, but false does
// not (docs/products/gitlab.md). It keeps the first error; check err after reading all.
type attributes struct {
	params web.Params
	err    error
}

func (a *attributes) text(name string) *string  { return read(a, name, a.params.Text) }
func (a *attributes) flag(name string) *bool    { return read(a, name, a.params.Bool) }
func (a *attributes) number(name string) *int64 { return read(a, name, a.params.Int) }

func read[T any](a *attributes, name string, get func(string) (T, bool, error)) *T {
	if !a.params.Present(name) {
		return nil
	}
	value, _, err := get(name)
	if err != nil && a.err == nil {
		a.err = err
	}
	return &value
}

// valueOr returns *p, or otherwise if p is nil.
func valueOr[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// requiredAttributes are the required attributes of a new user, in the order in which GitLab
// reports a missing one.
func requiredAttributes() []string { return []string{"email", "password", "name", "username"} }

// readNewUser reads the attributes of POST /users (seed 003, "Creates a new user").
func readNewUser(in web.Params) (directory.NewUser, error) {
	a := attributes{params: in}
	limits := model.DefaultLimits()
	limits.ProjectsLimit = valueOr(a.number("projects_limit"), limits.ProjectsLimit)
	limits.CanCreateGroup = valueOr(a.flag("can_create_group"), limits.CanCreateGroup)
	n := directory.NewUser{
		Username: valueOr(a.text("username"), ""), Names: model.Names{}.WithName(valueOr(a.text("name"), "")),
		Email: valueOr(a.text("email"), ""), Password: secret.Text(valueOr(a.text("password"), "")),
		Identity: valueOr(a.identity(), model.Identity{}), Admin: valueOr(a.flag("admin"), false),
		Profile: model.Profile{
			Bio: valueOr(a.text("bio"), ""), Skype: valueOr(a.text("skype"), ""), LinkedIn: valueOr(a.text("linkedin"), ""),
			Twitter: valueOr(a.text("twitter"), ""), WebsiteURL: valueOr(a.text("website_url"), ""),
		},
		Limits: limits, Notify: true, Required: requiredAttributes(),
	}
	return n, a.err
}

// readUserChange reads the attributes of PUT /users/:id (seed 003, "Modifies an existing user").
func readUserChange(in web.Params) (directory.UserChange, error) {
	a := attributes{params: in}
	c := directory.UserChange{
		Username: a.text("username"), Email: a.text("email"), Name: a.text("name"), Admin: a.flag("admin"),
		Bio: a.text("bio"), Skype: a.text("skype"), LinkedIn: a.text("linkedin"), Twitter: a.text("twitter"),
		WebsiteURL: a.text("website_url"), ProjectsLimit: a.number("projects_limit"),
		CanCreateGroup: a.flag("can_create_group"), Identity: a.identity(),
	}
	if password := a.text("password"); password != nil {
		c.Password = new(secret.Text(*password))
	}
	if current := a.text("current_password"); current != nil {
		c.CurrentPassword = secret.Text(*current)
	}
	return c, a.err
}

// identity returns nil if neither part is given.
func (a *attributes) identity() *model.Identity {
	provider, uid := a.text("provider"), a.text("extern_uid")
	if provider == nil && uid == nil {
		return nil
	}
	return &model.Identity{Provider: valueOr(provider, ""), ExternalUID: valueOr(uid, "")}
}

// readNewKey reads title and key. The title is required, even if the key has a comment.
func readNewKey(in web.Params) (model.NewKey, error) {
	a := attributes{params: in}
	n := model.NewKey{Title: valueOr(a.text("title"), ""), Key: valueOr(a.text("key"), ""), NeedTitle: true}
	return n, a.err
}

// readLogin reads the attributes of POST /session: email or else login, and the password. Both
// names accept an email address or a username (docs/products/gitlab.md, Session).
func readLogin(in web.Params) (login.Attempt, error) {
	a := attributes{params: in}
	l := login.Attempt{
		Name: valueOr(a.text("email"), valueOr(a.text("login"), "")), Password: secret.Text(valueOr(a.text("password"), "")),
	}
	return l, a.err
}

// noID stands for a path segment that is not an id; nothing has this id.
const noID = -1

// parsePathID returns the id at name in the path, or noID. The directory then answers "not found",
// after it has authorized the actor.
func parsePathID(r *http.Request, name string) int64 {
	if id, ok := decimal.ParseID(r.PathValue(name)); ok {
		return id
	}
	return noID
}

func userID(r *http.Request) model.UserID { return model.UserID(parsePathID(r, "id")) }
