package rostertest_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"roster.example/roster/client"
	"roster.example/roster/rostertest"
)

func TestServersAreIndependent(t *testing.T) {
	t.Parallel()
	one, other := rostertest.Start(t), rostertest.Start(t, rostertest.Administrator("root"))
	ada := one.AddUser("ada")
	if me, err := one.ClientFor(ada).Me.Get(t.Context()); err != nil || me.Username != "ada" || me.Admin {
		t.Errorf("ada is %+v, %v", me, err)
	}
	if me, err := other.Client().Me.Get(t.Context()); err != nil || me.Username != "root" || !me.Admin {
		t.Errorf("the administrator is %+v, %v", me, err)
	}
	if page, err := other.Client().Users.Page(t.Context(), client.UserQuery{}); err != nil || page.Total != 1 {
		t.Errorf("the other server has %d users, %v", page.Total, err)
	}
}

func TestCloseRemovesAllFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := rostertest.Open()
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder contains %v, %v", entries, err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("these files remain: %v, %v", entries, err)
	}
	if _, err := s.Client(client.WithRetries(1, 0)).Me.Get(t.Context()); err == nil {
		t.Error("the server still responds")
	}
}

func TestServerWithAnInvalidSettingDoesNotStart(t *testing.T) {
	t.Parallel()
	s, err := rostertest.Open(rostertest.Setting("gitlab.user_visibility", "nothing"))
	if err == nil || !strings.Contains(err.Error(), "gitlab.user_visibility") {
		t.Errorf("got %v and %v", s, err)
	}
}

func TestTokenHasTheRequestedScopes(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	ada := s.AddUser("ada")
	ada.Token = s.Token(ada, "read_user")
	c := s.ClientFor(ada)
	if me, err := c.Me.Get(t.Context()); err != nil || me.ID != ada.ID {
		t.Errorf("reading: %+v, %v", me, err)
	}
	if _, err := c.Me.Update(t.Context(), client.SelfUpdate{Bio: new("x")}); !errors.Is(err, client.ErrForbidden) {
		t.Errorf("writing: %v", err)
	}
}

func TestUsersCanSignInWithTheirPasswords(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	for _, p := range []rostertest.User{s.Admin, s.AddUser("ada"), s.AddUserFrom(client.NewUser{Email: "grace@example.org"})} {
		in, err := s.Client().Sessions.Create(t.Context(), client.NewSession{Login: p.Email, Password: p.Password})
		if err != nil || in.User.ID != p.ID {
			t.Errorf("%s with %q: %+v, %v", p.Email, p.Password, in.User, err)
		}
	}
}

func TestUsersCanBeCreatedWithOptions(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	robot := s.AddUserFrom(client.NewUser{Username: "robot", Service: true})
	if robot.Password != "" || robot.APIKey != "" || robot.Token == "" {
		t.Errorf("the service account is %+v", robot)
	}
	second := s.AddUserFrom(client.NewUser{Email: "grace@example.org", Username: "grace", Admin: true, Password: "a long password of grace"})
	if me, err := s.ClientFor(second).As("robot").Me.Get(t.Context()); err != nil || me.ID != robot.ID {
		t.Errorf("grace as the robot is %+v, %v", me, err)
	}
}

func TestEmailsCanBeRead(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	c := s.Client()
	orgs, err := c.Organizations.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"alan@example.org", "grace@example.org"} {
		if _, err := c.Invitations.Create(t.Context(), orgs[0].ID, client.NewInvitation{Email: to}); err != nil {
			t.Fatal(err)
		}
	}
	l := s.WaitForEmail("grace@example.org")
	if l.Subject == "" || !strings.HasPrefix(l.Link, s.URL+"/") || !strings.Contains(l.Text, l.Link) || l.HTML == "" {
		t.Errorf("got %+v", l)
	}
	if other := s.WaitForEmail("alan@example.org"); other.Link == l.Link {
		t.Errorf("two users got the same link: %s", l.Link)
	}
	if all := s.Emails(); len(all) != 2 {
		t.Errorf("%d emails were sent", len(all))
	}
}

// BenchmarkStart measures starting and stopping a server.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := rostertest.Open()
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
