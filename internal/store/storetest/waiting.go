package storetest

import (
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/emailaddress"
)

func waitingPromises() []promise {
	return []promise{
		{"the address of a waiting user reserves nothing", waitingAddresses},
		{"the address of a waiting user becomes that of an account", waitingBecomesAccount},
	}
}

// waiting adds a user who waits for an invitation at the address.
func (f fixture) waiting(name, address string) directory.User {
	u := newUser(name)
	u.Username, u.State = "", directory.Invited
	f.update(func(tx directory.Writer) error {
		if err := tx.AddUser(&u); err != nil {
			return err
		}
		e := directory.Email{User: u.ID, Address: address, Primary: true, Invited: true, CreatedAt: moment()}
		err := tx.AddEmail(&e)
		u.Emails = []directory.Email{e}
		return err
	})
	return u
}

func waitingAddresses(f fixture) {
	first := f.waiting("first", "Émile@example.org")
	second := f.waiting("second", "émile@EXAMPLE.org")
	missing(f, "waiting address", func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("émile@example.org") })
	key := emailaddress.Key("Émile@example.org")
	at := func() map[string][]directory.UserID {
		return read(f, func(tx directory.Reader) (map[string][]directory.UserID, error) {
			return tx.InvitedUsersAt([]string{key, "x"})
		})
	}
	f.same("who waits", at(), map[string][]directory.UserID{key: {first.ID, second.ID}})
	f.same("who waits nowhere", len(read(f, func(tx directory.Reader) (map[string][]directory.UserID, error) { return tx.InvitedUsersAt(nil) })), 0)

	holder := newUser("emile")
	f.update(func(tx directory.Writer) error {
		if err := tx.AddUser(&holder); err != nil {
			return err
		}
		e := directory.Email{User: holder.ID, Address: "émile@example.org", Primary: true, Claimed: true, CreatedAt: moment()}
		err := tx.AddEmail(&e)
		holder.Emails = []directory.Email{e}
		return err
	})
	f.wantUser(holder)
	f.same("by address", read(f, func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("Émile@example.org") }), holder)
	_, addressed := readHolders(f, "émile@example.org")
	f.same("holder", addressed, holder.ID)
	found := read(f, func(tx directory.Reader) (directory.Holders, error) {
		return tx.Holders(directory.Uniques{Addresses: []string{key}})
	})
	f.same("holders", found.Addresses, map[string]directory.UserID{key: holder.ID})
	f.same("who waits beside an account", at(), map[string][]directory.UserID{key: {first.ID, second.ID}})
	f.wantUser(first)
}

func readHolders(f fixture, address string) (named, addressed directory.UserID) {
	f.view(func(tx directory.Reader) (err error) {
		named, addressed, err = tx.HoldersOf("", address)
		return err
	})
	return named, addressed
}

func waitingBecomesAccount(f fixture) {
	first, second := f.waiting("first", "emile@example.org"), f.waiting("second", "emile@example.org")
	e := first.Emails[0]
	e.Invited, e.Verified = false, true
	f.update(func(tx directory.Writer) error { return tx.ChangeEmail(e) })
	first.Emails = []directory.Email{e}
	f.same("by address", read(f, func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("emile@example.org") }), first)
	taken := second.Emails[0]
	taken.Invited = false
	f.wantConflict(f.refused(func(tx directory.Writer) error { return tx.ChangeEmail(taken) }), "email")
	e.Verified, e.Invited = false, true
	f.update(func(tx directory.Writer) error { return tx.ChangeEmail(e) })
	missing(f, "waiting address", func(tx directory.Reader) (directory.User, error) { return tx.UserByEmail("emile@example.org") })
}
