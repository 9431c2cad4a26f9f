package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

func credentialTests() []contractTest {
	return []contractTest{
		{"an SSH key is read as written", keyRoundTrip},
		{"an SSH key belongs to one user", keyConflict},
		{"a token is read as written and found by its hash", tokenRoundTrip},
		{"a token is revoked once", revocation},
		{"valid tokens are counted, and those that ended long ago deleted", endedTokens},
		{"tokens, invitations and links that ended long ago are deleted in batches", dropEnded},
		{"an API key replaces the one before", apiKeyRoundTrip},
		{"API keys are listed by owner, page by page", apiKeyList},
		{"a session is read as written and found by its hash", sessionRoundTrip},
		{"a throttle counts until it is deleted", throttleCounter},
		{"passwords with legacy hashes are listed", legacyHashes},
		{"throttles are found and deleted by a prefix of their keys", throttlesUnder},
		{"a key check replaces the one before", keyCheck},
		{"only records that have ended are deleted by expiry", expire},
		{"expired records are deleted in batches", expireInBatches},
		{"sign-ups without an address are listed when their link has expired", expiredSignUps},
		{"credentials need an owner", strayCredential},
	}
}

func sampleKey(owner model.UserID) model.SSHKey {
	return model.SSHKey{
		Owner: owner, Title: "laptop", Public: "ssh-ed25519 AAAA", Comment: "ada@laptop", Fingerprint: "SHA256:aaa", Type: "ssh-ed25519",
		Bits: 256, Usage: model.SigningOnly, CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour), LastUsedAt: sampleTime().Add(time.Minute),
	}
}

func keyRoundTrip(f fixture) {
	u := f.user("ada")
	k := sampleKey(u.ID)
	bare := model.SSHKey{Owner: u.ID, Fingerprint: "SHA256:bbb", Usage: model.AuthOnly}
	f.update(func(tx model.Writer) error {
		if err := tx.AddKey(&k); err != nil {
			return err
		}
		return tx.AddKey(&bare)
	})
	byID := func(tx model.Reader) (model.SSHKey, error) { return tx.Key(k.ID) }
	f.wantEqual("key", readValue(f, byID), k)
	f.wantEqual("by fingerprint", readValue(f, func(tx model.Reader) (model.SSHKey, error) { return tx.KeyByFingerprint(k.Fingerprint) }), k)
	f.wantEqual("keys", readValue(f, func(tx model.Reader) ([]model.SSHKey, error) { return tx.Keys(u.ID) }), []model.SSHKey{k, bare})
	other := f.user("bea").ID
	f.update(func(tx model.Writer) error { return tx.DropKey(other, k.ID) })
	f.wantEqual("key after another dropped it", readValue(f, byID), k)
	f.update(func(tx model.Writer) error { return tx.DropKey(u.ID, k.ID) })
	wantNotFound(f, "key", byID)
}

func keyConflict(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	k := sampleKey(ada.ID)
	f.update(func(tx model.Writer) error { return tx.AddKey(&k) })
	again := sampleKey(bea.ID)
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.AddKey(&again) }), "key")
}

func tokenRoundTrip(f fixture) {
	u := f.user("ada")
	t := model.AccessToken{
		Owner: u.ID, Name: "script", Scopes: model.Scopes{model.ScopeReadUser, model.ScopeSudo},
		CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour), LastUsedAt: sampleTime().Add(time.Minute), RevokedAt: sampleTime().Add(time.Second),
	}
	bare := model.AccessToken{Owner: u.ID, Name: "bare"}
	f.update(func(tx model.Writer) error {
		if err := tx.AddToken(&t, []byte{0, 1, 255}); err != nil {
			return err
		}
		return tx.AddToken(&bare, []byte("other"))
	})
	f.wantEqual("token", readValue(f, func(tx model.Reader) (model.AccessToken, error) { return tx.Token(t.ID) }), t)
	f.wantEqual("by hash", readValue(f, func(tx model.Reader) (model.AccessToken, error) { return tx.TokenByHash([]byte{0, 1, 255}) }), t)
	f.wantEqual("tokens", readValue(f, func(tx model.Reader) ([]model.AccessToken, error) { return tx.Tokens(u.ID) }), []model.AccessToken{t, bare})
	wantNotFound(f, "hash", func(tx model.Reader) (model.AccessToken, error) { return tx.TokenByHash([]byte{0, 1}) })
	wantNotFound(f, "token", func(tx model.Reader) (model.AccessToken, error) { return tx.Token(99) })
}

func revocation(f fixture) {
	u := f.user("ada")
	var tokens [2]model.AccessToken
	f.update(func(tx model.Writer) error {
		for i := range tokens {
			tokens[i] = model.AccessToken{Owner: u.ID, Name: "t"}
			if err := tx.AddToken(&tokens[i], []byte{byte(i)}); err != nil {
				return err
			}
		}
		return tx.RevokeToken(u.ID, tokens[0].ID, sampleTime())
	})
	f.update(func(tx model.Writer) error {
		return tx.RevokeToken(u.ID, tokens[0].ID, sampleTime().Add(time.Hour))
	})
	f.update(func(tx model.Writer) error { return tx.RevokeTokens(u.ID, sampleTime().Add(time.Minute)) })
	tokens[0].RevokedAt, tokens[1].RevokedAt = sampleTime(), sampleTime().Add(time.Minute)
	f.wantEqual("tokens", readValue(f, func(tx model.Reader) ([]model.AccessToken, error) { return tx.Tokens(u.ID) }), tokens[:])
	other := f.user("bea").ID
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.RevokeToken(other, tokens[0].ID, sampleTime()) }), fault.NotFound)
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.RevokeToken(u.ID, 99, sampleTime()) }), fault.NotFound)
}

func endedTokens(f fixture) {
	u, other, now := f.user("ada"), f.user("bea"), sampleTime()
	tokens := []model.AccessToken{
		{Owner: u.ID, Name: "revoked", RevokedAt: now},
		{Owner: u.ID, Name: "live"},
		{Owner: u.ID, Name: "expired", ExpiresAt: now},
		{Owner: u.ID, Name: "lives on", ExpiresAt: now.Add(time.Microsecond)},
		{Owner: u.ID, Name: "both", ExpiresAt: now.Add(-time.Hour), RevokedAt: now},
		{Owner: other.ID, Name: "of another", RevokedAt: now},
	}
	f.update(func(tx model.Writer) error {
		for i := range tokens {
			if err := tx.AddToken(&tokens[i], []byte{byte(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	f.wantEqual("live", readValue(f, func(tx model.Reader) (int, error) { return tx.LiveTokens(u.ID, now) }), 2)
	f.wantEqual("live of another", readValue(f, func(tx model.Reader) (int, error) { return tx.LiveTokens(other.ID, now) }), 0)
	for _, c := range []struct{ keep, left int }{{3, 5}, {2, 4}, {2, 4}, {0, 2}} {
		f.update(func(tx model.Writer) error { return tx.DropEndedTokens(u.ID, now, c.keep) })
		f.wantEqual("left", len(readValue(f, func(tx model.Reader) ([]model.AccessToken, error) { return tx.Tokens(u.ID) })), c.left)
	}
	f.wantEqual("of another", len(readValue(f, func(tx model.Reader) ([]model.AccessToken, error) { return tx.Tokens(other.ID) })), 1)
}

// endedRows adds a row of each kind that can end, for each of ends.
func endedRows(f fixture, user model.User, org model.OrgID, ends map[string]time.Time) {
	f.Helper()
	f.update(func(tx model.Writer) error {
		for name, at := range ends {
			revoked := model.AccessToken{Owner: user.ID, Name: "revoked " + name, RevokedAt: at, LastUsedAt: sampleTime()}
			expired := model.AccessToken{Owner: user.ID, Name: "expired " + name, ExpiresAt: at}
			accepted := model.Invitation{Org: org, Role: model.RoleMember, Email: "accepted " + name, AcceptedAt: at}
			withdrawn := model.Invitation{Org: org, Role: model.RoleMember, Email: "revoked " + name, RevokedAt: at}
			link := model.Link{Purpose: model.RevertEmail, User: user.ID, UsedAt: at}
			err := errors.Join(tx.AddToken(&revoked, []byte("r"+name)), tx.AddToken(&expired, []byte("e"+name)),
				tx.AddInvitation(&accepted, []byte("a"+name)), tx.AddInvitation(&withdrawn, []byte("w"+name)), tx.AddLink(&link, []byte("l"+name)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// endedRowsLeft counts the rows that endedRows added.
func endedRowsLeft(f fixture, user model.UserID, org model.OrgID) (n int) {
	f.Helper()
	f.read(func(tx model.Reader) error {
		tokens, err := tx.Tokens(user)
		if err != nil {
			return err
		}
		invitations, err := tx.Invitations(org, 0, 0)
		if err != nil {
			return err
		}
		links, err := tx.Links(user)
		n = len(tokens) + len(invitations) + len(links)
		return err
	})
	return n
}

func dropEnded(f fixture) {
	u, now := f.user("ada"), sampleTime()
	org := f.organization("Acme")
	endedRows(f, u, org.ID, map[string]time.Time{"long ago": now.Add(-time.Hour), "before": now.Add(-time.Microsecond), "now": now, "later": now.Add(time.Hour), "never": {}})
	expiredAndRevoked := model.AccessToken{Owner: u.ID, Name: "expired before it was revoked", ExpiresAt: now.Add(-time.Hour), RevokedAt: now.Add(time.Hour)}
	f.update(func(tx model.Writer) error { return tx.AddToken(&expiredAndRevoked, []byte("both")) })
	drop := func(limit int) (n int) {
		f.update(func(tx model.Writer) (err error) {
			n, err = tx.DropEnded(now, limit)
			return err
		})
		return n
	}
	f.wantEqual("rows", endedRowsLeft(f, u.ID, org.ID), 26)
	f.wantEqual("none within the limit", drop(0), 0)
	f.wantEqual("a batch", drop(4), 4)
	f.wantEqual("rows after a batch", endedRowsLeft(f, u.ID, org.ID), 22)
	f.wantEqual("the rest", drop(100), 7)
	f.wantEqual("nothing left", drop(100), 0)
	f.wantEqual("rows after all", endedRowsLeft(f, u.ID, org.ID), 15)
	for _, name := range []string{"now", "later", "never"} {
		f.wantEqual("revoked "+name, present(f, func(tx model.Reader) error { _, err := tx.TokenByHash([]byte("r" + name)); return err }), true)
		f.wantEqual("used "+name, present(f, func(tx model.Reader) error { _, err := tx.LinkByHash([]byte("l" + name)); return err }), true)
	}
	f.wantEqual("before", present(f, func(tx model.Reader) error { _, err := tx.InvitationByHash([]byte("abefore")); return err }), false)
}

func apiKeyRoundTrip(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	k := model.APIKey{Owner: ada.ID, Lookup: []byte("one"), Sealed: []byte{0, 7}, KeyID: "k1", CreatedAt: sampleTime(), LastUsedAt: sampleTime()}
	put := func(k model.APIKey) func(model.Writer) error {
		return func(tx model.Writer) error { return tx.PutAPIKey(k) }
	}
	of := func(tx model.Reader) (model.APIKey, error) { return tx.APIKeyOf(ada.ID) }
	by := func(lookups ...string) func(tx model.Reader) (model.APIKey, error) {
		var all [][]byte
		for _, l := range lookups {
			all = append(all, []byte(l))
		}
		return func(tx model.Reader) (model.APIKey, error) { return tx.APIKeyByLookup(all) }
	}
	f.update(put(k))
	f.wantEqual("of its owner", readValue(f, of), k)
	f.wantEqual("by any lookup", readValue(f, by("none", "one")), k)
	k = model.APIKey{Owner: ada.ID, Lookup: []byte("two"), Sealed: []byte("s"), KeyID: "k2"}
	f.update(put(k))
	f.wantEqual("replaced", readValue(f, by("two")), k)
	wantNotFound(f, "former key", by("one"))
	wantNotFound(f, "no lookup", by())
	of2 := func(tx model.Reader) ([]model.APIKey, error) {
		return tx.APIKeysOf([]model.UserID{ada.ID, bea.ID, 99})
	}
	for range 2 { // the second time from a cache, if there is one
		f.wantEqual("of several owners", readValue(f, of2), []model.APIKey{k})
	}
	f.wantEqual("of no owners", len(readValue(f, func(tx model.Reader) ([]model.APIKey, error) { return tx.APIKeysOf(nil) })), 0)
	f.wantConflict(f.failedUpdate(put(model.APIKey{Owner: bea.ID, Lookup: []byte("two"), Sealed: []byte("s")})), "api_key")
	other := model.APIKey{Owner: bea.ID, Lookup: []byte("three"), Sealed: []byte("s")}
	f.update(put(other))
	f.wantEqual("of both owners", readValue(f, of2), []model.APIKey{k, other})
	f.update(func(tx model.Writer) error { return tx.DropAPIKey(ada.ID) })
	f.wantEqual("of the owner that is left", readValue(f, of2), []model.APIKey{other})
	wantNotFound(f, "dropped key", of)
}

func apiKeyList(f fixture) {
	var want []model.UserID
	for _, name := range []string{"ada", "bea", "cid"} {
		u := f.user(name)
		want = append(want, u.ID)
		f.update(func(tx model.Writer) error {
			return tx.PutAPIKey(model.APIKey{Owner: u.ID, Lookup: []byte(name), Sealed: []byte(name)})
		})
	}
	var got []model.UserID
	for after := model.UserID(0); ; after = got[len(got)-1] {
		keys := readValue(f, func(tx model.Reader) ([]model.APIKey, error) { return tx.APIKeys(after, 2) })
		if len(keys) == 0 {
			break
		}
		for _, k := range keys {
			got = append(got, k.Owner)
		}
	}
	f.wantEqual("owners", got, want)
}

func sessionRoundTrip(f fixture) {
	u, org := f.user("ada"), f.organization("One")
	s := model.Session{
		User: u.ID, Kind: model.PM415Login, Org: org.ID, CreatedAt: sampleTime(), LastUsedAt: sampleTime().Add(time.Second),
		ExpiresAt: sampleTime().Add(time.Hour), PasswordVerifiedAt: sampleTime().Add(time.Minute), InheritsExpiry: true, Address: "192.0.2.1", Agent: "curl",
	}
	bare := model.Session{User: u.ID, Kind: model.ConsoleLogin}
	f.update(func(tx model.Writer) error {
		if err := tx.AddSession(&s, []byte("one")); err != nil {
			return err
		}
		return tx.AddSession(&bare, []byte("two"))
	})
	by := func(tx model.Reader) (model.Session, error) { return tx.SessionByHash([]byte("one")) }
	of := func(tx model.Reader) ([]model.Session, error) { return tx.Sessions(u.ID) }
	f.wantEqual("by hash", readValue(f, by), s)
	f.wantEqual("of the user", readValue(f, of), []model.Session{s, bare})
	other := f.user("bea").ID
	byID := func(owner model.UserID) func(model.Reader) (model.Session, error) {
		return func(tx model.Reader) (model.Session, error) { return tx.Session(owner, s.ID) }
	}
	f.wantEqual("by id", readValue(f, byID(u.ID)), s)
	wantNotFound(f, "session of another user", byID(other))
	f.update(func(tx model.Writer) error { return tx.DropSession(other, s.ID) })
	f.wantEqual("after another dropped it", readValue(f, by), s)
	f.update(func(tx model.Writer) error { return tx.DropSession(u.ID, s.ID) })
	wantNotFound(f, "dropped session", by)
	f.update(func(tx model.Writer) error { return tx.DropSessions(u.ID) })
	f.wantEqual("none", readValue(f, of), []model.Session{})
}

func throttleCounter(f fixture) {
	get := func(tx model.Reader) (throttle.Counter, error) { return tx.Throttle("account:ada") }
	f.wantEqual("at first", readValue(f, get), throttle.Counter{})
	t := throttle.Counter{Key: "account:ada", Failures: 1, Since: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.PutThrottle(t) })
	f.wantEqual("counted", readValue(f, get), t)
	t.Failures, t.Until = 2, sampleTime().Add(time.Minute)
	f.update(func(tx model.Writer) error { return tx.PutThrottle(t) })
	f.wantEqual("locked", readValue(f, get), t)
	f.update(func(tx model.Writer) error { return tx.DropThrottle(t.Key) })
	f.wantEqual("dropped", readValue(f, get), throttle.Counter{})
}

func legacyHashes(f fixture) {
	stored := []string{"$argon2id$v=19$m=64,t=1,p=1$YWJjZGVmZ2g$YWJjZGVmZ2hpamtsbW5vcA", "$2b$04$one", "", "$pm415$two", "$argon2i$three"}
	var users []model.UserID
	for i, hash := range stored {
		u := f.user(fmt.Sprint("user", i))
		users = append(users, u.ID)
		f.update(func(tx model.Writer) error { return tx.PutPassword(u.ID, hash) })
	}
	want := []model.ForeignHash{{User: users[1], Hash: stored[1]}, {User: users[3], Hash: stored[3]}, {User: users[4], Hash: stored[4]}}
	list := func(after model.UserID, limit int) []model.ForeignHash {
		return readValue(f, func(tx model.Reader) ([]model.ForeignHash, error) { return tx.ForeignHashes(after, limit) })
	}
	f.wantEqual("all", list(0, 10), want)
	f.wantEqual("a page", list(users[1], 1), want[1:2])
	f.update(func(tx model.Writer) error { return tx.UpgradePassword(users[3], stored[0]) })
	f.wantEqual("after an upgrade", list(users[1], 10), want[2:])
}

func throttlesUnder(f fixture) {
	all := map[string]throttle.Counter{}
	for i, key := range []string{"account:1", "account:1:", "account:1:all", "account:1:Z", "account:1:é", "account:12:all", "account:1;", "account:0:x"} {
		t := throttle.Counter{Key: key, Failures: i + 1, Since: sampleTime()}
		all[key] = t
		f.update(func(tx model.Writer) error { return tx.PutThrottle(t) })
	}
	under := func(tx model.Reader) ([]throttle.Counter, error) { return tx.ThrottlesUnder("account:1:") }
	f.wantEqual("under account:1:", readValue(f, under), []throttle.Counter{all["account:1:"], all["account:1:Z"], all["account:1:all"], all["account:1:é"]})
	some := func(tx model.Reader) (map[string]throttle.Counter, error) {
		return tx.Throttles([]string{"account:1:all", "absent", "account:12:all"})
	}
	f.wantEqual("by key", readValue(f, some), map[string]throttle.Counter{"account:1:all": all["account:1:all"], "account:12:all": all["account:12:all"]})
	f.wantEqual("by no key", len(readValue(f, func(tx model.Reader) (map[string]throttle.Counter, error) { return tx.Throttles(nil) })), 0)
	f.update(func(tx model.Writer) error { return tx.DropThrottles("account:1:") })
	f.wantEqual("after dropping", readValue(f, under), []throttle.Counter{})
	f.wantEqual("of others", readValue(f, some), map[string]throttle.Counter{"account:12:all": all["account:12:all"]})
}

func expire(f fixture) {
	u, now := f.user("ada"), sampleTime()
	past, future := now.Add(-time.Microsecond), now.Add(time.Microsecond)
	f.update(func(tx model.Writer) error {
		for name, end := range map[string]time.Time{"past": past, "now": now, "future": future} {
			s := model.Session{User: u.ID, Kind: model.WekanLogin, ExpiresAt: end}
			l := model.Link{Purpose: model.VerifyEmail, User: u.ID, ExpiresAt: end}
			if err := tx.AddSession(&s, []byte(name)); err != nil {
				return err
			}
			if err := tx.AddLink(&l, []byte(name)); err != nil {
				return err
			}
			if err := tx.PutThrottle(throttle.Counter{Key: name, Failures: 3, Since: past, Until: end}); err != nil {
				return err
			}
		}
		for name, since := range map[string]time.Time{"counting": now.Add(-time.Hour), "stale": now.Add(-48 * time.Hour)} {
			if err := tx.PutThrottle(throttle.Counter{Key: name, Failures: 3, Since: since}); err != nil {
				return err
			}
		}
		return expireAll(tx, now)
	})
	for name, stays := range map[string]bool{"past": false, "now": true, "future": true, "counting": true, "stale": false} {
		t := readValue(f, func(tx model.Reader) (throttle.Counter, error) { return tx.Throttle(name) })
		f.wantEqual("throttle "+name, t.Failures == 3, stays)
	}
	for name, stays := range map[string]bool{"past": false, "now": true, "future": true} {
		f.wantEqual("session "+name, present(f, func(tx model.Reader) error { _, err := tx.SessionByHash([]byte(name)); return err }), stays)
		f.wantEqual("link "+name, present(f, func(tx model.Reader) error { _, err := tx.LinkByHash([]byte(name)); return err }), stays)
	}
}

// expireAll is Expire without a limit that these tests reach.
func expireAll(tx model.Writer, now time.Time) error {
	for _, kind := range model.ExpiringKinds() {
		if _, err := tx.Expire(kind, now, 1000); err != nil {
			return err
		}
	}
	return nil
}

func expireInBatches(f fixture) {
	u, past := f.user("ada"), sampleTime().Add(-time.Hour)
	f.update(func(tx model.Writer) error {
		for i := range 5 {
			name := fmt.Sprint("name", i)
			s := model.Session{User: u.ID, Kind: model.WekanLogin, ExpiresAt: past}
			l := model.Link{Purpose: model.VerifyEmail, User: u.ID, ExpiresAt: past}
			err := errors.Join(tx.AddSession(&s, []byte(name)), tx.AddLink(&l, []byte(name)),
				tx.AddStoredResponse(model.StoredResponse{User: u.ID, Key: name, Request: []byte("r"), Sealed: []byte("s"), ReservedAt: past, ExpiresAt: past}),
				tx.ReserveName(model.ReservedName{Kind: model.UsernameKind, Name: name, Holder: 7, FreedAt: past, Until: past}))
			if err != nil {
				return err
			}
			if i < 3 {
				err = tx.PutThrottle(throttle.Counter{Key: name, Failures: 3, Since: past, Until: past})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for kind, batches := range map[model.ExpiringKind][]int{
		model.ExpiringSessions: {2, 2, 1, 0}, model.ExpiringLinks: {2, 2, 1, 0}, model.ExpiringResponses: {2, 2, 1, 0},
		model.ExpiringReservedNames: {2, 2, 1, 0}, model.ExpiringThrottles: {2, 1, 0}, model.ExpiringFailedMails: {0},
	} {
		for _, want := range batches {
			f.update(func(tx model.Writer) error {
				n, err := tx.Expire(kind, sampleTime(), 2)
				f.wantEqual("expired of the kind "+string(kind), n, want)
				return err
			})
		}
	}
	f.update(func(tx model.Writer) error {
		_, err := tx.Expire("unknown", sampleTime(), 2)
		f.wantEqual("unknown kind is an error", err != nil, true)
		return nil
	})
	f.wantEqual("links", len(readValue(f, func(tx model.Reader) ([]model.Link, error) { return tx.Links(u.ID) })), 0)
	f.wantEqual("sessions", len(readValue(f, func(tx model.Reader) ([]model.Session, error) { return tx.Sessions(u.ID) })), 0)
	f.wantEqual("throttles", len(readValue(f, func(tx model.Reader) ([]throttle.Counter, error) { return tx.ThrottlesUnder("name") })), 0)
}

// expiredSignUps leaves out users with an address, active ones, and blocked ones with a username: an
// administrator may have created those.
func expiredSignUps(f fixture) {
	now := sampleTime()
	add := func(name, username string, state model.State, links ...time.Time) model.UserID {
		u := newUser(name)
		u.Username, u.State = username, state
		f.update(func(tx model.Writer) error { return tx.AddUser(&u) })
		for i, end := range links {
			l := model.Link{Purpose: model.VerifyEmail, User: u.ID, Email: "ada@example.org", ExpiresAt: end}
			f.update(func(tx model.Writer) error { return tx.AddLink(&l, []byte(name+strconv.Itoa(i))) })
		}
		return u.ID
	}
	past, future := now.Add(-time.Hour), now.Add(time.Microsecond)
	want := []model.UserID{
		add("expired", "", model.Invited, past), add("expires now", "", model.Invited, past, now), add("without link", "", model.Invited),
		add("with username", "ada", model.Invited, past), add("blocked", "", model.Blocked),
	}
	add("live", "", model.Invited, past, future)
	add("live blocked", "", model.Blocked, future)
	add("active", "eve", model.Active)
	add("blocked with username", "bob", model.Blocked)
	was := newUser("was active")
	was.Username, was.State, was.ActivatedAt = "", model.Blocked, past
	addressed := newUser("addressed")
	addressed.Username, addressed.State = "", model.Invited
	f.update(func(tx model.Writer) error {
		if err := tx.AddUser(&was); err != nil {
			return err
		}
		_, err := addUser(tx, addressed, "bea@example.org")
		return err
	})
	list := func(limit int) []model.UserID {
		return readValue(f, func(tx model.Reader) ([]model.UserID, error) { return tx.ExpiredSignUps(now, limit) })
	}
	f.wantEqual("expired sign-ups", list(100), want)
	f.wantEqual("a batch", list(2), want[:2])
}

// present reports whether fn returns no NotFound error.
func present(f fixture, fn func(tx model.Reader) error) bool {
	f.Helper()
	found := true
	f.read(func(tx model.Reader) error {
		err := fn(tx)
		if fault.KindOf(err) == fault.NotFound && err != nil {
			found, err = false, nil
		}
		return err
	})
	return found
}

func strayCredential(f fixture) {
	for what, add := range map[string]func(tx model.Writer) error{
		"key":   func(tx model.Writer) error { k := sampleKey(99); return tx.AddKey(&k) },
		"token": func(tx model.Writer) error { return tx.AddToken(&model.AccessToken{Owner: 99}, []byte("h")) },
		"api key": func(tx model.Writer) error {
			return tx.PutAPIKey(model.APIKey{Owner: 99, Lookup: []byte("l"), Sealed: []byte("s")})
		},
		"session": func(tx model.Writer) error {
			return tx.AddSession(&model.Session{User: 99, Kind: model.WekanLogin}, []byte("h"))
		},
	} {
		if err := f.failedUpdate(add); fault.KindOf(err) != fault.NotFound {
			f.Errorf("%s of a missing user: got %v, want not found", what, err)
		}
	}
}

func keyCheck(f fixture) {
	check := func(tx model.Reader) (model.KeyCheck, error) { return tx.KeyCheck() }
	wantNotFound(f, "before the first", check)
	for _, c := range []model.KeyCheck{{KeyID: "one", Sealed: []byte{0, 1, 2}}, {KeyID: "two", Sealed: []byte("other")}} {
		f.update(func(tx model.Writer) error { return tx.PutKeyCheck(c) })
		f.wantEqual("the key check", readValue(f, check), c)
	}
}
