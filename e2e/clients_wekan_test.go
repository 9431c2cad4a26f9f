package e2e

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

// wekanOwn is the caller's own document: five members of the source document, and two that
// the published description requires.
func wekanOwn(p person) document {
	return document{
		"_id": p.UID, "createdAt": p.CreatedAt.UTC().Format(milliseconds), "username": p.Username,
		"emails": []any{document{"address": p.Primary().Address, "verified": false}}, "profile": document{},
		"modifiedAt": p.UpdatedAt.UTC().Format(milliseconds), "authenticationMethod": "password",
	}
}

// wekanOK is an answer as the driver of api.py tells it: status 200 for
// everything below /api, refusals included.
func wekanOK(body any) document {
	return document{"status": 200, "content_type": "application/json", "body": body}
}

// api runs one command of Wekan's api.py as p, checks the login in front of it
// and returns the command's answer.
func (s *server) api(base string, p person, words ...string) any {
	s.t.Helper()
	got := s.drive(p, "wekan_api.py", append([]string{base}, words...)...)
	expires := s.text(`.+Z`, got, "login", "body", "tokenExpires")
	at, err := time.Parse(milliseconds, expires)
	if days := time.Until(at).Hours() / 24; err != nil || days < 89 || days > 90 {
		s.t.Errorf("the token expires %s, want in 90 days (%v)", expires, err)
	}
	s.same(wekanOK(document{
		"id": p.UID, "token": s.text(`[A-Za-z0-9_-]{43}`, got, "login", "body", "token"), "tokenExpires": expires,
	}), got["login"].(document))
	return got["answer"]
}

// tells wants that a command is answered with body.
func (s *server) tells(body any, base string, p person, words ...string) {
	s.t.Helper()
	s.same(document{"answer": wekanOK(body)}, document{"answer": s.api(base, p, words...)})
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
		_, err := s.App.Directory.BlockUser(s.t.Context(), directory.Operator(), off.ID)
		s.must(err)
		row := func(p person) document { return document{"_id": p.UID, "username": p.Username} }
		s.tells(wekanOwn(ben), base, ben, "user")
		s.tells([]any{row(root), row(ben), row(off)}, base, root, "users")
		s.tells(meteorDenial("Forbidden", 403), base, ben, "users")
		s.tells([]any{}, base, ben, "boards", ben.UID)
		s.tells(meteorDenial("Forbidden", 403), base, ben, "boards", root.UID)
		s.tells([]any{}, base, root, "boards")

		added := s.addedByScript(base, root)
		s.tells(wekanOwn(added), base, added, "user")
		s.tells([]any{row(root), row(ben), row(off), row(added)}, base, root, "users")
	})
}

// addedByScript creates a user with the script's command newuser, which cannot create a second
// user with that name or address.
func (s *server) addedByScript(base string, root person) person {
	s.t.Helper()
	const name, address, password = "newbie", "newbie@people.example", "pässword & more=1"
	made := document{"answer": s.api(base, root, "newuser", name, address, password)}
	uid := s.text(`[23456789A-HJ-NP-TWXYZa-km-z]{17}`, made, "answer", "body", "_id")
	s.same(document{"answer": wekanOK(document{"_id": uid})}, made)
	taken := func(what string) document {
		return document{
			"isClientSafe": true, "error": 403, "reason": what + " already exists.", "message": what + " already exists. [403]",
			"errorType": "Meteor.Error",
		}
	}
	s.tells(taken("Username"), base, root, "newuser", "NewBie", "other@people.example", password)
	s.tells(taken("Email"), base, root, "newuser", "other", "NewBie@people.example", password)
	u, err := s.App.Directory.UserByUsername(s.t.Context(), directory.Operator(), name)
	s.must(err)
	if u.UID != uid {
		s.t.Errorf("%s is %s, but the answer said %s", name, u.UID, uid)
	}
	return person{User: u, Password: password}
}

func TestWekanScriptReportsFailedLogins(t *testing.T) {
	t.Parallel()
	eachRoot(t, "/wekan", func(_ *testing.T, s *server, base string) {
		ben, off := s.member("ben", 0, 0), s.member("off", 0, 0)
		_, err := s.App.Directory.BlockUser(s.t.Context(), directory.Operator(), off.ID)
		s.must(err)
		wrong, nobody := ben, ben
		wrong.Password, nobody.Username = "not the password", "nobody"
		for _, row := range []struct {
			who    person
			status int
			body   document
		}{
			{wrong, 401, document{"error": "login-failed", "reason": "Incorrect username, email address or password."}},
			{nobody, 401, document{"error": "login-failed", "reason": "Incorrect username, email address or password."}},
			{off, 400, document{"error": 403, "reason": "Login forbidden"}},
		} {
			s.same(document{"login": document{"status": row.status, "content_type": "application/json", "body": row.body}},
				s.drive(row.who, "wekan_api.py", base+"/", "user"))
		}
	})
}

// raised is an exception with the HTTP status that it names, nil for none.
func raised(name string, status any) document { return document{"raised": name, "status": status} }

// pythonPerson returns a user as python-wekan represents it. The time of the last change can have
// any value.
func pythonPerson(u directory.User, admin bool) document {
	const iso = "2006-01-02T15:04:05.000000+00:00"
	at := func(t time.Time) string { return t.UTC().Truncate(time.Millisecond).Format(iso) }
	return document{
		"id": u.UID, "username": u.Username, "created_at": at(u.CreatedAt), "modified_at": at(u.UpdatedAt), "services": document{},
		"emails":  []any{document{"address": u.Primary().Address, "verified": admin}}, // the operator vouches for administrators
		"profile": document{}, "authentication_method": "password", "session_data": document{}, "boards": []any{}, "is_admin": admin,
	}
}

// TestPythonWekanClientWorks: where errors hide behind status 200, as
// in Wekan, the client stumbles over the missing _id; where they have their own
// status, it knows what they mean.
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
				s.nameless("waits@people.example")
				got := s.drive(root, "python_wekan.py", s.URL+at)
				s.same(with(s.throughPython(root, ben, got), refused), got)
			})
		}
	}
}

// nameless makes a user without a username, as an open invitation of Codebase does. A
// client that wants one in each row of the list gets the address.
func (s *server) nameless(address string) {
	s.t.Helper()
	_, err := s.App.Directory.CreateUser(s.t.Context(), directory.Operator(), directory.NewUser{Email: address, Limits: directory.DefaultLimits()})
	s.must(err)
}

// throughPython is what both settings have in common.
func (s *server) throughPython(root, ben person, got document) document {
	s.t.Helper()
	added := document{
		"id":          s.text(`[23456789A-HJ-NP-TWXYZa-km-z]{17}`, got, "added", "id"),
		"username":    "py-newcomer",
		"created_at":  s.recent(time.RFC3339, got, "added", "created_at"),
		"modified_at": got["added"].(document)["created_at"],
		"services":    document{}, "emails": []any{document{"address": "py-newcomer@example.com", "verified": false}},
		"profile": document{}, "authentication_method": "password", "session_data": document{}, "boards": []any{}, "is_admin": false,
	}
	me := pythonPerson(root.User, true)
	held, err := s.App.Directory.UserByEmail(s.t.Context(), directory.Operator(), "waits@people.example")
	s.must(err)
	held.Username = "waits@people.example"
	waiting := pythonPerson(held, false)
	return document{
		"user_id": root.UID, "current": me, "users": []any{me, pythonPerson(ben.User, false), waiting}, "boards": []any{},
		"refused_login": raised("WekanAuthenticationError", 401), "edited": raised("WekanNotFoundError", 404),
		"added": added, "found": added, "boards_of_added": []any{}, "added_logs_in": added["id"],
		"users_at_the_end": []any{"root", "ben", "waits@people.example"},
	}
}
