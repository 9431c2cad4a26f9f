package naming_test

import (
	"fmt"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/unitext"
)

func TestOnlyAdministratorsGiveOrganizationsReservedNames(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	user := h.AddUser("eve")
	eve, boss := h.Actor(user), h.Actor(h.AddUser("boss", admin))
	own, err := h.CreateOrganization(t.Context(), eve, " Web\u00a0")
	h.Must(err)
	if own.Name != "Web" {
		t.Errorf("the name is %q", own.Name)
	}
	for i, name := range []string{"Administrators", "ᴀᴅᴍɪɴ", "Аdmin", "r00t", "Support", "Roster", "gitlab", "42", "A.D.M.I.N", "＠admin"} {
		_, err := h.CreateOrganization(t.Context(), eve, name)
		wantFault(t, err, "organization", fault.Reserved)
		_, err = h.RenameOrganization(t.Context(), eve, own.ID, name)
		wantFault(t, err, "organization", fault.Reserved)
		if i > 1 {
			continue
		}
		given, err := h.CreateOrganization(t.Context(), boss, name)
		h.Must(err)
		h.Must(h.SetMemberRole(t.Context(), operator(), given.ID, user.ID, model.RoleAdmin))
		// The holder of a given name may change its case.
		_, err = h.RenameOrganization(t.Context(), eve, given.ID, unitext.Fold(name))
		h.Must(err)
	}
	_, err = h.RenameOrganization(t.Context(), eve, own.ID, "Web Team")
	h.Must(err)
	_, err = h.RenameOrganization(t.Context(), boss, own.ID, "Support")
	h.Must(err)
}

func TestNamesFreedByOneUserAreLimited(t *testing.T) {
	t.Parallel()
	h := newReservingFixture(t)
	eve, other := h.Actor(h.AddUser("eve")), h.Actor(h.AddUser("other"))
	org, err := h.CreateOrganization(t.Context(), eve, "Name 0")
	h.Must(err)
	for i := range 20 {
		_, err := h.RenameOrganization(t.Context(), eve, org.ID, fmt.Sprint("Name ", i+1))
		h.Must(err)
	}
	_, err = h.RenameOrganization(t.Context(), eve, org.ID, "Name 21")
	wantKind(t, err, fault.Limited)
	_, err = h.CreateOrganization(t.Context(), eve, "Another")
	wantKind(t, err, fault.Limited)
	// All names stay reserved, and the organization can take them back.
	for _, name := range []string{"Name 0", "Name 19"} {
		_, err := h.CreateOrganization(t.Context(), other, name)
		wantFault(t, err, "organization", fault.Taken)
		_, err = h.RenameOrganization(t.Context(), eve, org.ID, name)
		h.Must(err)
	}
	_, err = h.RenameOrganization(t.Context(), operator(), org.ID, "Name 22")
	h.Must(err)
	h.Clock.Advance(2 * time.Hour)
	_, err = h.RenameOrganization(t.Context(), eve, org.ID, "Name 23")
	h.Must(err)
}

func TestCreatingAndDeletingOrganizationsIsLimited(t *testing.T) {
	t.Parallel()
	h := newReservingFixture(t)
	eve := h.Actor(h.AddUser("eve"))
	for i := range 10 {
		org, err := h.CreateOrganization(t.Context(), eve, fmt.Sprint("Name ", i))
		h.Must(err)
		h.Must(h.DeleteOrganization(t.Context(), eve, org.ID))
	}
	_, err := h.CreateOrganization(t.Context(), eve, "One more")
	wantKind(t, err, fault.Limited)
	other := h.Actor(h.AddUser("other"))
	_, err = h.CreateOrganization(t.Context(), other, "Name 0")
	wantFault(t, err, "organization", fault.Taken)
	for i := range 12 { // administrators are not limited
		h.Must(h.DeleteOrganization(t.Context(), operator(), h.AddOrganization(fmt.Sprint("Given ", i)).ID))
	}
}

func TestReservedNamesAreListedInPages(t *testing.T) {
	t.Parallel()
	h := newReservingFixture(t)
	for i := range 3 {
		h.Must(h.DeleteOrganization(t.Context(), operator(), h.AddOrganization(fmt.Sprint("Given ", i)).ID))
	}
	var after model.ReservedName
	for n := 0; ; n++ {
		page, err := h.ReservedNames(t.Context(), operator(), after, 1)
		h.Must(err)
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
		h := newFixture(t)
		pasted := func(text string) string { return around[0] + text + around[1] }
		want := func(u model.User, err error, name string) {
			t.Helper()
			h.Must(err)
			u, err = h.User(t.Context(), operator(), u.ID)
			h.Must(err)
			if u.Username != name || u.Primary().Address != address(name) {
				t.Errorf("%d: username %q, address %q, want %s", i, u.Username, u.Primary().Address, name)
			}
		}
		made, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: pasted("one"), Email: pasted(address("one"))})
		want(made, err, "one")
		made, err = h.Register(t.Context(), caller(model.Wekan), registration.Input{Username: pasted("two"), Email: pasted(address("two")), Password: "long enough 1x"})
		want(made, err, "two")
		made, err = h.ChangeUser(t.Context(), operator(), made.ID, directory.UserChange{Username: ref(pasted("three")), Email: ref(pasted(address("three")))})
		want(made, err, "three")
		boss, err := h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: pasted("boss"), Email: pasted(address("boss")), Password: password("boss")})
		want(boss, err, "boss")
		_, err = h.ChangeMe(t.Context(), h.Actor(boss), directory.SelfChange{Email: ref(pasted(address("boss")))})
		want(boss, err, "boss")
		added, err := h.AddEmail(t.Context(), operator(), made.ID, pasted(address("four")))
		h.Must(err)
		if added.Address != address("four") {
			t.Errorf("%d: added %q", i, added.Address)
		}
		sent, err := h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: h.Home.ID, Email: pasted(address("five"))})
		h.Must(err)
		if sent.Invitation.Email != address("five") {
			t.Errorf("%d: invited %q", i, sent.Invitation.Email)
		}
		made, _, err = h.AcceptInvitation(t.Context(), caller(model.Native), h.EmailedToken(address("five")), invitation.Acceptance{Username: pasted("five"), Password: "long enough 1x"})
		want(made, err, "five")
		if refusals := h.importRefusals(importer.Entry{Username: pasted("six"), Emails: []importer.EntryEmail{{Address: pasted(address("six"))}}}); len(refusals) != 0 {
			t.Errorf("%d: %v", i, refusals)
		}
	}
}

func TestBlanksInsideOfNamesAndAddressesAreReported(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for _, n := range []directory.NewUser{{Username: "a b"}, {Username: "a\u00a0b"}, {Username: "x", Email: "a b@example.org"}, {Username: "x", Email: "a@\u3000example.org"}} {
		_, err := h.CreateUser(t.Context(), operator(), n)
		wantKind(t, err, fault.Invalid)
		if got := err.Error(); got != "invalid: username cannot be used: it has spaces inside; remove them" &&
			got != "invalid: email cannot be used: it has spaces inside; remove them" {
			t.Errorf("%+v: got %s", n, got)
		}
	}
}
