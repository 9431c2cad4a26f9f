package rostertest_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"roster.example/roster/client"
	"roster.example/roster/rostertest"
)

func TestEachTestHasAServerOfItsOwn(t *testing.T) {
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
		t.Errorf("the other server has %d people, %v", page.Total, err)
	}
}

func TestNothingIsLeftOfAServer(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := rostertest.Open()
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("a server keeps %v, %v", entries, err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("these were left: %v, %v", entries, err)
	}
	if _, err := s.Client(client.WithRetries(1, 0)).Me.Get(t.Context()); err == nil {
		t.Error("it still answers")
	}
}

func TestAServerWithABadSettingDoesNotStart(t *testing.T) {
	t.Parallel()
	s, err := rostertest.Open(rostertest.Setting("gitlab.user_visibility", "nothing"))
	if err == nil || !strings.Contains(err.Error(), "gitlab.user_visibility") {
		t.Errorf("got %v and %v", s, err)
	}
}

func TestATokenHasTheScopesThatWereAskedFor(t *testing.T) {
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

func TestPeopleCanShowTheirPasswords(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	for _, p := range []rostertest.User{s.Admin, s.AddUser("ada"), s.AddUserFrom(client.NewUser{Email: "grace@example.org"})} {
		in, err := s.Client().Sessions.Create(t.Context(), client.NewSession{Login: p.Email, Password: p.Password})
		if err != nil || in.User.ID != p.ID {
			t.Errorf("%s with %q: %+v, %v", p.Email, p.Password, in.User, err)
		}
	}
}

func TestAPersonCanBeMadeAsWished(t *testing.T) {
	t.Parallel()
	s := rostertest.Start(t)
	robot := s.AddUserFrom(client.NewUser{Username: "robot", Service: true})
	if robot.Password != "" || robot.APIKey != "" || robot.Token == "" {
		t.Errorf("a program holds %+v", robot)
	}
	second := s.AddUserFrom(client.NewUser{Email: "grace@example.org", Username: "grace", Admin: true, Password: "grace has a long one"})
	if me, err := s.ClientFor(second).As("robot").Me.Get(t.Context()); err != nil || me.ID != robot.ID {
		t.Errorf("grace as the robot is %+v, %v", me, err)
	}
}

func TestLettersCanBeRead(t *testing.T) {
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
		t.Errorf("two people got the same link: %s", l.Link)
	}
	if all := s.Emails(); len(all) != 2 {
		t.Errorf("%d letters were sent", len(all))
	}
}

// BenchmarkStart is how long a test waits for its server, and for its end.
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
