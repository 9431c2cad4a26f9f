package storetest

import (
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

func invitedUserTests() []contractTest {
	return []contractTest{
		{"the address of an invited user is not reserved", invitedAddresses},
		{"the address of an invited user becomes that of the active user", invitedBecomesActive},
	}
}

// addInvitedUser adds a user with an open invitation to the address.
func (f fixture) addInvitedUser(name, address string) model.User {
	u := newUser(name)
	u.Username, u.State = "", model.Invited
	f.update(func(tx model.Writer) error {
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		e := model.Email{User: u.ID, Address: address, Primary: true, Invited: true, CreatedAt: sampleTime()}
		err := tx.AddEmail(&e)
		u.Emails = []model.Email{e}
		return err
	})
	return u
}

func invitedAddresses(f fixture) {
	first := f.addInvitedUser("first", "Émile@example.org")
	second := f.addInvitedUser("second", "émile@EXAMPLE.org")
	wantNotFound(f, "waiting address", func(tx model.Reader) (model.User, error) { return tx.UserByEmail("émile@example.org") })
	key := emailaddress.Key("Émile@example.org")
	at := func() map[string][]model.UserID {
		return readValue(f, func(tx model.Reader) (map[string][]model.UserID, error) {
			return tx.InvitedUsersAt([]string{key, "x"})
		})
	}
	f.wantEqual("invited users", at(), map[string][]model.UserID{key: {first.ID, second.ID}})
	f.wantEqual("invited users without an address", len(readValue(f, func(tx model.Reader) (map[string][]model.UserID, error) { return tx.InvitedUsersAt(nil) })), 0)

	holder := newUser("emile")
	f.update(func(tx model.Writer) error {
		if err := tx.AddUser(&holder); err != nil {
			return err
		}
		e := model.Email{User: holder.ID, Address: "émile@example.org", Primary: true, Claimed: true, CreatedAt: sampleTime()}
		err := tx.AddEmail(&e)
		holder.Emails = []model.Email{e}
		return err
	})
	f.wantUser(holder)
	f.wantEqual("by address", readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail("Émile@example.org") }), holder)
	_, addressed := readHolders(f, "émile@example.org")
	f.wantEqual("holder", addressed, holder.ID)
	found := readValue(f, func(tx model.Reader) (model.Holders, error) {
		return tx.Holders(model.Uniques{Addresses: []string{key}})
	})
	f.wantEqual("holders", found.Addresses, map[string]model.UserID{key: holder.ID})
	f.wantEqual("invited users beside an active one", at(), map[string][]model.UserID{key: {first.ID, second.ID}})
	f.wantUser(first)
}

func readHolders(f fixture, address string) (named, addressed model.UserID) {
	f.read(func(tx model.Reader) (err error) {
		named, addressed, err = tx.HoldersOf(0, "", address)
		return err
	})
	return named, addressed
}

func invitedBecomesActive(f fixture) {
	first, second := f.addInvitedUser("first", "emile@example.org"), f.addInvitedUser("second", "emile@example.org")
	e := first.Emails[0]
	e.Invited, e.Verified = false, true
	f.update(func(tx model.Writer) error { return tx.ChangeEmail(e) })
	first.Emails = []model.Email{e}
	f.wantEqual("by address", readValue(f, func(tx model.Reader) (model.User, error) { return tx.UserByEmail("emile@example.org") }), first)
	taken := second.Emails[0]
	taken.Invited = false
	f.wantConflict(f.failedUpdate(func(tx model.Writer) error { return tx.ChangeEmail(taken) }), "email")
	e.Verified, e.Invited = false, true
	f.update(func(tx model.Writer) error { return tx.ChangeEmail(e) })
	wantNotFound(f, "waiting address", func(tx model.Reader) (model.User, error) { return tx.UserByEmail("emile@example.org") })
}
