package rostertest

import (
	"cmp"
	"context"
	"strings"

	"roster.example/roster/client"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// User is a user with its credentials.
type User struct {
	ID       int64
	UID      string // the id in APIs with text ids, such as that of Wekan
	Username string
	Email    string
	Password string // empty for a service account
	APIKey   string // empty for a service account
	Token    string // an access token with all scopes that the user can have
}

// defaultPassword returns the password of users that were created without one.
func defaultPassword(name string) string { return name + "-secret-1" }

// createAdmin creates the administrator.
func (s *Server) createAdmin(ctx context.Context, admin string) error {
	d, actor := s.app.Directory, model.Operator()
	orgs, err := d.Organizations(ctx, actor)
	if err != nil {
		return err
	}
	s.home = orgs[0].Slug
	created, err := d.CreateAdministrator(ctx, actor, directory.Administrator{
		Username: admin, Email: admin + "@roster.example", Password: secret.Text(defaultPassword(admin)),
	})
	if err != nil {
		return err
	}
	s.Admin = User{ID: int64(created.ID), UID: created.UID, Username: admin, Email: admin + "@roster.example", Password: defaultPassword(admin)}
	return s.addCredentials(ctx, &s.Admin, model.ScopeAPI, model.ScopeSudo)
}

// addCredentials creates an API key and an access token for a user.
func (s *Server) addCredentials(ctx context.Context, p *User, scopes ...model.Scope) (err error) {
	if p.Password != "" {
		key, err := s.app.Directory.RotateAPIKeyOf(ctx, model.Operator(), model.UserID(p.ID))
		if err != nil {
			return err
		}
		p.APIKey = key.Reveal()
	}
	p.Token, err = s.createToken(ctx, p.ID, scopes)
	return err
}

func (s *Server) createToken(ctx context.Context, owner int64, scopes model.Scopes) (string, error) {
	_, text, err := s.app.Directory.CreateToken(ctx, model.Operator(), credential.NewToken{
		Owner: model.UserID(owner), Name: "test", Scopes: scopes,
	})
	return text.Reveal(), err
}

// AddUser creates a member of the home organization with the email address NAME@roster.example.
func (s *Server) AddUser(username string) User {
	s.helper()
	return s.AddUserFrom(client.NewUser{Username: username, Name: username + " Example", Email: username + "@roster.example"})
}

// AddUserFrom creates a user. If n has no password, the user gets one.
func (s *Server) AddUserFrom(n client.NewUser) User {
	s.helper()
	ctx := context.Background()
	if n.Password == "" && !n.Service {
		local, _, _ := strings.Cut(n.Email, "@")
		n.Password = defaultPassword(cmp.Or(n.Username, local))
	}
	created, err := s.Client().Users.Create(ctx, n)
	s.must(err)
	p := User{ID: created.ID, UID: created.UID, Username: created.Username, Email: created.Email, Password: n.Password}
	scopes := []model.Scope{model.ScopeAPI}
	if n.Admin {
		scopes = append(scopes, model.ScopeSudo)
	}
	s.must(s.addCredentials(ctx, &p, scopes...))
	return p
}

// Token creates another access token of a user with these scopes: api, read_api, read_user, sudo.
func (s *Server) Token(p User, scopes ...string) string {
	s.helper()
	requested := make(model.Scopes, 0, len(scopes))
	for _, scope := range scopes {
		requested = append(requested, model.Scope(scope))
	}
	text, err := s.createToken(context.Background(), p.ID, requested)
	s.must(err)
	return text
}
