package directory_test

import (
	"fmt"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

func TestOnlyAdministratorsGiveOrganizationsReservedNames(t *testing.T) {
	t.Parallel()
	h := open(t)
	person := h.person("eve")
	eve, boss := h.as(person), h.as(h.person("boss", admin))
	own, err := h.CreateOrganization(t.Context(), eve, " Web\u00a0")
	h.must(err)
	if own.Name != "Web" {
		t.Errorf("the name is %q", own.Name)
	}
	for i, name := range []string{"Administrators", "ᴀᴅᴍɪɴ", "Аdmin", "r00t", "Support", "Roster", "gitlab", "42", "A.D.M.I.N", "＠admin"} {
		_, err := h.CreateOrganization(t.Context(), eve, name)
		faulty(t, err, "organization", directory.Reserved)
		_, err = h.RenameOrganization(t.Context(), eve, own.ID, name)
		faulty(t, err, "organization", directory.Reserved)
		if i > 1 {
			continue
		}
		given, err := h.CreateOrganization(t.Context(), boss, name)
		h.must(err)
		h.must(h.PutMember(t.Context(), operator(), given.ID, person.ID, directory.RoleAdmin))
		// The capitals of a name that was given are the holder's to choose.
		_, err = h.RenameOrganization(t.Context(), eve, given.ID, directory.Fold(name))
		h.must(err)
	}
	_, err = h.RenameOrganization(t.Context(), eve, own.ID, "Web Team")
	h.must(err)
	_, err = h.RenameOrganization(t.Context(), boss, own.ID, "Support")
	h.must(err)
}

func TestNamesThatOneUserFreesAreBounded(t *testing.T) {
	t.Parallel()
	h := reservingHouse(t)
	eve, other := h.as(h.person("eve")), h.as(h.person("other"))
	org, err := h.CreateOrganization(t.Context(), eve, "Name 0")
	h.must(err)
	for i := range 20 {
		_, err := h.RenameOrganization(t.Context(), eve, org.ID, fmt.Sprint("Name ", i+1))
		h.must(err)
	}
	_, err = h.RenameOrganization(t.Context(), eve, org.ID, "Name 21")
	refused(t, err, directory.Limited)
	_, err = h.CreateOrganization(t.Context(), eve, "Another")
	refused(t, err, directory.Limited)
	// The names stay reserved, the first as well as the last, and the organization takes them back.
	for _, name := range []string{"Name 0", "Name 19"} {
		_, err := h.CreateOrganization(t.Context(), other, name)
		faulty(t, err, "organization", directory.Taken)
		_, err = h.RenameOrganization(t.Context(), eve, org.ID, name)
		h.must(err)
	}
	_, err = h.RenameOrganization(t.Context(), operator(), org.ID, "Name 22")
	h.must(err)
	h.clock.turn(2 * time.Hour)
	_, err = h.RenameOrganization(t.Context(), eve, org.ID, "Name 23")
	h.must(err)
}

func TestFoundingAndDeletingIsBounded(t *testing.T) {
	t.Parallel()
	h := reservingHouse(t)
	eve := h.as(h.person("eve"))
	for i := range 10 {
		org, err := h.CreateOrganization(t.Context(), eve, fmt.Sprint("Name ", i))
		h.must(err)
		h.must(h.DeleteOrganization(t.Context(), eve, org.ID))
	}
	_, err := h.CreateOrganization(t.Context(), eve, "One more")
	refused(t, err, directory.Limited)
	other := h.as(h.person("other"))
	_, err = h.CreateOrganization(t.Context(), other, "Name 0")
	faulty(t, err, "organization", directory.Taken)
	for i := range 12 { // administrators are not bound
		h.must(h.DeleteOrganization(t.Context(), operator(), h.org(fmt.Sprint("Given ", i)).ID))
	}
}

func TestReservedNamesAreListedInPages(t *testing.T) {
	t.Parallel()
	h := reservingHouse(t)
	for i := range 3 {
		h.must(h.DeleteOrganization(t.Context(), operator(), h.org(fmt.Sprint("Given ", i)).ID))
	}
	var after directory.ReservedName
	for n := 0; ; n++ {
		page, err := h.ReservedNames(t.Context(), operator(), after, 1)
		h.must(err)
		if len(page) == 0 {
			if n != 6 {
				t.Errorf("%d names, want 6", n)
			}
			return
		}
		after = page[0]
	}
}

func TestBlanksAroundNamesAndAddressesAreRemovedOnEveryPath(t *testing.T) {
	t.Parallel()
	for i, around := range [][2]string{{" ", "\t"}, {"\u00a0", "\u3000"}, {"\u200b", "\r\n"}, {"\ufeff", "\u2060"}, {"\u200e", "\u200f"}, {"\u2028", "\u00ad"}} {
		h := open(t)
		pasted := func(text string) string { return around[0] + text + around[1] }
		want := func(u directory.User, err error, name string) {
			t.Helper()
			h.must(err)
			u, err = h.User(t.Context(), operator(), u.ID)
			h.must(err)
			if u.Username != name || u.Primary().Address != address(name) {
				t.Errorf("%d: username %q, address %q, want %s", i, u.Username, u.Primary().Address, name)
			}
		}
		made, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: pasted("one"), Email: pasted(address("one"))})
		want(made, err, "one")
		made, err = h.Register(t.Context(), caller(directory.Wekan), directory.Registration{Username: pasted("two"), Email: pasted(address("two")), Password: "long enough 1x"})
		want(made, err, "two")
		made, err = h.ChangeUser(t.Context(), operator(), made.ID, directory.UserChange{Username: ref(pasted("three")), Email: ref(pasted(address("three")))})
		want(made, err, "three")
		boss, err := h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: pasted("boss"), Email: pasted(address("boss")), Password: password("boss")})
		want(boss, err, "boss")
		_, err = h.ChangeMe(t.Context(), h.as(boss), directory.SelfChange{Email: ref(pasted(address("boss")))})
		want(boss, err, "boss")
		added, err := h.AddEmail(t.Context(), operator(), made.ID, pasted(address("four")))
		h.must(err)
		if added.Address != address("four") {
			t.Errorf("%d: added %q", i, added.Address)
		}
		sent, err := h.Invite(t.Context(), operator(), directory.NewInvitation{Org: h.home.ID, Email: pasted(address("five"))})
		h.must(err)
		if sent.Invitation.Email != address("five") {
			t.Errorf("%d: invited %q", i, sent.Invitation.Email)
		}
		made, _, err = h.AcceptInvitation(t.Context(), caller(directory.Native), h.mailed(address("five")), directory.Acceptance{Username: pasted("five"), Password: "long enough 1x"})
		want(made, err, "five")
		if refusals := h.importRefusals(directory.Entry{Username: pasted("six"), Emails: []directory.EntryEmail{{Address: pasted(address("six"))}}}); len(refusals) != 0 {
			t.Errorf("%d: %v", i, refusals)
		}
	}
}

func TestBlanksInsideOfNamesAndAddressesAreNamed(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, n := range []directory.NewUser{{Username: "a b"}, {Username: "a\u00a0b"}, {Username: "x", Email: "a b@example.org"}, {Username: "x", Email: "a@\u3000example.org"}} {
		_, err := h.CreateUser(t.Context(), operator(), n)
		refused(t, err, directory.Invalid)
		if got := err.Error(); got != "invalid: username cannot be used: it has spaces inside; remove them" &&
			got != "invalid: email cannot be used: it has spaces inside; remove them" {
			t.Errorf("%+v: got %s", n, got)
		}
	}
}
