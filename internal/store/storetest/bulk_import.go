package storetest

import (
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func bulkTests() []contractTest {
	return []contractTest{
		{"users inserted in bulk are read as if inserted one by one", bulkInsert},
		{"a conflict of one user rejects the whole bulk insert", bulkConflict},
		{"the owners of usernames, addresses and identities are found in bulk", ownersOf},
		{"records of several users are listed together", listedTogether},
		{"events appended in bulk follow the last one", runOfEvents},
		{"a bulk of events that does not follow the last one is rejected", strayRun},
		{"the position of an import is stored and replaced", importPosition},
		{"positions of abandoned imports are deleted", abandonedImports},
	}
}

// newUserRecord returns a user with one record of each kind.
func newUserRecord(org model.OrgID, name string) model.NewUserRecord {
	u := newUser(name)
	u.HasPassword = true
	u.Emails = []model.Email{
		{Address: name + "@Example.org", Primary: true, Verified: true, CreatedAt: sampleTime()},
		{Address: name + "@example.com", CreatedAt: sampleTime()},
	}
	u.Identities = []model.Identity{{Provider: "ldap", ExternalUID: "cn=" + name}}
	return model.NewUserRecord{
		User: &u, PasswordHash: "hash of " + name,
		Members: []model.Member{{Org: org, Role: model.RoleMember, Since: sampleTime()}},
		Keys: []model.SSHKey{{
			Title: "laptop", Public: "ssh-ed25519 " + name, Fingerprint: "SHA256:" + name, Type: "ssh-ed25519", Bits: 256,
			Usage: model.AuthOnly, CreatedAt: sampleTime(), ExpiresAt: sampleTime(),
		}},
	}
}

// manyUserRecords returns more users than any engine inserts with one statement.
func manyUserRecords(org model.OrgID, size int) []model.NewUserRecord {
	users := make([]model.NewUserRecord, size)
	for i := range users {
		users[i] = newUserRecord(org, fmt.Sprintf("Person%d", i))
	}
	return users
}

func bulkInsert(f fixture) {
	org := f.organization("Analytical Engines")
	users := manyUserRecords(org.ID, 230)
	f.update(func(tx model.Writer) error { return tx.AddUsers(users) })
	var last model.UserID
	for i, p := range users {
		if p.User.ID <= last {
			f.Fatalf("user %d has the id %d after %d", i, p.User.ID, last)
		}
		last = p.User.ID
	}
	for _, p := range []model.NewUserRecord{users[0], users[99], users[100], users[229]} {
		f.wantUserRecord(org, p)
	}
	f.wantEqual("users", readValue(f, userPage).Total, len(users))
}

func (f fixture) wantUserRecord(org model.Organization, want model.NewUserRecord) {
	f.Helper()
	id := want.User.ID
	got := readValue(f, func(tx model.Reader) (model.User, error) { return tx.User(id) })
	for i := range got.Emails {
		got.Emails[i].ID = 0
	}
	f.wantEqual("user", got, *want.User)
	f.wantEqual("password", readValue(f, func(tx model.Reader) (model.Password, error) { return tx.PasswordOf(id) }),
		model.Password{Hash: want.PasswordHash, Version: 1})
	f.wantEqual("member", readValue(f, func(tx model.Reader) (model.Member, error) { return tx.Member(org.ID, id) }), want.Members[0])
	keys := readValue(f, func(tx model.Reader) ([]model.SSHKey, error) { return tx.Keys(id) })
	for i := range keys {
		keys[i].ID = 0
	}
	f.wantEqual("keys", keys, want.Keys)
}

func bulkConflict(f fixture) {
	org := f.organization("Analytical Engines")
	f.user("person7")
	err := f.failedUpdate(func(tx model.Writer) error { return tx.AddUsers(manyUserRecords(org.ID, 12)) })
	f.wantConflict(err, "username")
	f.wantEqual("users", readValue(f, userPage).Total, 1)
}

func ownersIgnoreCase(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	f.update(func(tx model.Writer) error {
		nameless := newUser("cleo") // "" has no owner
		nameless.Username = ""
		return tx.AddUser(&nameless)
	})
	for _, c := range []struct {
		username, address string
		want              [2]model.UserID
	}{
		{"ADA", "Bea@Example.org", [2]model.UserID{ada.ID, bea.ID}},
		{"bea", "", [2]model.UserID{bea.ID}},
		{"", "ada@example.org", [2]model.UserID{0, ada.ID}},
		{"ad", "ada@example.com", [2]model.UserID{}},
		{"", "", [2]model.UserID{}},
	} {
		got := readValue(f, func(tx model.Reader) (got [2]model.UserID, err error) {
			got[0], got[1], err = tx.HoldersOf(0, c.username, c.address)
			return got, err
		})
		f.wantEqual(c.username+", "+c.address, got, c.want)
	}
}

func ownersOf(f fixture) {
	org := f.organization("Analytical Engines")
	users := manyUserRecords(org.ID, 3)
	f.update(func(tx model.Writer) error { return tx.AddUsers(users) })
	asked := model.Uniques{
		Usernames: []string{"person1", "nobody", "Person2"}, Addresses: []string{"person1@example.com", "person0@example.org"},
		Fingerprints: []string{"SHA256:Person2", "SHA256:person2"},
		Identities: []model.Identity{
			{Provider: "ldap", ExternalUID: "cn=Person0"}, {Provider: "saml", ExternalUID: "cn=Person0"}, {Provider: "ldap", ExternalUID: "x"},
		},
	}
	got := readValue(f, func(tx model.Reader) (model.Holders, error) { return tx.Holders(asked) })
	id := func(n int) model.UserID { return users[n].User.ID }
	f.wantEqual("holders", got, model.Holders{
		Usernames:    map[string]model.UserID{"person1": id(1)},
		Addresses:    map[string]model.UserID{"person1@example.com": id(1), "person0@example.org": id(0)},
		Fingerprints: map[string]model.UserID{"SHA256:Person2": id(2)},
		Identities:   map[model.Identity]model.UserID{asked.Identities[0]: id(0)},
	})
	none := readValue(f, func(tx model.Reader) (model.Holders, error) { return tx.Holders(model.Uniques{}) })
	f.wantEqual("holders of nothing", len(none.Usernames)+len(none.Addresses)+len(none.Fingerprints)+len(none.Identities), 0)
}

func listedTogether(f fixture) {
	org := f.organization("Analytical Engines")
	users := manyUserRecords(org.ID, 3)
	f.update(func(tx model.Writer) error { return tx.AddUsers(users) })
	asked := []model.UserID{users[2].User.ID, users[0].User.ID, 4711}
	keys := readValue(f, func(tx model.Reader) ([]model.SSHKey, error) { return tx.KeysOf(asked) })
	for i := range keys {
		keys[i].ID = 0
	}
	f.wantEqual("keys", keys, []model.SSHKey{users[0].Keys[0], users[2].Keys[0]})
	members := readValue(f, func(tx model.Reader) ([]model.Member, error) { return tx.MembersOf(asked) })
	f.wantEqual("members", members, []model.Member{users[0].Members[0], users[2].Members[0]})
	hashes := readValue(f, func(tx model.Reader) (map[model.UserID]string, error) { return tx.PasswordHashes(asked) })
	f.wantEqual("password hashes", hashes, map[model.UserID]string{
		users[0].User.ID: users[0].PasswordHash, users[2].User.ID: users[2].PasswordHash,
	})
}

// eventRun returns events that follow the last one.
func eventRun(tx model.Writer, size int) ([]model.Event, error) {
	last, previous, err := tx.LockEvents()
	events := make([]model.Event, size)
	for i := range events {
		last++
		events[i] = model.Event{ID: last, At: sampleTime(), Verb: model.UserCreate, TargetID: int64(i), Previous: previous}
		events[i].Hash = events[i].Sum(nil)
		previous = events[i].Hash
	}
	return events, err
}

func runOfEvents(f fixture) {
	f.update(func(tx model.Writer) error { return record(tx, model.Event{At: sampleTime()}) })
	for range 2 {
		f.update(func(tx model.Writer) error {
			events, err := eventRun(tx, 150)
			if err != nil {
				return err
			}
			return tx.AddEvents(events)
		})
	}
	f.update(func(tx model.Writer) error { return tx.AddEvents(nil) })
	f.wantChain()
	f.wantEqual("events", len(f.events(model.EventFilter{})), 301)
}

func strayRun(f fixture) {
	f.update(func(tx model.Writer) error { return record(tx, model.Event{At: sampleTime()}) })
	err := f.failedUpdate(func(tx model.Writer) error {
		events, err := eventRun(tx, 3)
		if err != nil {
			return err
		}
		return tx.AddEvents(events[1:])
	})
	f.wantKind(err, fault.Conflict)
	f.wantChain()
}

func importPosition(f fixture) {
	wantNotFound(f, "an import that was never begun", func(tx model.Reader) (model.ImportRecord, error) { return tx.ImportRecord("users") })
	r := model.ImportRecord{Name: "users", Line: 500, Digest: []byte{1, 2}, Accepted: 490, Refused: 9, At: sampleTime()}
	for range 2 {
		f.update(func(tx model.Writer) error { return tx.PutImport(r) })
		f.wantEqual("position", readValue(f, func(tx model.Reader) (model.ImportRecord, error) { return tx.ImportRecord("users") }), r)
		r = model.ImportRecord{Name: "users", Line: 1000, Digest: []byte{3}, Accepted: 900, Refused: 99, At: sampleTime().Add(time.Second)}
	}
}

func abandonedImports(f fixture) {
	f.update(func(tx model.Writer) error {
		for i, name := range []string{"old", "new"} {
			r := model.ImportRecord{Name: name, At: sampleTime().Add(time.Duration(i) * time.Hour)}
			if err := tx.PutImport(r); err != nil {
				return err
			}
		}
		return tx.DropImports(sampleTime().Add(time.Minute))
	})
	wantNotFound(f, "the old one", func(tx model.Reader) (model.ImportRecord, error) { return tx.ImportRecord("old") })
	f.wantEqual("the new one", readValue(f, func(tx model.Reader) (model.ImportRecord, error) { return tx.ImportRecord("new") }).Name, "new")
}
