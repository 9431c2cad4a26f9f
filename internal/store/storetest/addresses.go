package storetest

import (
	"testing"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
)

func addressTests() []contractTest {
	return []contractTest{
		{"two spellings of an address find the same user, and another user cannot add either", addressSpellings},
		{"invitations and emails are found by any spelling of their address", addressSpellingsElsewhere},
		{"searches and conditions find an address by either spelling of its domain", addressSearches},
		{"an address stays with its user under another spelling", addressRespelled},
	}
}

// spellings returns spellings of one mailbox.
func spellings() []string {
	return []string{"m@b\u00fccher.example", "M@B\u00dcCHER.example", "m@xn--bcher-kva.example", "m@XN--BCHER-KVA.example", "m@b\u00fccher\u3002example", "m@\uff42\u00fccher.example", "\uff4d@bu\u0308cher.example."}
}

func addressSpellings(f fixture) {
	for i, stored := range spellings()[:6] {
		u := f.addUserWithoutEmail("holder" + string(rune('a'+i)))
		e := model.Email{User: u.ID, Address: stored, Primary: true, CreatedAt: sampleTime()}
		f.update(func(tx model.Writer) error { return tx.AddEmail(&e) })
		for _, spelling := range spellings() {
			found := readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail(spelling) })
			f.wantEqual(spelling+" of "+stored, found.ID, u.ID)
			_, held := readHolders(f, spelling)
			f.wantEqual("holder of "+spelling, held, u.ID)
		}
		other := f.addUserWithoutEmail("other" + string(rune('a'+i)))
		for _, spelling := range spellings()[:6] {
			err := f.failedUpdate(func(tx model.Writer) error {
				return tx.AddEmail(&model.Email{User: other.ID, Address: spelling, CreatedAt: sampleTime()})
			})
			if !fault.Has(err, "email", fault.Taken) {
				f.Errorf("%s beside %s: got %v, want that it is taken", spelling, stored, err)
			}
		}
		f.wantEqual("doubles", len(readValue(f, func(tx model.Reader) ([]model.DuplicateAddress, error) { return tx.DuplicateAddresses(10) })), 0)
		f.update(func(tx model.Writer) error { return tx.DropEmail(u.ID, e.ID) })
		wantNotFound(f, "dropped address", func(tx model.Reader) (model.User, error) { return tx.UserByEmail(stored) })
	}
}

// addUserWithoutEmail adds an active user without an address.
func (f fixture) addUserWithoutEmail(name string) model.User {
	f.Helper()
	u := newUser(name)
	f.update(func(tx model.Writer) error { return tx.AddUser(&u) })
	return u
}

func addressSpellingsElsewhere(f fixture) {
	org := f.organization("Staff")
	for i, stored := range spellings()[:6] {
		f.update(func(tx model.Writer) error {
			return tx.AddInvitation(&model.Invitation{Org: org.ID, Role: model.RoleMember, Email: stored, CreatedAt: sampleTime(), ExpiresAt: sampleTime()}, []byte{byte(i)})
		})
	}
	for _, spelling := range spellings() {
		found := readValue(f, func(tx model.Reader) ([]model.Invitation, error) { return tx.InvitationsFor(spelling) })
		f.wantEqual("invitations for "+spelling, len(found), 6)
	}
	f.update(func(tx model.Writer) error {
		return tx.DropInvitationsAndMailTo([]string{"m@xn--bcher-kva.example"})
	})
	f.wantEqual("invitations left", len(readValue(f, func(tx model.Reader) ([]model.Invitation, error) { return tx.Invitations(org.ID, 0, 0) })), 0)
}

func addressSearches(f fixture) {
	one, other := f.addUserWithoutEmail("one"), f.addUserWithoutEmail("other")
	f.update(func(tx model.Writer) error {
		if err := tx.AddEmail(&model.Email{User: one.ID, Address: "m@B\u00dccher.example", Primary: true, CreatedAt: sampleTime()}); err != nil {
			return err
		}
		return tx.AddEmail(&model.Email{User: other.ID, Address: "n@xn--bcher-kva.example", Primary: true, CreatedAt: sampleTime()})
	})
	for text, want := range map[string]int{
		"m@b\u00fccher.example": 1, "m@xn--bcher-kva.example": 1, "m@B\u00dcCHER\u3002example": 1, "b\u00fccher": 2, "xn--bcher": 2, "@b\u00fcch": 2, "\uff4d@b\u00fccher": 1,
	} {
		page := readValue(f, func(tx model.Reader) (model.Page[model.UserID], error) {
			return tx.Users(model.UserFilter{Search: text, Limit: 10}, model.Visibility{All: true})
		})
		f.wantEqual("found by "+text, len(page.Items), want)
	}
	for text, want := range map[string]int{
		`email eq "M@B\u00fccher.example"`: 1, `email eq "m@xn--bcher-kva.example"`: 1, `email co "b\u00fccher"`: 2, `email ew "@XN--bcher-kva.example"`: 2,
		`email ew "@b\u00fccher.example"`: 2, `email sw "n@b\u00fc"`: 1, `email ne "m@xn--bcher-kva.example"`: 1,
	} {
		where, err := filter.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		page := readValue(f, func(tx model.Reader) (model.Page[model.UserID], error) {
			return tx.Users(model.UserFilter{Where: where, Limit: 10}, model.Visibility{All: true})
		})
		f.wantEqual("found where "+text, len(page.Items), want)
	}
	f.wantEqual("domains", readValue(f, func(tx model.Reader) ([]model.DomainCount, error) { return tx.Domains() }),
		[]model.DomainCount{{Domain: "b\u00fccher.example", Users: 2}})
}

func addressRespelled(f fixture) {
	u := f.addUserWithoutEmail("one")
	e := model.Email{User: u.ID, Address: "m@b\u00fccher.example", Primary: true, CreatedAt: sampleTime()}
	f.update(func(tx model.Writer) error { return tx.AddEmail(&e) })
	for _, spelling := range append(spellings()[:6], "n@example.org", "m@b\u00fccher.example") {
		e.Address = spelling
		f.update(func(tx model.Writer) error { return tx.ChangeEmail(e) })
		found := readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail(spelling) })
		f.wantEqual("address", found.Primary().Address, spelling)
	}
}

// AddressesOfAnOlderVersion returns statements for the tables as they were before addresses
// were compared by [emailaddress.Key]: users 1 and 2 share a mailbox, user 3 has
// two spellings of another, user 4 has the form that folding gave to the address of
// user 5, user 6 is invited at the first, and users 7, 8 and 9 share a third one.
func AddressesOfAnOlderVersion() []string {
	statements := []string{}
	for id, address := range []string{"", "m@b\u00fccher.example", "m@xn--bcher-kva.example", "root@example.com", "a@fa\u00df.example", "a@\uff46ass.example", "m@b\u00fccher.example",
		"k@b\u00fccher.example", "k@xn--bcher-kva.example", "k@\uff42\u00fccher.example"} {
		if id == 0 {
			continue
		}
		n := string(rune('0' + id))
		invited := map[bool]string{true: "TRUE", false: "FALSE"}[id == 6]
		statements = append(statements,
			`INSERT INTO users (id, uid, username, username_key, name, name_key, given_name, family_name, state, admin, bio, skype, linkedin, twitter,
				website_url, company, time_zone, theme_id, color_scheme_id, projects_limit, can_create_group, created_at, updated_at, activated_at, last_activity)
				VALUES (`+n+`, 'uid`+n+`', 'user`+n+`', 'user`+n+`', '', '', '', '', 'active', FALSE, '', '', '', '', '', '', '', 1, 1, 0, TRUE, 1, 1, 1, 1)`,
			`INSERT INTO emails (user_id, address, address_key, is_primary, verified, invited, created_at)
				VALUES (`+n+`, '`+address+`', '`+unitext.Fold(address)+`', TRUE, FALSE, `+invited+`, 1)`,
			`INSERT INTO search (user_id, text) VALUES (`+n+`, 'user`+n+`')`)
	}
	return append(statements, `INSERT INTO emails (user_id, address, address_key, is_primary, verified, created_at)
		VALUES (3, 'root@\uff45xample.com', 'root@\uff45xample.com', FALSE, FALSE, 1)`)
}

// CheckAddressesOfAnOlderVersion checks a store with the rows of [AddressesOfAnOlderVersion] after all migrations.
func CheckAddressesOfAnOlderVersion(t *testing.T, s model.Store) {
	t.Helper()
	f := fixture{t, s}
	for address, want := range map[string]model.UserID{
		"root@example.com": 3, "root@\uff45xample.com": 3, "a@fa\u00df.example": 4, "a@xn--fa-hia.example": 4, "a@fass.example": 5,
	} {
		found := readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail(address) })
		f.wantEqual(address, found.ID, want)
	}
	for _, spelling := range spellings() {
		f.isAmbiguous(spelling)
	}
	f.wantEqual("doubles", readValue(f, func(tx model.Reader) ([]model.DuplicateAddress, error) { return tx.DuplicateAddresses(10) }),
		[]model.DuplicateAddress{
			{Key: "k@xn--bcher-kva.example", Users: []model.UserID{7, 8, 9}},
			{Key: "m@xn--bcher-kva.example", Users: []model.UserID{1, 2}},
		})
	f.freeSharedMailbox()
	f.freeMailboxOfThree()
}

func (f fixture) isAmbiguous(spelling string) {
	f.Helper()
	for _, readFunc := range f.readFuncs() {
		err := readFunc(f.Context(), func(tx model.Reader) error {
			_, err := tx.UserByEmail(spelling)
			return err
		})
		if !fault.Has(err, "email", fault.Ambiguous) {
			f.Errorf("%q: got %v, want that it is ambiguous", spelling, err)
		}
	}
}

// freeSharedMailbox removes the shared mailbox from one of its two users. A third user cannot add it before.
func (f fixture) freeSharedMailbox() {
	f.Helper()
	f.isTaken("m@b\u00fccher.example")
	one := readValue(f, func(tx model.Reader) (model.User, error) { return tx.User(1) })
	f.update(func(tx model.Writer) error { return tx.DropEmail(1, one.Emails[0].ID) })
	for _, spelling := range spellings() {
		found := readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail(spelling) })
		f.wantEqual(spelling, found.ID, model.UserID(2))
	}
	f.wantEqual("doubles", len(readValue(f, func(tx model.Reader) ([]model.DuplicateAddress, error) { return tx.DuplicateAddresses(10) })), 1)
	f.isTaken("m@b\u00fccher.example")
}

// freeMailboxOfThree removes a mailbox from two of its three users, by a change of the address and by
// deletion of the user. No other user can add it after either.
func (f fixture) freeMailboxOfThree() {
	f.Helper()
	const mailbox = "k@b\u00fccher.example"
	f.isTaken(mailbox)
	eight := readValue(f, func(tx model.Reader) (model.User, error) { return tx.User(8) }).Emails[0]
	eight.Address = "eight@example.org"
	f.update(func(tx model.Writer) error { return tx.ChangeEmail(eight) })
	f.isTaken(mailbox)
	f.isAmbiguous(mailbox)
	f.update(func(tx model.Writer) error { return tx.DropUser(7) })
	f.isTaken(mailbox)
	f.wantEqual(mailbox, readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail(mailbox) }).ID, model.UserID(9))
	f.wantEqual("doubles", len(readValue(f, func(tx model.Reader) ([]model.DuplicateAddress, error) { return tx.DuplicateAddresses(10) })), 0)
}

// isTaken checks that user 3 cannot add an address.
func (f fixture) isTaken(address string) {
	f.Helper()
	further := model.Email{User: 3, Address: address, CreatedAt: sampleTime()}
	err := f.failedUpdate(func(tx model.Writer) error { return tx.AddEmail(&further) })
	if !fault.Has(err, "email", fault.Taken) {
		f.Errorf("%q: got %v, want that the address is taken", address, err)
	}
}
