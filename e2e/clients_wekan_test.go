package e2e

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// wekanOwn is the caller's own document: five members of the source document, and two that
// the published description requires.
func wekanOwn(p testUser) document {
	return document{
		"_id": p.UID, "createdAt": p.CreatedAt.UTC().Format(milliseconds), "username": p.Username,
		"emails": []any{document{"address": p.Primary().Address, "verified": false}}, "profile": document{},
		"modifiedAt": p.UpdatedAt.UTC().Format(milliseconds), "authenticationMethod": "password",
	}
}

// wekanOK returns a response as the driver reports it. Everything below /api has status 200, errors
// too.
func wekanOK(body any) document {
	return document{"status": 200, "content_type": "application/json", "body": body}
}

// runScript runs a command of Wekan's api.py as p, checks its login, and returns the response to the
// command.
func (s *server) runScript(base string, p testUser, words ...string) any {
	s.t.Helper()
	got := s.runDriver(p, "wekan_api.py", append([]string{base}, words...)...)
	expires := s.text(`.+Z`, got, "login", "body", "tokenExpires")
	at, err := time.Parse(milliseconds, expires)
	if days := time.Until(at).Hours() / 24; err != nil || days < 89 || days > 90 {
		s.t.Errorf("the token expires %s, want in 90 days (%v)", expires, err)
	}
	s.compare(wekanOK(document{
		"id": p.UID, "token": s.text(`[A-Za-z0-9_-]{43}`, got, "login", "body", "token"), "tokenExpires": expires,
	}), got["login"].(document))
	return got["answer"]
}

// checkScript checks the response to a command.
func (s *server) checkScript(body any, base string, p testUser, words ...string) {
	s.t.Helper()
	s.compare(document{"answer": wekanOK(body)}, document{"answer": s.runScript(base, p, words...)})
}

func meteorDenial(word string, status int) document {
	return document{
		"isClientSafe": true, "error": word, "reason": word, "message": word + " [" + word + "]",
		"errorType": "Meteor.Error", "statusCode": status,
	}
}

func TestWekanScriptWorks(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/wekan", func(_ *testing.T, s *server, base string) {
		base += "/"
		root, ben := s.admin("root"), s.member("ben", 0, 0)
		off := s.member("off", 0, 0)
		_, err := s.App.Directory.BlockUser(s.t.Context(), model.Operator(), off.ID)
		s.must(err)
		row := func(p testUser) document { return document{"_id": p.UID, "username": p.Username} }
		s.checkScript(wekanOwn(ben), base, ben, "user")
		s.checkScript([]any{row(root), row(ben), row(off)}, base, root, "users")
		s.checkScript(meteorDenial("Forbidden", 403), base, ben, "users")
		s.checkScript([]any{}, base, ben, "boards", ben.UID)
		s.checkScript(meteorDenial("Forbidden", 403), base, ben, "boards", root.UID)
		s.checkScript([]any{}, base, root, "boards")

		added := s.addedByScript(base, root)
		s.checkScript(wekanOwn(added), base, added, "user")
		s.checkScript([]any{row(root), row(ben), row(off), row(added)}, base, root, "users")
	})
}

// addedByScript creates a user with the script's command newuser, which cannot create a second
// user with that name or address.
func (s *server) addedByScript(base string, root testUser) testUser {
	s.t.Helper()
	const name, address, password = "newbie", "newbie@people.example", "pässword & more=1"
	made := document{"answer": s.runScript(base, root, "newuser", name, address, password)}
	uid := s.text(`[23456789A-HJ-NP-TWXYZa-km-z]{17}`, made, "answer", "body", "_id")
	s.compare(document{"answer": wekanOK(document{"_id": uid})}, made)
	taken := func(what string) document {
		return document{
			"isClientSafe": true, "error": 403, "reason": what + " already exists.", "message": what + " already exists. [403]",
			"errorType": "Meteor.Error",
		}
	}
	s.checkScript(taken("Username"), base, root, "newuser", "NewBie", "other@people.example", password)
	s.checkScript(taken("Email"), base, root, "newuser", "other", "NewBie@people.example", password)
	u, err := s.App.Directory.UserByUsername(s.t.Context(), model.Operator(), name)
	s.must(err)
	if u.UID != uid {
		s.t.Errorf("%s is %s, but the response was %s", name, u.UID, uid)
	}
	return testUser{User: u, Password: password}
}

func TestWekanScriptReportsFailedLogins(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/wekan", func(_ *testing.T, s *server, base string) {
		ben, off := s.member("ben", 0, 0), s.member("off", 0, 0)
		_, err := s.App.Directory.BlockUser(s.t.Context(), model.Operator(), off.ID)
		s.must(err)
		wrong, nobody := ben, ben
		wrong.Password, nobody.Username = "not the password", "nobody"
		for _, row := range []struct {
			who    testUser
			status int
			body   document
		}{
			{wrong, 401, document{"error": "login-failed", "reason": "Incorrect username, email address or password."}},
			{nobody, 401, document{"error": "login-failed", "reason": "Incorrect username, email address or password."}},
			{off, 400, document{"error": 403, "reason": "Login forbidden"}},
		} {
			s.compare(document{"login": document{"status": row.status, "content_type": "application/json", "body": row.body}},
				s.runDriver(row.who, "wekan_api.py", base+"/", "user"))
		}
	})
}

// raised returns an exception with its HTTP status, or nil.
func raised(name string, status any) document { return document{"raised": name, "status": status} }

// pythonUser returns a user as python-wekan represents it. The time of the last change can have
// any value.
func pythonUser(u model.User, admin bool) document {
	const iso = "2006-01-02T15:04:05.000000+00:00"
	at := func(t time.Time) string { return t.UTC().Truncate(time.Millisecond).Format(iso) }
	return document{
		"id": u.UID, "username": u.Username, "created_at": at(u.CreatedAt), "modified_at": at(u.UpdatedAt), "services": document{},
		"emails":  []any{document{"address": u.Primary().Address, "verified": admin}}, // addresses of administrators are verified
		"profile": document{}, "authentication_method": "password", "session_data": document{}, "boards": []any{}, "is_admin": admin,
	}
}

// If errors have status 200, as in Wekan, the client raises an error for the missing _id. If they have
// their own status, it raises the matching exception.
func TestPythonWekanClientWorks(t *testing.T) {
	t.Parallel()
	for setting, refused := range map[string]document{
		"false": {"added_twice": raised("KeyError", nil), "list_as_member": raised("TypeError", nil)},
		"true":  {"added_twice": raised("UsernameAlreadyExists", nil), "list_as_member": raised("WekanAPIError", 403)},
	} {
		for _, at := range []string{"", "/wekan"} {
			t.Run("at "+at+"/, real statuses "+setting, func(t *testing.T) {
				t.Parallel()
				s := start(t, map[string]string{"wekan.http_statuses": setting})
				root, ben := s.admin("root"), s.member("ben", 0, 0)
				s.createUserWithoutUsername("waits@people.example")
				got := s.runDriver(root, "python_wekan.py", s.URL+at)
				s.compare(with(s.pythonResults(root, ben, got), refused), got)
			})
		}
	}
}

// createUserWithoutUsername creates a user like an open invitation of Codebase does. Lists of Wekan
// show the address as the username, because the client requires one.
func (s *server) createUserWithoutUsername(address string) {
	s.t.Helper()
	_, err := s.App.Directory.CreateUser(s.t.Context(), model.Operator(), directory.NewUser{Email: address, Limits: model.DefaultLimits()})
	s.must(err)
}

// pythonResults returns the expected results that both settings share.
func (s *server) pythonResults(root, ben testUser, got document) document {
	s.t.Helper()
	added := document{
		"id":          s.text(`[23456789A-HJ-NP-TWXYZa-km-z]{17}`, got, "added", "id"),
		"username":    "py-newcomer",
		"created_at":  s.recent(time.RFC3339, got, "added", "created_at"),
		"modified_at": got["added"].(document)["created_at"],
		"services":    document{}, "emails": []any{document{"address": "py-newcomer@example.com", "verified": false}},
		"profile": document{}, "authentication_method": "password", "session_data": document{}, "boards": []any{}, "is_admin": false,
	}
	me := pythonUser(root.User, true)
	held, err := s.App.Directory.UserByEmail(s.t.Context(), model.Operator(), "waits@people.example")
	s.must(err)
	held.Username = "waits@people.example"
	waiting := pythonUser(held, false)
	return document{
		"user_id": root.UID, "current": me, "users": []any{me, pythonUser(ben.User, false), waiting}, "boards": []any{},
		"refused_login": raised("WekanAuthenticationError", 401), "edited": raised("WekanNotFoundError", 404),
		"added": added, "found": added, "boards_of_added": []any{}, "added_logs_in": added["id"],
		"users_at_the_end": []any{"root", "ben", "waits@people.example"},
	}
}
