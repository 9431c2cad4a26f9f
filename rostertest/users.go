package rostertest

import (
	"cmp"
	"context"
	"strings"

	"roster.example/roster/client"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

// Person is somebody with all that they can show.
type User struct {
	ID       int64
	UID      string // the same person in APIs whose ids are texts, such as Wekan's
	Username string
	Email    string
	Password string // empty for the account of a program
	APIKey   string // empty for the account of a program
	Token    string // an access token with all scopes that the person can have
}

// passwordOf is everybody's who was given none.
func defaultPassword(name string) string { return name + "-secret-1" }

// people makes the administrator.
func (s *Server) createAdmin(ctx context.Context, admin string) error {
	d, who := s.app.Directory, directory.Operator()
	orgs, err := d.Organizations(ctx, who)
	if err != nil {
		return err
	}
	s.home = orgs[0].Slug
	made, err := d.CreateAdministrator(ctx, who, directory.Administrator{
		Username: admin, Email: admin + "@roster.example", Password: secret.Text(defaultPassword(admin)),
	})
	if err != nil {
		return err
	}
	s.Admin = User{ID: int64(made.ID), UID: made.UID, Username: admin, Email: admin + "@roster.example", Password: defaultPassword(admin)}
	return s.addCredentials(ctx, &s.Admin, directory.ScopeAPI, directory.ScopeSudo)
}

// equip gives a person credentials.
func (s *Server) addCredentials(ctx context.Context, p *User, scopes ...directory.Scope) (err error) {
	if p.Password != "" {
		key, err := s.app.Directory.RotateAPIKeyOf(ctx, directory.Operator(), directory.UserID(p.ID))
		if err != nil {
			return err
		}
		p.APIKey = key.Reveal()
	}
	p.Token, err = s.createToken(ctx, p.ID, scopes)
	return err
}

func (s *Server) createToken(ctx context.Context, owner int64, scopes directory.Scopes) (string, error) {
	_, text, err := s.app.Directory.CreateToken(ctx, directory.Operator(), directory.NewToken{
		Owner: directory.UserID(owner), Name: "test", Scopes: scopes,
	})
	return text.Reveal(), err
}

// AddUser makes a member of the home organization: NAME, NAME@roster.example.
func (s *Server) AddUser(username string) User {
	s.helper()
	return s.AddUserFrom(client.NewUser{Username: username, Name: username + " Example", Email: username + "@roster.example"})
}

// AddPerson makes a person, who gets a password if n has none.
func (s *Server) AddUserFrom(n client.NewUser) User {
	s.helper()
	ctx := context.Background()
	if n.Password == "" && !n.Service {
		local, _, _ := strings.Cut(n.Email, "@")
		n.Password = defaultPassword(cmp.Or(n.Username, local))
	}
	made, err := s.Client().Users.Create(ctx, n)
	s.must(err)
	p := User{ID: made.ID, UID: made.UID, Username: made.Username, Email: made.Email, Password: n.Password}
	scopes := []directory.Scope{directory.ScopeAPI}
	if n.Admin {
		scopes = append(scopes, directory.ScopeSudo)
	}
	s.must(s.addCredentials(ctx, &p, scopes...))
	return p
}

// Token makes one more access token of a person, with these scopes: api, read_api,
// read_user, sudo.
func (s *Server) Token(p User, scopes ...string) string {
	s.helper()
	wanted := make(directory.Scopes, 0, len(scopes))
	for _, scope := range scopes {
		wanted = append(wanted, directory.Scope(scope))
	}
	text, err := s.createToken(context.Background(), p.ID, wanted)
	s.must(err)
	return text
}
