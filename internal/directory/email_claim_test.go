package directory_test

import (
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

const claimedAddress = "victim@corp.example"

// claimant is a stranger who signed up with the address of another person, and waits at home
// for a role.
func (h *fixture) claimant(username, email string) directory.User {
	h.T.Helper()
	u := must(h.T, func() (directory.User, error) {
		return h.Register(h.T.Context(), caller(directory.Wekan), directory.Registration{Username: username, Email: email, Password: password(username)})
	})
	return must(h.T, func() (directory.User, error) { return h.User(h.T.Context(), operator(), u.ID) })
}

func (h *fixture) emailsOf(id directory.UserID) []string {
	h.T.Helper()
	var all []string
	for _, e := range must(h.T, func() ([]directory.Email, error) { return h.Emails(h.T.Context(), operator(), id) }) {
		all = append(all, e.Address)
	}
	return all
}

func TestAClaimedAddressNamesNoUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	mallory := h.claimant("mallory", claimedAddress)
	for _, text := range []string{claimedAddress, "email:" + claimedAddress, " VICTIM@CORP.example"} {
		_, err := h.UserNamed(t.Context(), operator(), text)
		wantKind(t, err, fault.Conflict)
		if err == nil || !strings.Contains(err.Error(), "write id:") || !strings.Contains(err.Error(), "not verified") {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := h.UserNamed(t.Context(), h.Actor(h.AddUser("root", admin)), claimedAddress)
	wantKind(t, err, fault.NotFound)
	for _, text := range []string{"mallory", "username:mallory", mallory.UID} {
		if u := must(t, func() (directory.User, error) { return h.UserNamed(t.Context(), operator(), text) }); u.ID != mallory.ID {
			t.Errorf("%q names %d", text, u.ID)
		}
	}
	eve := h.AddUser("eve")
	h.Must(none(h.ChangeMe(t.Context(), h.Actor(eve), directory.SelfChange{Email: ref("ceo@corp.example")})))
	_, err = h.UserNamed(t.Context(), operator(), "ceo@corp.example")
	wantKind(t, err, fault.Conflict)
	for name, claimed := range map[string]string{"what an administrator entered": address("root"), "what was verified": "proven@corp.example"} {
		if name == "what was verified" {
			_, token := h.invite(claimed, false, directory.RoleMember)
			h.Must(none(h.accept(token, "proven")))
		}
		if _, err := h.UserNamed(t.Context(), operator(), claimed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAdministratorGivesAClaimedAddressToItsUser(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]func(*fixture, directory.Actor) error{
		"creates": func(h *fixture, actor directory.Actor) error {
			return none(h.CreateUser(h.T.Context(), actor, directory.NewUser{Username: "victim", Email: claimedAddress}))
		},
		"creates, spelled differently": func(h *fixture, actor directory.Actor) error {
			return none(h.CreateUser(h.T.Context(), actor, directory.NewUser{Username: "victim", Email: "Victim@CORP.example"}))
		},
		"imports": func(h *fixture, actor directory.Actor) error {
			e := entry("victim")
			e.Emails = []directory.EntryEmail{{Address: claimedAddress}, {Address: "second@corp.example"}}
			tally, err := h.Import(h.T.Context(), actor, directory.Import{Name: "x"}, told(e), ignore)
			if err == nil && tally.Accepted != 1 {
				h.T.Error("the line was refused")
			}
			return err
		},
		"changes the address of a user": func(h *fixture, actor directory.Actor) error {
			return h.change(actor, h.AddUser("vera").ID, directory.UserChange{Email: ref(claimedAddress)})
		},
		"adds a second address": func(h *fixture, actor directory.Actor) error {
			return none(h.AddEmail(h.T.Context(), actor, h.AddUser("vera").ID, claimedAddress))
		},
		"makes an administrator": func(h *fixture, _ directory.Actor) error {
			return none(h.CreateAdministrator(h.T.Context(), operator(), directory.Administrator{Username: "victim", Email: claimedAddress, Password: "another long phrase"}))
		},
	} {
		h := newFixture(t)
		actor := h.Actor(h.AddUser("root", admin))
		mallory := h.claimant("mallory", claimedAddress)
		h.Must(give(h, actor))
		if held := h.emailsOf(mallory.ID); len(held) > 0 {
			t.Errorf("%s: the claimant has %v", name, held)
		}
		if u := must(t, func() (directory.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) }); u.ID == mallory.ID {
			t.Errorf("%s: the claimant is found by the address", name)
		}
		if !slices.ContainsFunc(h.AllEvents(), func(e directory.Event) bool {
			return e.Verb == directory.EmailRemove && e.User == mallory.ID && e.Actor != mallory.ID
		}) {
			t.Errorf("%s: no event says that the claimant lost the address", name)
		}
	}
}

func TestAPendingRegistrationIsInNoAdministratorsWay(t *testing.T) {
	t.Parallel()
	for _, byImport := range []bool{false, true} {
		h := newFixture(t)
		actor := h.Actor(h.AddUser("root", admin))
		h.Must(register(h, directory.PM415, directory.Registration{Email: claimedAddress, Password: "long enough 1", Organization: "Evil"}))
		pending := must(t, func() (directory.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) })
		e := entry(pending.Username)
		e.Emails = []directory.EntryEmail{{Address: claimedAddress}}
		var err error
		if byImport {
			dry := must(t, func() (directory.ImportTally, error) {
				return h.Import(t.Context(), actor, directory.Import{Name: "x", DryRun: true}, told(e), ignore)
			})
			tally := must(t, func() (directory.ImportTally, error) {
				return h.Import(t.Context(), actor, directory.Import{Name: "x"}, told(e, e), ignore)
			})
			if dry.Accepted != 1 || tally.Accepted != 1 || tally.Refused != 1 {
				t.Errorf("dry run %+v, import %+v", dry, tally)
			}
		} else {
			err = none(h.CreateUser(t.Context(), actor, directory.NewUser{Username: pending.Username, Email: claimedAddress}))
		}
		h.Must(err)
		if u := must(t, func() (directory.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) }); u.ID == pending.ID || u.State != directory.Active {
			t.Errorf("import %t: the address belongs to %+v", byImport, u)
		}
	}
}

// What is no claim stays: a verified address, one that an administrator entered, and what
// one user takes from another.
func TestWhatIsNoClaimIsTaken(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	actor := h.Actor(h.AddUser("root", admin))
	ada, eve := h.AddUser("ada"), h.AddUser("eve")
	_, token := h.invite(claimedAddress, false, directory.RoleMember)
	h.Must(none(h.accept(token, "proven")))
	h.claimant("mallory", "claimed@corp.example")
	create := func(email string) error {
		return none(h.CreateUser(t.Context(), actor, directory.NewUser{Username: aName(), Email: email}))
	}
	for name, err := range map[string]error{
		"verified":                                      create(claimedAddress),
		"entered by an administrator":                   create(address("ada")),
		"entered for an administrator":                  create(address("root")),
		"claimed twice, by a change":                    none(h.ChangeMe(t.Context(), h.Actor(eve), directory.SelfChange{Email: ref("claimed@corp.example")})),
		"claimed twice, as another":                     none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, "claimed@corp.example")),
		"claimed twice, by a sign-up":                   register(h, directory.Wekan, directory.Registration{Username: "second", Email: "claimed@corp.example", Password: "long enough 1"}),
		"of a claimant whose username is taken as well": none(h.CreateUser(t.Context(), actor, directory.NewUser{Username: "mallory", Email: "claimed@corp.example"})),
	} {
		if !fault.Has(err, "email", fault.Taken) && !fault.Has(err, "username", fault.Taken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if held := h.emailsOf(ada.ID); !slices.Contains(held, address("ada")) {
		t.Errorf("ada has %v", held)
	}
	if u := must(t, func() (directory.User, error) { return h.UserNamed(t.Context(), operator(), "mallory") }); u.Primary().Address != "claimed@corp.example" {
		t.Error("a refused operation took the address")
	}
}

// The membership of a stranger who claims the address is not in the way of an invitation, and
// the mailed link gives the address to its reader.
func TestAClaimDoesNotKeepItsAddressFromBeingInvited(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{true, false} {
		h := newFixture(t)
		mallory := h.claimant("mallory", claimedAddress)
		eve := h.AddUser("eve")
		h.Must(none(h.ChangeMe(t.Context(), h.Actor(eve), directory.SelfChange{Email: ref("ceo@corp.example")})))
		_, token := h.invite(claimedAddress, waits, directory.RoleAdmin)
		h.invite("ceo@corp.example", waits, directory.RoleMember)
		joined := must(t, func() (directory.User, error) { return h.accept(token, "vera") })
		if joined.ID == mallory.ID || len(h.emailsOf(mallory.ID)) > 0 {
			t.Errorf("waits %t: the claimant joined", waits)
		}
		_, err := h.Invite(t.Context(), operator(), directory.NewInvitation{Org: h.Home.ID, Email: claimedAddress, Role: directory.RoleMember})
		wantFault(t, err, "member", fault.Taken)
	}
}

func TestAClaimStaysAClaimAfterAnImport(t *testing.T) {
	t.Parallel()
	h, other := newFixture(t), newFixture(t)
	h.claimant("mallory", claimedAddress)
	h.AddUser("eve")
	other.load(directory.Import{Name: "moved"}, told(h.export(true)...))
	wantKind(t, none(other.UserNamed(t.Context(), operator(), claimedAddress)), fault.Conflict)
	h.Must(none(other.UserNamed(t.Context(), operator(), address("eve"))))
}
