package storetest

import (
	"fmt"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func bulkPromises() []promise {
	return []promise{
		{"people added together come back as if added one by one", newcomers},
		{"of people added together all stay out when one clashes", clashingNewcomers},
		{"it is told who holds what only one can have", holders},
		{"what belongs to several people is listed together", listedTogether},
		{"events added together follow the last one", runOfEvents},
		{"a run of events that does not follow the last is refused", strayRun},
		{"the position of an import is kept and moved", importPosition},
		{"imports that came no further are forgotten", forgottenImports},
	}
}

// newcomer is a person with one of everything.
func newcomer(org directory.OrgID, name string) directory.Newcomer {
	u := newUser(name)
	u.HasPassword = true
	u.Emails = []directory.Email{
		{Address: name + "@Example.org", Primary: true, Verified: true, CreatedAt: moment()},
		{Address: name + "@example.com", CreatedAt: moment()},
	}
	u.Identities = []directory.Identity{{Provider: "ldap", ExternalUID: "cn=" + name}}
	return directory.Newcomer{
		User: &u, PasswordHash: "hash of " + name,
		Members: []directory.Member{{Org: org, Role: directory.RoleMember, Since: moment()}},
		Keys: []directory.SSHKey{{
			Title: "laptop", Public: "ssh-ed25519 " + name, Fingerprint: "SHA256:" + name, Type: "ssh-ed25519", Bits: 256,
			Usage: directory.AuthOnly, CreatedAt: moment(), ExpiresAt: moment(),
		}},
	}
}

// crowdOf is more people than any engine inserts with one statement.
func crowdOf(org directory.OrgID, size int) []directory.Newcomer {
	people := make([]directory.Newcomer, size)
	for i := range people {
		people[i] = newcomer(org, fmt.Sprintf("Person%d", i))
	}
	return people
}

func newcomers(f fixture) {
	org := f.organization("Analytical Engines")
	people := crowdOf(org.ID, 230)
	f.update(func(tx directory.Writer) error { return tx.AddPeople(people) })
	var last directory.UserID
	for i, p := range people {
		if p.User.ID <= last {
			f.Fatalf("person %d has the id %d after %d", i, p.User.ID, last)
		}
		last = p.User.ID
	}
	for _, p := range []directory.Newcomer{people[0], people[99], people[100], people[229]} {
		f.wantNewcomer(org, p)
	}
	f.same("people", read(f, everybody).Total, len(people))
}

func (f fixture) wantNewcomer(org directory.Organization, want directory.Newcomer) {
	f.Helper()
	id := want.User.ID
	got := read(f, func(tx directory.Reader) (directory.User, error) { return tx.User(id) })
	for i := range got.Emails {
		got.Emails[i].ID = 0
	}
	f.same("person", got, *want.User)
	f.same("password", read(f, func(tx directory.Reader) (directory.Password, error) { return tx.PasswordOf(id) }),
		directory.Password{Hash: want.PasswordHash, Version: 1})
	f.same("member", read(f, func(tx directory.Reader) (directory.Member, error) { return tx.Member(org.ID, id) }), want.Members[0])
	keys := read(f, func(tx directory.Reader) ([]directory.SSHKey, error) { return tx.Keys(id) })
	for i := range keys {
		keys[i].ID = 0
	}
	f.same("keys", keys, want.Keys)
}

func clashingNewcomers(f fixture) {
	org := f.organization("Analytical Engines")
	f.user("person7")
	err := f.refused(func(tx directory.Writer) error { return tx.AddPeople(crowdOf(org.ID, 12)) })
	f.wantConflict(err, "username")
	f.same("people", read(f, everybody).Total, 1)
}

func holdersOf(f fixture) {
	ada, bea := f.user("ada"), f.user("bea")
	f.update(func(tx directory.Writer) error {
		nameless := newUser("cleo") // "" is nobody's all the same
		nameless.Username = ""
		return tx.AddUser(&nameless)
	})
	for _, c := range []struct {
		username, address string
		want              [2]directory.UserID
	}{
		{"ADA", "Bea@Example.org", [2]directory.UserID{ada.ID, bea.ID}},
		{"bea", "", [2]directory.UserID{bea.ID}},
		{"", "ada@example.org", [2]directory.UserID{0, ada.ID}},
		{"ad", "ada@example.com", [2]directory.UserID{}},
		{"", "", [2]directory.UserID{}},
	} {
		got := read(f, func(tx directory.Reader) (got [2]directory.UserID, err error) {
			got[0], got[1], err = tx.HoldersOf(c.username, c.address)
			return got, err
		})
		f.same(c.username+", "+c.address, got, c.want)
	}
}

func holders(f fixture) {
	org := f.organization("Analytical Engines")
	people := crowdOf(org.ID, 3)
	f.update(func(tx directory.Writer) error { return tx.AddPeople(people) })
	asked := directory.Uniques{
		Usernames: []string{"person1", "nobody", "Person2"}, Addresses: []string{"person1@example.com", "person0@example.org"},
		Fingerprints: []string{"SHA256:Person2", "SHA256:person2"},
		Identities: []directory.Identity{
			{Provider: "ldap", ExternalUID: "cn=Person0"}, {Provider: "saml", ExternalUID: "cn=Person0"}, {Provider: "ldap", ExternalUID: "x"},
		},
	}
	got := read(f, func(tx directory.Reader) (directory.Holders, error) { return tx.Holders(asked) })
	id := func(n int) directory.UserID { return people[n].User.ID }
	f.same("holders", got, directory.Holders{
		Usernames:    map[string]directory.UserID{"person1": id(1)},
		Addresses:    map[string]directory.UserID{"person1@example.com": id(1), "person0@example.org": id(0)},
		Fingerprints: map[string]directory.UserID{"SHA256:Person2": id(2)},
		Identities:   map[directory.Identity]directory.UserID{asked.Identities[0]: id(0)},
	})
	none := read(f, func(tx directory.Reader) (directory.Holders, error) { return tx.Holders(directory.Uniques{}) })
	f.same("holders of nothing", len(none.Usernames)+len(none.Addresses)+len(none.Fingerprints)+len(none.Identities), 0)
}

func listedTogether(f fixture) {
	org := f.organization("Analytical Engines")
	people := crowdOf(org.ID, 3)
	f.update(func(tx directory.Writer) error { return tx.AddPeople(people) })
	asked := []directory.UserID{people[2].User.ID, people[0].User.ID, 4711}
	keys := read(f, func(tx directory.Reader) ([]directory.SSHKey, error) { return tx.KeysOf(asked) })
	for i := range keys {
		keys[i].ID = 0
	}
	f.same("keys", keys, []directory.SSHKey{people[0].Keys[0], people[2].Keys[0]})
	members := read(f, func(tx directory.Reader) ([]directory.Member, error) { return tx.MembersOf(asked) })
	f.same("members", members, []directory.Member{people[0].Members[0], people[2].Members[0]})
	hashes := read(f, func(tx directory.Reader) (map[directory.UserID]string, error) { return tx.PasswordHashes(asked) })
	f.same("password hashes", hashes, map[directory.UserID]string{
		people[0].User.ID: people[0].PasswordHash, people[2].User.ID: people[2].PasswordHash,
	})
}

// runAfter is a run of events behind the last one.
func runAfter(tx directory.Writer, size int) ([]directory.Event, error) {
	last, previous, err := tx.LockEvents()
	events := make([]directory.Event, size)
	for i := range events {
		last++
		events[i] = directory.Event{ID: last, At: moment(), Verb: directory.UserCreate, TargetID: int64(i), Previous: previous}
		events[i].Hash = events[i].Sum(nil)
		previous = events[i].Hash
	}
	return events, err
}

func runOfEvents(f fixture) {
	f.update(func(tx directory.Writer) error { return record(tx, directory.Event{At: moment()}) })
	for range 2 {
		f.update(func(tx directory.Writer) error {
			events, err := runAfter(tx, 150)
			if err != nil {
				return err
			}
			return tx.AddEvents(events)
		})
	}
	f.update(func(tx directory.Writer) error { return tx.AddEvents(nil) })
	f.wantChain()
	f.same("events", len(f.events(directory.EventFilter{})), 301)
}

func strayRun(f fixture) {
	f.update(func(tx directory.Writer) error { return record(tx, directory.Event{At: moment()}) })
	err := f.refused(func(tx directory.Writer) error {
		events, err := runAfter(tx, 3)
		if err != nil {
			return err
		}
		return tx.AddEvents(events[1:])
	})
	f.wantKind(err, fault.Conflict)
	f.wantChain()
}

func importPosition(f fixture) {
	missing(f, "an import that was never begun", func(tx directory.Reader) (directory.ImportRecord, error) { return tx.ImportRecord("people") })
	r := directory.ImportRecord{Name: "people", Line: 500, Digest: []byte{1, 2}, Accepted: 490, Refused: 9, At: moment()}
	for range 2 {
		f.update(func(tx directory.Writer) error { return tx.PutImport(r) })
		f.same("position", read(f, func(tx directory.Reader) (directory.ImportRecord, error) { return tx.ImportRecord("people") }), r)
		r = directory.ImportRecord{Name: "people", Line: 1000, Digest: []byte{3}, Accepted: 900, Refused: 99, At: moment().Add(time.Second)}
	}
}

func forgottenImports(f fixture) {
	f.update(func(tx directory.Writer) error {
		for i, name := range []string{"old", "new"} {
			r := directory.ImportRecord{Name: name, At: moment().Add(time.Duration(i) * time.Hour)}
			if err := tx.PutImport(r); err != nil {
				return err
			}
		}
		return tx.DropImports(moment().Add(time.Minute))
	})
	missing(f, "the old one", func(tx directory.Reader) (directory.ImportRecord, error) { return tx.ImportRecord("old") })
	f.same("the new one", read(f, func(tx directory.Reader) (directory.ImportRecord, error) { return tx.ImportRecord("new") }).Name, "new")
}
