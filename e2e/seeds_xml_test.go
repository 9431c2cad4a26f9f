package e2e

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/role"
)

// element is a parsed XML element. Text is empty if the element has children: white space between
// them has no meaning.
type element struct {
	Name     string
	Attrs    []string // name="value", in order
	Text     string
	Children []*element
}

// elementOf parses XML with one root, with or without a declaration.
func elementOf(text string) (*element, error) {
	above := []*element{{}}
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && len(above[0].Children) == 1 {
			return above[0].Children[0], nil
		}
		if err != nil {
			return nil, err
		}
		at := above[len(above)-1]
		switch token := token.(type) {
		case xml.StartElement:
			child := &element{Name: token.Name.Local}
			for _, a := range token.Attr {
				child.Attrs = append(child.Attrs, a.Name.Local+`="`+a.Value+`"`)
			}
			at.Children, at.Text = append(at.Children, child), ""
			above = append(above, child)
		case xml.CharData:
			if len(at.Children) == 0 && (len(at.Text) > 0 || strings.TrimSpace(string(token)) != "") {
				at.Text += string(token)
			}
		case xml.EndElement:
			above = above[:len(above)-1]
		}
	}
}

func (s *server) element(text string) *element {
	s.t.Helper()
	e, err := elementOf(text)
	if err != nil {
		s.t.Fatalf("%v in %s", err, text)
	}
	return e
}

// child returns the only child with that name.
func (s *server) child(e *element, name string) *element {
	s.t.Helper()
	var found []*element
	for _, c := range e.Children {
		if c.Name == name {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		s.t.Fatalf("%s has %d children %s", e.Name, len(found), name)
	}
	return found[0]
}

// having returns the child that has a child with that name and text.
func (s *server) having(e *element, name, text string) *element {
	s.t.Helper()
	for _, c := range e.Children {
		if s.child(c, name).Text == text {
			return c
		}
	}
	s.t.Fatalf("%s has no child with the %s %q", e.Name, name, text)
	return nil
}

// codebaseXML returns the response to GET path, authenticated as p of the home organization.
func (s *server) codebaseXML(p testUser, path string) *element {
	s.t.Helper()
	a := s.call(http.MethodGet, path, "", basic(s.Home.Slug, p.Username, p.Key), "Accept: application/xml", "Content-Type: application/xml")
	if a.Status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", path, a.Status, a.Body)
	}
	return s.element(a.Body)
}

// sampleDan creates the user of Codebase's sample, with both projects.
func (s *server) sampleDan() testUser {
	s.t.Helper()
	dan := s.change(s.member("dan", 0, 0), directory.UserChange{
		Name: new("Dan Wentworth"), Email: new("user@example.com"), TimeZone: new("London"),
	})
	s.project(s.Home.ID, project.NewProject{Name: "Awesome project"}, dan.ID)
	s.project(s.Home.ID, project.NewProject{Name: "Project Awesome", Group: "Web Apps"}, dan.ID)
	return dan
}

// The user gets the sample's elements in the profile and in the list. Only id and key differ.
func TestCodebaseUserMatchesTheSample(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/codebase", func(t *testing.T, s *server, base string) {
		root, dan := s.admin("root"), s.sampleDan()
		want := s.element(s.sample("codebase.txtar", "user"))
		s.child(want, "id").Text, s.child(want, "api-key").Text = path("%d", dan.ID), dan.Key
		at := strings.TrimPrefix(base, s.URL)
		if diff := cmp.Diff(want, s.codebaseXML(dan, at+"/profile")); diff != "" {
			t.Errorf("profile (-page +got):\n%s", diff)
		}
		list := s.codebaseXML(dan, at+"/users")
		if diff := cmp.Diff(want, s.having(list, "username", "dan")); diff != "" {
			t.Errorf("in the list (-page +got):\n%s", diff)
		}
		if diff := cmp.Diff([]any{"users", []string{`type="array"`}, 2}, []any{list.Name, list.Attrs, len(list.Children)}); diff != "" {
			t.Errorf("the list itself (-want +got):\n%s", diff)
		}
		// For other users the key is nil, and everything else is the same.
		key := s.child(want, "api-key")
		key.Text, key.Attrs = "", []string{`nil="true"`}
		if diff := cmp.Diff(want, s.having(s.codebaseXML(root, at+"/users"), "username", "dan")); diff != "" {
			t.Errorf("as an administrator (-want +got):\n%s", diff)
		}
	})
}

// The id is that of the sample too, because there are three built-in roles.
func TestCodebaseRoleMatchesTheSample(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/codebase", func(t *testing.T, s *server, base string) {
		root := s.admin("root")
		s.roleOf(s.Home.ID, role.NewRole{
			Name: "Trusted Users", Permissions: []model.Permission{model.ProjectsReadAll}, Default: true,
		})
		list := s.codebaseXML(root, strings.TrimPrefix(base, s.URL)+"/roles")
		if diff := cmp.Diff(s.element(s.sample("codebase.txtar", "role")), s.having(list, "name", "Trusted Users")); diff != "" {
			t.Errorf("(-page +got):\n%s", diff)
		}
		var names []string
		for _, role := range list.Children {
			if s.child(role, "default").Text == "true" {
				names = append(names, s.child(role, "name").Text)
			}
		}
		if diff := cmp.Diff([]string{"Trusted Users"}, names); diff != "" {
			t.Errorf("defaults (-want +got):\n%s", diff)
		}
	})
}

// The source document says that an emailed link completes the sign-up. Afterwards the API key works,
// and the user has the requested role, which may invite users.
func TestInvitationOfTheCodebaseSampleCanBeAccepted(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/codebase", func(t *testing.T, s *server, base string) {
		at := strings.TrimPrefix(base, s.URL)
		root, body := s.admin("root"), s.sample("codebase.txtar", "invitation")
		invite := func(p testUser, body string) int {
			return s.call(http.MethodPost, at+"/users", body, basic(s.Home.Slug, p.Username, p.Key), "Content-Type: application/xml").Status
		}
		if status := invite(root, body); status != http.StatusCreated {
			t.Fatalf("inviting: %d", status)
		}
		link := s.mailedLink("user@example.com")
		form := url.Values{"token": {link.Query().Get("token")}, "username": {"example"}, "password": {"a long password 1"}}
		a := s.call(http.MethodPost, link.Path, form.Encode(), "Content-Type: application/x-www-form-urlencoded")
		if a.Status != http.StatusOK {
			t.Fatalf("signing up: %d %s", a.Status, a.Body)
		}
		u, err := s.App.Directory.UserByUsername(t.Context(), model.Operator(), "example")
		s.must(err)
		example := s.withKey(testUser{User: u})
		profile := s.codebaseXML(example, at+"/profile")
		for name, want := range map[string]string{
			"first-name": "Example", "last-name": "User", "email-address": "user@example.com", "username": "example",
			"api-key": example.Key, "enabled": "true",
		} {
			if got := s.child(profile, name).Text; got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if status := invite(example, strings.Replace(body, "user@", "next@", 1)); status != http.StatusCreated {
			t.Errorf("an Admin invites: %d", status)
		}
	})
}
