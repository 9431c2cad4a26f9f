package e2e

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// gitlabUser returns the expected response for a user with few fields set, and
// changes to that.
func gitlabUser(u model.User, name string, changes document) document {
	return with(document{
		"id": u.ID, "username": u.Username, "email": u.Primary().Address, "name": name, "bio": nil, "skype": "", "linkedin": "",
		"twitter": "", "website_url": "", "theme_id": 2, "color_scheme_id": 1, "state": "active",
		"created_at": u.CreatedAt.UTC().Format(wholeSeconds), "extern_uid": nil, "provider": nil, "is_admin": false,
		"can_create_group": true, "can_create_project": true, "avatar_url": nil,
	}, changes)
}

// ownUser returns the response of GET /user and POST /session.
func ownUser(p document, token string) document {
	return with(p, document{"private_token": token, "extern_uid": gone{}, "provider": gone{}})
}

// createDetailedUser creates a blocked user with every field of GitLab.
func (s *server) createDetailedUser() (model.User, document) {
	s.t.Helper()
	d, who := s.App.Directory, model.Operator()
	u, err := d.CreateUser(s.t.Context(), who, directory.NewUser{
		Username: "zoe", Email: "zoe@people.example", Names: model.Names{}.WithName(`Zoë <&> "O'Neil"`), Admin: true,
		Profile: model.Profile{
			Bio: "line 1\nline 2 😀", Skype: "zoe.s", LinkedIn: "zoe.l", Twitter: "@zoe", WebsiteURL: "https://zoe.example/?a=1&b=2",
		},
		Limits:   model.Limits{ThemeID: 3, ColorSchemeID: 4},
		Identity: model.Identity{Provider: "ldap", ExternalUID: "uid=zoe,ou=people"}, Password: secret.Text("a long password 1"),
	})
	s.must(err)
	u, err = d.BlockUser(s.t.Context(), who, u.ID)
	s.must(err)
	return u, gitlabUser(u, `Zoë <&> "O'Neil"`, document{
		"bio": "line 1\nline 2 😀", "skype": "zoe.s", "linkedin": "zoe.l", "twitter": "@zoe",
		"website_url": "https://zoe.example/?a=1&b=2", "theme_id": 3, "color_scheme_id": 4, "state": "blocked", "is_admin": true,
		"extern_uid": "uid=zoe,ou=people", "provider": "ldap", "can_create_group": false, "can_create_project": false,
	})
}

// The client requests pages of 100 users, so the test needs more.
func TestNPMGitLabClientWorks(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/gitlab", func(_ *testing.T, s *server, base string) {
		root := s.admin("root")
		me := gitlabUser(root.User, root.Name, document{"is_admin": true})
		_, zoe := s.createDetailedUser()
		all := []any{me, zoe}
		for _, u := range s.createUsers(103) {
			all = append(all, gitlabUser(u, "Member "+u.Username, nil))
		}
		got := s.runDriverWith("gitlab_v3.js", []string{base},
			"CLIENT_TOKEN="+root.Key, "CLIENT_LOGIN="+root.Primary().Address, "CLIENT_PASSWORD="+root.Password)
		s.compare(with(document{
			"session": ownUser(me, root.Key), "refusedSession": true, "current": ownUser(me, root.Key),
			"all": all, "allByTwo": all,
		}, s.npmResults(got)), got)
	})
}

// npmResults returns the expected results for the user that the client creates, and for the keys. Ids,
// times and keys are those of the first result in got.
func (s *server) npmResults(got document) document {
	s.t.Helper()
	const ed25519 = `ssh-ed25519 [A-Za-z0-9+/]{68}`
	newcomer := document{
		"id": s.identifier(got, "created", "id"), "username": "v3-newcomer", "email": "v3-newcomer@example.com", "name": "New Comer",
		"bio": "created by npm", "skype": "", "linkedin": "", "twitter": "", "website_url": "", "theme_id": 2, "color_scheme_id": 1,
		"state": "active", "created_at": s.recent(wholeSeconds, got, "created", "created_at"), "extern_uid": nil, "provider": nil,
		"is_admin": false, "can_create_group": false, "can_create_project": true, "avatar_url": nil,
	}
	key := document{
		"id": s.identifier(got, "keyAdded", "id"), "title": "laptop", "key": s.text(ed25519, got, "keyAdded", "key"),
		"created_at": s.recent(wholeSeconds, got, "keyAdded", "created_at"),
	}
	own := document{
		"id": s.identifier(got, "ownKeyAdded", "body", "id"), "title": "own", "key": s.text(ed25519, got, "ownKeyAdded", "body", "key"),
		"created_at": s.recent(wholeSeconds, got, "ownKeyAdded", "body", "created_at"),
	}
	renamed := with(newcomer, document{"name": "Old Hand"})
	answer := func(status int, body any) document { return document{"status": status, "body": body} }
	return document{
		"created": newcomer, "createdTwice": true, "found": []any{newcomer}, "shown": newcomer,
		"keyAdded": key, "keys": []any{key},
		"changed":     answer(200, renamed),
		"ownKeyAdded": answer(201, own), "ownKeys": answer(200, []any{own}), "ownKey": answer(200, own), "ownKeyDeleted": answer(200, own),
		"createdTwiceStatus": answer(404, document{"message": "404 Not Found", "errors": []any{
			document{"field": "username", "code": "taken", "detail": "username is taken already"},
			document{"field": "email", "code": "taken", "detail": "email is taken already"},
		}}),
		"deleted": answer(200, renamed), "deletedTwice": answer(200, nil),
		"shownDeleted": answer(404, document{"message": "404 Not found"}),
	}
}
