package storetest

import (
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/emailaddress"
)

func invitedUserTests() []contractTest {
	return []contractTest{
		{"the address of an invited user is not reserved", invitedAddresses},
		{"the address of an invited user becomes that of the active user", invitedBecomesActive},
	}
}

// addInvitedUser adds a user with an open invitation to the address.
func (f fixture) addInvitedUser(name, address string) directory.User {
	u := newUser(name)
	u.Username, u.State = "", directory.Invited
	f.update(func(tx directory.Writer) error {
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		e := directory.Email{User: u.ID, Address: address, Primary: true, Invited: true, CreatedAt: sampleTime()}
		err := tx.AddEmail(&e)
		u.Emails = []directory.Email{e}
		return err
	})
	return u
}

func invitedAddresses(f fixture) {
	first := f.addInvitedUser("first", "Émile@example.org")
	second := f.addInvitedUser("second", "émile@EXAMPLE.org")
	wantNotFound(f, "waiting address", func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("émile@example.org") })
	key := emailaddress.Key("Émile@example.org")
	at := func() map[string][]directory.UserID {
		return readValue(f, func(tx directory.Reader) (map[string][]directory.UserID, error) {
			return tx.InvitedUsersAt([]string{key, "x"})
		})
	}
	f.wantEqual("invited users", at(), map[string][]directory.UserID{key: {first.ID, second.ID}})
	f.wantEqual("invited users without an address", len(readValue(f, func(tx directory.Reader) (map[string][]directory.UserID, error) { return tx.InvitedUsersAt(nil) })), 0)

	holder := newUser("emile")
	f.update(func(tx directory.Writer) error {
		if err := tx.AddUser(&holder); err != nil {
			return err
		}
		e := directory.Email{User: holder.ID, Address: "émile@example.org", Primary: true, Claimed: true, CreatedAt: sampleTime()}
		err := tx.AddEmail(&e)
		holder.Emails = []directory.Email{e}
		return err
	})
	f.wantUser(holder)
	f.wantEqual("by address", readValue(f, func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("Émile@example.org") }), holder)
	_, addressed := readHolders(f, "émile@example.org")
	f.wantEqual("holder", addressed, holder.ID)
	found := readValue(f, func(tx directory.Reader) (directory.Holders, error) {
		return tx.Holders(directory.Uniques{Addresses: []string{key}})
	})
	f.wantEqual("holders", found.Addresses, map[string]directory.UserID{key: holder.ID})
	f.wantEqual("invited users beside an active one", at(), map[string][]directory.UserID{key: {first.ID, second.ID}})
	f.wantUser(first)
}

func readHolders(f fixture, address string) (named, addressed directory.UserID) {
	f.read(func(tx directory.Reader) (err error) {
		named, addressed, err = tx.HoldersOf(0, "", address)
		return err
	})
	return named, addressed
}

func invitedBecomesActive(f fixture) {
	first, second := f.addInvitedUser("first", "emile@example.org"), f.addInvitedUser("second", "emile@example.org")
	e := first.Emails[0]
	e.Invited, e.Verified = false, true
	f.update(func(tx directory.Writer) error { return tx.ChangeEmail(e) })
	first.Emails = []directory.Email{e}
	f.wantEqual("by address", readValue(f, func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("emile@example.org") }), first)
	taken := second.Emails[0]
	taken.Invited = false
	f.wantConflict(f.failedUpdate(func(tx directory.Writer) error { return tx.ChangeEmail(taken) }), "email")
	e.Verified, e.Invited = false, true
	f.update(func(tx directory.Writer) error { return tx.ChangeEmail(e) })
	wantNotFound(f, "waiting address", func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("emile@example.org") })
}
