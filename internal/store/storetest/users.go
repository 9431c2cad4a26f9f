package storetest

import (
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

func userTests() []contractTest {
	return []contractTest{
		{"a user is read as written, with addresses and identities", userRoundTrip},
		{"a user of zero values is read as written", bareUser},
		{"invalid text is stored and compared as U+FFFD", invalidText},
		{"a changed user is read as changed", userChange},
		{"users are found by each of their identifiers", userLookups},
		{"owners of usernames and addresses are found without regard to case", ownersIgnoreCase},
		{"users read in bulk equal those read one by one", readTogether},
		{"usernames and addresses are compared without regard to case", folding},
		{"users without usernames do not conflict", noUsernames},
		{"a conflict names its field", userConflicts},
		{"a user has one primary address", onePrimary},
		{"an address needs a user", strayAddress},
		{"a missing user is not found", absentUser},
		{"a password counts its changes but not its upgrades", passwords},
		{"an identity at a provider replaces the one before", identities},
		{"the identity last written through GitLab's API is stored and not looked up", writtenIdentities},
		{"only active administrators are counted", activeAdmins},
		{"only active administrators with a usable credential are counted", loginAdmins},
		{"the last use of a credential is stored and never moves back", touch},
		{"ids are not reused", idsStay},
		{"domains of primary addresses are counted, the most common first", domainsCounted},
	}
}

func fullUser() model.User {
	at := sampleTime()
	return model.User{
		UID: "Xk3bN7cQ9vR2tY5wZ", Username: "Ada.L", Names: model.Names{Name: "Ada King Lovelace", GivenName: "Ada King", FamilyName: "Lovelace"},
		State: model.Blocked, Admin: true,
		Profile: model.Profile{
			Bio: "wrote the\nfirst one", Skype: "ada", LinkedIn: "in/ada", Twitter: "@ada",
			WebsiteURL: "https://ada.example", Company: "Analytical", TimeZone: "London",
		},
		Limits:    model.Limits{ThemeID: 3, ColorSchemeID: 4, ProjectsLimit: 5, CanCreateGroup: true},
		CreatedAt: at, UpdatedAt: at.Add(time.Microsecond), ActivatedAt: at.Add(time.Second), LastActivity: at.Add(time.Hour),
	}
}

func userRoundTrip(f fixture) {
	u := fullUser()
	f.update(func(tx model.Writer) error {
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		spare := model.Email{User: u.ID, Address: "Spare@Example.org", Verified: true, PreviousPrimary: true, CreatedAt: sampleTime()}
		primary := model.Email{User: u.ID, Address: "Ada@Example.org", Primary: true, Verified: true, CreatedAt: sampleTime()}
		for _, e := range []*model.Email{&spare, &primary} {
			if err := tx.AddEmail(e); err != nil {
				return err
			}
		}
		u.Emails = []model.Email{primary, spare}
		u.Identities = []model.Identity{
			{User: u.ID, Provider: "github", ExternalUID: "17"}, {User: u.ID, Provider: "ldap", ExternalUID: "cn=Ada"},
		}
		for _, i := range u.Identities {
			if err := tx.PutIdentity(i); err != nil {
				return err
			}
		}
		return nil
	})
	f.wantUser(u)
	f.wantEqual("in the list", readValue(f, allUsers), []model.User{u})
}

func (f fixture) wantUser(want model.User) {
	f.Helper()
	f.wantEqual("user", readValue(f, func(tx model.Reader) (model.User, error) { return tx.User(want.ID) }), want)
}

func bareUser(f fixture) {
	u := model.User{UID: "uid", State: model.Invited}
	f.update(func(tx model.Writer) error { return tx.AddUser(&u) })
	f.wantUser(u)
}

func invalidText(f fixture) {
	u := f.user("ada")
	u.Bio, u.Company = "a\x00b\xff\xfe", "plain \uFFFD"
	f.update(func(tx model.Writer) error { return tx.ChangeUser(u) })
	u.Bio = "a\uFFFDb\uFFFD"
	f.wantUser(u)
	wantNotFound(f, "name with NUL", func(tx model.Reader) (model.User, error) { return tx.UserByUsername("ada\x00") })
	f.wantList("search for no text", model.UserFilter{Search: "\xff\x00"}, model.Visibility{All: true})
	f.update(func(tx model.Writer) error {
		return tx.PutThrottle(throttle.Counter{Key: "name:\xff", Failures: 3})
	})
	t := readValue(f, func(tx model.Reader) (throttle.Counter, error) { return tx.Throttle("name:\xff") })
	f.wantEqual("failures", t.Failures, 3)
}

func userChange(f fixture) {
	before := f.user("ada")
	after := fullUser()
	after.ID, after.Emails = before.ID, before.Emails
	f.update(func(tx model.Writer) error { return tx.ChangeUser(after) })
	f.wantUser(after)
	email := before.Emails[0]
	email.Address, email.Verified, email.PreviousPrimary, email.CreatedAt = "ADA@example.com", true, true, sampleTime().Add(time.Minute)
	f.update(func(tx model.Writer) error { return tx.ChangeEmail(email) })
	after.Emails = []model.Email{email}
	f.wantUser(after)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.ChangeUser(newUser("nobody")) }), fault.NotFound)
	other := f.user("bea")
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		stolen := email
		stolen.User = other.ID
		return tx.ChangeEmail(stolen)
	}), fault.NotFound)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		return tx.ChangeEmail(model.Email{ID: 99, User: before.ID, Address: "x@example.org"})
	}), fault.NotFound)
}

func userLookups(f fixture) {
	u := f.user("Ada")
	f.user("bea")
	f.update(func(tx model.Writer) error {
		return tx.PutIdentity(model.Identity{User: u.ID, Provider: "ldap", ExternalUID: "cn=Ada"})
	})
	for name, find := range map[string]func(model.Reader) (model.User, error){
		"uid":      func(tx model.Reader) (model.User, error) { return tx.UserByUID(u.UID) },
		"username": func(tx model.Reader) (model.User, error) { return tx.UserByUsername("aDA") },
		"address":  func(tx model.Reader) (model.User, error) { return tx.UserByEmail("ADA@EXAMPLE.ORG") },
		"identity": func(tx model.Reader) (model.User, error) { return tx.UserByIdentity("ldap", "cn=Ada") },
	} {
		f.wantEqual("by "+name, readValue(f, find).ID, u.ID)
	}
	wantNotFound(f, "identity in other case", func(tx model.Reader) (model.User, error) { return tx.UserByIdentity("ldap", "cn=ada") })
	wantNotFound(f, "identity elsewhere", func(tx model.Reader) (model.User, error) { return tx.UserByIdentity("saml", "cn=Ada") })
}

func folding(f fixture) {
	for _, pair := range [][2]string{
		{"Émile", "éMILE"}, {"Zoé", "ZOE\u0301"}, {"Strauß", "STRAUSS"}, {"İpek", "i\u0307PEK"}, {"ΣΟΦΟΣ", "σοφος"},
	} {
		u := f.user(pair[0])
		found := readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByUsername(pair[1]) })
		f.wantEqual("username as given", found.Username, pair[0])
		f.wantEqual("address as given", found.Primary().Address, pair[0]+"@example.org")
		found = readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail(pair[1] + "@EXAMPLE.org") })
		f.wantEqual("by address", found.ID, u.ID)
		second := newUser(pair[1])
		second.UID = "second" + pair[1]
		f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.AddUser(&second) }), "username")
	}
	wantNotFound(f, "dotless name", func(tx model.Reader) (model.User, error) { return tx.UserByUsername("ipek") })
}

func noUsernames(f fixture) {
	f.update(func(tx model.Writer) error {
		for _, uid := range []string{"one", "two"} {
			if err := tx.AddUser(&model.User{UID: uid, State: model.Invited}); err != nil {
				return err
			}
		}
		return nil
	})
	f.wantEqual("users", readValue(f, userPage).Total, 2)
	wantNotFound(f, "empty username", func(tx model.Reader) (model.User, error) { return tx.UserByUsername("") })
}

func userConflicts(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	f.update(func(tx model.Writer) error {
		return tx.PutIdentity(model.Identity{User: ada.ID, Provider: "ldap", ExternalUID: "7"})
	})
	for field, attempts := range map[string][]func(tx model.Writer) error{
		"username": {
			func(tx model.Writer) error { u := newUser("x"); u.Username = "ADA"; return tx.AddUser(&u) },
			func(tx model.Writer) error { u := bea; u.Username = "Ada"; return tx.ChangeUser(u) },
		},
		"uid": {
			func(tx model.Writer) error { u := newUser("x"); u.UID = ada.UID; return tx.AddUser(&u) },
			func(tx model.Writer) error { u := bea; u.UID = ada.UID; return tx.ChangeUser(u) },
		},
		"email": {
			func(tx model.Writer) error {
				return tx.AddEmail(&model.Email{User: bea.ID, Address: "ADA@example.org"})
			},
			func(tx model.Writer) error {
				e := bea.Emails[0]
				e.Address = "Ada@Example.ORG"
				return tx.ChangeEmail(e)
			},
		},
		"extern_uid": {
			func(tx model.Writer) error {
				return tx.PutIdentity(model.Identity{User: bea.ID, Provider: "ldap", ExternalUID: "7"})
			},
		},
	} {
		for _, attempt := range attempts {
			f.wantConflict(f.failedUpdate(attempt), field)
		}
	}
}

func onePrimary(f fixture) {
	u := f.user("ada")
	other := f.user("bea").ID
	f.update(func(tx model.Writer) error { return tx.DropEmail(other, u.Emails[0].ID) })
	f.wantUser(u)
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error {
		return tx.AddEmail(&model.Email{User: u.ID, Address: "other@example.org", Primary: true})
	}), "primary")
}

func strayAddress(f fixture) {
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		return tx.AddEmail(&model.Email{User: 99, Address: "stray@example.org"})
	}), fault.NotFound)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error {
		return tx.PutIdentity(model.Identity{User: 99, Provider: "ldap", ExternalUID: "1"})
	}), fault.NotFound)
}

func absentUser(f fixture) {
	for name, find := range map[string]func(model.Reader) (model.User, error){
		"id":       func(tx model.Reader) (model.User, error) { return tx.User(7) },
		"uid":      func(tx model.Reader) (model.User, error) { return tx.UserByUID("x") },
		"username": func(tx model.Reader) (model.User, error) { return tx.UserByUsername("x") },
		"address":  func(tx model.Reader) (model.User, error) { return tx.UserByEmail("x") },
		"identity": func(tx model.Reader) (model.User, error) { return tx.UserByIdentity("x", "y") },
	} {
		wantNotFound(f, name, find)
	}
	wantNotFound(f, "password", func(tx model.Reader) (model.Password, error) { return tx.PasswordOf(7) })
	f.wantEqual("list", readValue(f, userPage), model.Page[model.UserID]{})
	f.update(func(tx model.Writer) error { return tx.DropUser(7) })
	f.update(func(tx model.Writer) error { return tx.DropEmail(7, 7) })
	f.update(func(tx model.Writer) error { return tx.DropIdentity(7, "x") })
}

func passwords(f fixture) {
	u := f.user("ada")
	password := func(tx model.Reader) (model.Password, error) { return tx.PasswordOf(u.ID) }
	f.wantEqual("at first", readValue(f, password), model.Password{})
	f.update(func(tx model.Writer) error { return tx.PutPassword(u.ID, "hash one") })
	f.wantEqual("set", readValue(f, password), model.Password{Hash: "hash one", Version: 1})
	f.update(func(tx model.Writer) error { return tx.UpgradePassword(u.ID, "hash two") })
	f.wantEqual("upgraded", readValue(f, password), model.Password{Hash: "hash two", Version: 1})
	u.HasPassword = true
	f.wantUser(u)
	u.Name = "renamed"
	f.update(func(tx model.Writer) error { return tx.ChangeUser(u) })
	f.wantUser(u)
	f.update(func(tx model.Writer) error { return tx.PutPassword(u.ID, "") })
	f.wantEqual("taken away", readValue(f, password), model.Password{Version: 2})
	u.HasPassword = false
	f.wantUser(u)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.PutPassword(99, "x") }), fault.NotFound)
}

func identities(f fixture) {
	u := f.user("ada")
	for _, uid := range []string{"1", "2"} {
		f.update(func(tx model.Writer) error {
			return tx.PutIdentity(model.Identity{User: u.ID, Provider: "ldap", ExternalUID: uid})
		})
	}
	u.Identities = []model.Identity{{User: u.ID, Provider: "ldap", ExternalUID: "2"}}
	f.wantUser(u)
	f.update(func(tx model.Writer) error { return tx.DropIdentity(u.ID, "ldap") })
	u.Identities = nil
	f.wantUser(u)
}

// writtenIdentities are fields of the user: no lookup finds them, and they are not
// unique.
func writtenIdentities(f fixture) {
	for i, written := range []model.LastIdentity{{Provider: "ldap"}, {ExternalUID: "7"}, {ExternalUID: "7"}, {}} {
		u := f.user(string(rune('a' + i)))
		u.LastIdentity = written
		f.update(func(tx model.Writer) error { return tx.ChangeUser(u) })
		f.wantUser(u)
		added := model.User{UID: string(rune('p' + i)), State: model.Active, LastIdentity: written, CreatedAt: sampleTime(), UpdatedAt: sampleTime()}
		f.update(func(tx model.Writer) error { return tx.AddUser(&added) })
		f.wantUser(added)
	}
	for _, id := range []model.Identity{{Provider: "ldap"}, {ExternalUID: "7"}, {Provider: "ldap", ExternalUID: "7"}} {
		wantNotFound(f, "half of an identity", func(tx model.Reader) (model.User, error) {
			return tx.UserByIdentity(id.Provider, id.ExternalUID)
		})
	}
}

func activeAdmins(f fixture) {
	f.update(func(tx model.Writer) error {
		for i, state := range []model.State{model.Active, model.Active, model.Blocked, model.Invited} {
			u := model.User{UID: string(rune('a' + i)), State: state, Admin: i != 1}
			if err := tx.AddUser(&u); err != nil {
				return err
			}
		}
		return nil
	})
	f.wantEqual("administrators", readValue(f, model.Reader.ActiveAdmins), 1)
}

func loginAdmins(f fixture) {
	ids := map[string]model.UserID{}
	f.update(func(tx model.Writer) error {
		for _, one := range []struct {
			name  string
			state model.State
			admin bool
			robot bool
			hash  string
		}{
			{"one", model.Active, true, false, "hash"},
			{"two", model.Active, true, false, "hash"},
			{"no administrator", model.Active, false, false, "hash"},
			{"blocked", model.Blocked, true, false, "hash"},
			{"service", model.Active, true, true, "hash"},
			{"passwordless", model.Active, true, false, ""},
		} {
			u := model.User{UID: one.name, State: one.state, Admin: one.admin, Service: one.robot}
			if err := tx.AddUser(&u); err != nil {
				return err
			}
			if err := tx.PutPassword(u.ID, one.hash); err != nil {
				return err
			}
			ids[one.name] = u.ID
		}
		return nil
	})
	besides := func(id model.UserID) int {
		return readValue(f, func(tx model.Reader) (int, error) { return tx.LoginAdmins(id) })
	}
	f.wantEqual("all", besides(0), 2)
	f.wantEqual("without one of them", besides(ids["one"]), 1)
	f.wantEqual("without another", besides(ids["blocked"]), 2)
}

func touch(f fixture) {
	u := f.user("ada")
	token := model.AccessToken{Owner: u.ID, Name: "t"}
	session := model.Session{User: u.ID, Kind: model.WekanLogin}
	f.update(func(tx model.Writer) error {
		if err := tx.AddToken(&token, []byte("t")); err != nil {
			return err
		}
		if err := tx.PutAPIKey(model.APIKey{Owner: u.ID, Lookup: []byte("l"), Sealed: []byte("s")}); err != nil {
			return err
		}
		return tx.AddSession(&session, []byte("s"))
	})
	seen := func(at time.Time) []model.LastUse {
		return []model.LastUse{
			{User: u.ID, Credential: model.ByAccessToken, ID: int64(token.ID), At: at},
			{User: u.ID, Credential: model.BySession, ID: int64(session.ID), At: at},
			{User: u.ID, Credential: model.ByAPIKey, At: at},
			{User: 99, Credential: model.ByAccessToken, ID: 99, At: at}, // deleted in the meantime
		}
	}
	f.update(func(tx model.Writer) error { return tx.RecordLastUse(seen(sampleTime())) })
	f.update(func(tx model.Writer) error { return tx.RecordLastUse(seen(sampleTime().Add(-time.Hour))) })
	token.LastUsedAt, session.LastUsedAt, u.LastActivity = sampleTime(), sampleTime(), sampleTime()
	f.wantUser(u)
	f.read(func(tx model.Reader) error {
		tokens, err := tx.Tokens(u.ID)
		f.wantEqual("tokens", tokens, []model.AccessToken{token})
		if err != nil {
			return err
		}
		sessions, err := tx.Sessions(u.ID)
		f.wantEqual("sessions", sessions, []model.Session{session})
		if err != nil {
			return err
		}
		key, err := tx.APIKeyOf(u.ID)
		f.wantEqual("last use of the key", key.LastUsedAt, sampleTime())
		return err
	})
}

func idsStay(f fixture) {
	first := f.user("ada")
	f.update(func(tx model.Writer) error { return tx.DropUser(first.ID) })
	second := f.user("ada")
	if second.ID <= first.ID || second.Emails[0].ID <= first.Emails[0].ID {
		f.Errorf("ids came again: %d after %d, address %d after %d", second.ID, first.ID, second.Emails[0].ID, first.Emails[0].ID)
	}
	org := f.organization("One")
	f.update(func(tx model.Writer) error { return tx.DropOrganization(org.ID) })
	if next := f.organization("One"); next.ID <= org.ID {
		f.Errorf("organization %d after %d", next.ID, org.ID)
	}
}

func domainsCounted(f fixture) {
	f.wantEqual("domains", readValue(f, model.Reader.Domains), []model.DomainCount(nil))
	for name, address := range map[string]string{
		"ada": "ada@b.example", "ben": "ben@B.example", "cid": "cid@c.example", "dan": "dan@a.example", "eve": `"e@v e"@sub.a.example`,
	} {
		f.update(func(tx model.Writer) error {
			u, err := addUser(tx, newUser(name), address)
			if err != nil {
				return err
			}
			return tx.AddEmail(&model.Email{User: u.ID, Address: name + "@further.example"})
		})
	}
	f.update(func(tx model.Writer) error {
		u := newUser("without")
		return tx.AddUser(&u)
	})
	f.wantEqual("domains", readValue(f, model.Reader.Domains), []model.DomainCount{
		{Domain: "b.example", Users: 2}, {Domain: "a.example", Users: 1}, {Domain: "c.example", Users: 1}, {Domain: "sub.a.example", Users: 1},
	})
}
