package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

const claimedAddress = "victim@corp.example"

// claimant is a user that signed up with the address of another person and is Pending at home.
func (h *fixture) claimant(username, email string) model.User {
	h.T.Helper()
	u := must(h.T, func() (model.User, error) {
		return h.Register(h.T.Context(), caller(model.Wekan), registration.Input{Username: username, Email: email, Password: password(username)})
	})
	return must(h.T, func() (model.User, error) { return h.User(h.T.Context(), operator(), u.ID) })
}

func (h *fixture) emailsOf(id model.UserID) []string {
	h.T.Helper()
	var all []string
	for _, e := range must(h.T, func() ([]model.Email, error) { return h.Emails(h.T.Context(), operator(), id) }) {
		all = append(all, e.Address)
	}
	return all
}

func TestClaimedAddressIdentifiesNoUser(t *testing.T) {
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
		if u := must(t, func() (model.User, error) { return h.UserNamed(t.Context(), operator(), text) }); u.ID != mallory.ID {
			t.Errorf("%q names %d", text, u.ID)
		}
	}
	eve := h.AddUser("eve")
	h.Must(none(h.ChangeMe(t.Context(), h.Actor(eve), directory.SelfChange{Email: ref("ceo@corp.example")})))
	_, err = h.UserNamed(t.Context(), operator(), "ceo@corp.example")
	wantKind(t, err, fault.Conflict)
	for name, claimed := range map[string]string{"what an administrator entered": address("root"), "what was verified": "proven@corp.example"} {
		if name == "what was verified" {
			_, token := h.invite(claimed, false, model.RoleMember)
			h.Must(none(h.accept(token, "proven")))
		}
		if _, err := h.UserNamed(t.Context(), operator(), claimed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAdministratorCanCreateAUserWithAClaimedAddress(t *testing.T) {
	t.Parallel()
	for name, give := range map[string]func(*fixture, model.Actor) error{
		"creates": func(h *fixture, actor model.Actor) error {
			return none(h.CreateUser(h.T.Context(), actor, directory.NewUser{Username: "victim", Email: claimedAddress}))
		},
		"creates, spelled differently": func(h *fixture, actor model.Actor) error {
			return none(h.CreateUser(h.T.Context(), actor, directory.NewUser{Username: "victim", Email: "Victim@CORP.example"}))
		},
		"imports": func(h *fixture, actor model.Actor) error {
			e := entry("victim")
			e.Emails = []importer.EntryEmail{{Address: claimedAddress}, {Address: "second@corp.example"}}
			tally, err := h.Import(h.T.Context(), actor, importer.Import{Name: "x"}, lineSeq(e), ignore)
			if err == nil && tally.Accepted != 1 {
				h.T.Error("the line was rejected")
			}
			return err
		},
		"changes the address of a user": func(h *fixture, actor model.Actor) error {
			return h.change(actor, h.AddUser("vera").ID, directory.UserChange{Email: ref(claimedAddress)})
		},
		"adds a second address": func(h *fixture, actor model.Actor) error {
			return none(h.AddEmail(h.T.Context(), actor, h.AddUser("vera").ID, claimedAddress))
		},
		"makes an administrator": func(h *fixture, _ model.Actor) error {
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
		if u := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) }); u.ID == mallory.ID {
			t.Errorf("%s: the claimant is found by the address", name)
		}
		if !slices.ContainsFunc(h.AllEvents(), func(e model.Event) bool {
			return e.Verb == model.EmailRemove && e.User == mallory.ID && e.Actor != mallory.ID
		}) {
			t.Errorf("%s: no event says that the claimant lost the address", name)
		}
	}
}

func TestPendingRegistrationDoesNotReserveTheAddress(t *testing.T) {
	t.Parallel()
	for _, byImport := range []bool{false, true} {
		h := newFixture(t)
		actor := h.Actor(h.AddUser("root", admin))
		h.Must(register(h, model.PM415, registration.Input{Email: claimedAddress, Password: "long enough 1", Organization: "Evil"}))
		pending := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) })
		e := entry(pending.Username)
		e.Emails = []importer.EntryEmail{{Address: claimedAddress}}
		var err error
		if byImport {
			dry := must(t, func() (importer.Tally, error) {
				return h.Import(t.Context(), actor, importer.Import{Name: "x", DryRun: true}, lineSeq(e), ignore)
			})
			tally := must(t, func() (importer.Tally, error) {
				return h.Import(t.Context(), actor, importer.Import{Name: "x"}, lineSeq(e, e), ignore)
			})
			if dry.Accepted != 1 || tally.Accepted != 1 || tally.Refused != 1 {
				t.Errorf("dry run %+v, import %+v", dry, tally)
			}
		} else {
			err = none(h.CreateUser(t.Context(), actor, directory.NewUser{Username: pending.Username, Email: claimedAddress}))
		}
		h.Must(err)
		if u := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) }); u.ID == pending.ID || u.State != model.Active {
			t.Errorf("import %t: the address belongs to %+v", byImport, u)
		}
	}
}

// Addresses that are not claims stay: verified ones, and those that an administrator entered.
func TestAddressThatIsNotAClaimIsTaken(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	actor := h.Actor(h.AddUser("root", admin))
	ada, eve := h.AddUser("ada"), h.AddUser("eve")
	_, token := h.invite(claimedAddress, false, model.RoleMember)
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
		"claimed twice, by a sign-up":                   register(h, model.Wekan, registration.Input{Username: "second", Email: "claimed@corp.example", Password: "long enough 1"}),
		"of a claimant whose username is taken as well": none(h.CreateUser(t.Context(), actor, directory.NewUser{Username: "mallory", Email: "claimed@corp.example"})),
	} {
		if !fault.Has(err, "email", fault.Taken) && !fault.Has(err, "username", fault.Taken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if held := h.emailsOf(ada.ID); !slices.Contains(held, address("ada")) {
		t.Errorf("ada has %v", held)
	}
	if u := must(t, func() (model.User, error) { return h.UserNamed(t.Context(), operator(), "mallory") }); u.Primary().Address != "claimed@corp.example" {
		t.Error("a refused operation took the address")
	}
}

// A membership of the claimant does not prevent an invitation, and the emailed link moves the address to
// the user that opens it.
func TestClaimedAddressCanBeInvited(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{true, false} {
		h := newFixture(t)
		mallory := h.claimant("mallory", claimedAddress)
		eve := h.AddUser("eve")
		h.Must(none(h.ChangeMe(t.Context(), h.Actor(eve), directory.SelfChange{Email: ref("ceo@corp.example")})))
		_, token := h.invite(claimedAddress, waits, model.RoleAdmin)
		h.invite("ceo@corp.example", waits, model.RoleMember)
		joined := must(t, func() (model.User, error) { return h.accept(token, "vera") })
		if joined.ID == mallory.ID || len(h.emailsOf(mallory.ID)) > 0 {
			t.Errorf("waits %t: the claimant joined", waits)
		}
		_, err := h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: h.Home.ID, Email: claimedAddress, Role: model.RoleMember})
		wantFault(t, err, "member", fault.Taken)
	}
}

func TestClaimRemainsAClaimAfterAnImport(t *testing.T) {
	t.Parallel()
	h, other := newFixture(t), newFixture(t)
	h.claimant("mallory", claimedAddress)
	h.AddUser("eve")
	other.Must(none(other.Import(t.Context(), operator(), importer.Import{Name: "moved"}, lineSeq(h.export(true)...), ignore)))
	wantKind(t, none(other.UserNamed(t.Context(), operator(), claimedAddress)), fault.Conflict)
	h.Must(none(other.UserNamed(t.Context(), operator(), address("eve"))))
}

// An account that only claims an address receives nothing when another user signs up with it: the
// confirmation goes to the address that was typed, and its link takes the address.
func TestClaimedAddressCanSignUp(t *testing.T) {
	t.Parallel()
	claims := map[string]func(*fixture, model.User) error{
		"a second address": func(h *fixture, eve model.User) error {
			return none(h.AddEmail(h.T.Context(), h.Actor(eve), eve.ID, claimedAddress))
		},
		"a changed address": func(h *fixture, eve model.User) error {
			return none(h.ChangeMe(h.T.Context(), h.Actor(eve), directory.SelfChange{Email: ref(claimedAddress)}))
		},
		"another spelling": func(h *fixture, eve model.User) error {
			return none(h.AddEmail(h.T.Context(), h.Actor(eve), eve.ID, "Victim@CORP.example"))
		},
	}
	signUps := map[string]struct {
		api     model.API
		options func(*directory.Options)
		input   registration.Input
	}{
		"native":                {model.Native, func(*directory.Options) {}, registration.Input{Username: "vic"}},
		"native, without names": {model.Native, func(*directory.Options) {}, registration.Input{}},
		"pm415":                 {model.PM415, func(*directory.Options) {}, registration.Input{Organization: "Corp"}},
		"pm415, hides accounts": {model.PM415, func(o *directory.Options) { o.HidesAccounts = []model.API{model.PM415} }, registration.Input{Organization: "Corp"}},
		"Wekan with a confirmation": {model.Wekan, func(o *directory.Options) {
			o.SignUp, o.SignUpDomains = registration.ByDomain, []string{"corp.example"}
		}, registration.Input{Username: "vic"}},
	}
	for how, claim := range claims {
		for where, s := range signUps {
			t.Run(how+", "+where, func(t *testing.T) {
				t.Parallel()
				h := newFixture(t, s.options)
				eve := h.AddUser("eve")
				h.raw(`UPDATE emails SET verified = 1`)
				h.Must(claim(h, eve))
				h.NextEmail(claimedAddress) // the verification that eve cannot read
				h.sentTo(address("eve"))
				s.input.Email, s.input.Password = claimedAddress, "long enough 1x"
				h.Must(register(h, s.api, s.input))
				token := h.EmailedToken(claimedAddress)
				if m, found := h.NextEmail(address("eve")); found {
					t.Errorf("the claimant received %q", m.Subject)
				}
				if held := h.emailsOf(eve.ID); len(held) != 2 {
					t.Errorf("the claimant has %v before the link was opened", held)
				}
				victim := must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(s.api), token) })
				if victim.ID == eve.ID || victim.State != model.Active || victim.Username == "" || victim.Primary().Address != claimedAddress || !victim.Primary().Verified {
					t.Errorf("got %+v", victim)
				}
				if held := h.emailsOf(eve.ID); !slices.Equal(held, []string{address("eve")}) {
					t.Errorf("the claimant has %v", held)
				}
				again := must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(s.api), token) })
				if again.ID != victim.ID {
					t.Errorf("the link opened again names user %d", again.ID)
				}
			})
		}
	}
}

// The link of such a sign-up takes the address only from a claim.
func TestSignUpLinkTakesNoAddressThatWasVerifiedSince(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then  func(h *fixture, eve model.User, verification secret.Text)
		works bool
	}{
		"the claim stands": {func(*fixture, model.User, secret.Text) {}, true},
		"the claimant is gone": {func(h *fixture, eve model.User, _ secret.Text) {
			h.Must(none(h.DeleteUser(h.T.Context(), operator(), eve.ID)))
		}, true},
		"another sign-up with the address": {func(h *fixture, eve model.User, _ secret.Text) {
			h.Must(none(h.DeleteUser(h.T.Context(), operator(), eve.ID)))
			h.Must(register(h, model.PM415, registration.Input{Email: claimedAddress, Password: "long enough 1x", Organization: "Other"}))
		}, true},
		"the claimant verified it": {func(h *fixture, _ model.User, verification secret.Text) {
			h.Must(none(h.VerifyEmail(h.T.Context(), caller(model.Native), verification)))
		}, false},
		"an administrator gave it to a user": {func(h *fixture, _ model.User, _ secret.Text) {
			h.Must(none(h.CreateUser(h.T.Context(), operator(), directory.NewUser{Username: "vera", Email: claimedAddress})))
		}, false},
		"the claimant is blocked": {func(h *fixture, eve model.User, _ secret.Text) {
			h.Must(none(h.BlockUser(h.T.Context(), operator(), eve.ID)))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			eve := h.AddUser("eve")
			h.Must(none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, claimedAddress)))
			verification := h.EmailedToken(claimedAddress)
			h.Must(register(h, model.Native, registration.Input{Username: "vic", Email: claimedAddress, Password: "long enough 1x"}))
			token := h.EmailedToken(claimedAddress)
			c.then(h, eve, verification)
			_, err := h.VerifyEmail(t.Context(), caller(model.Native), token)
			if c.works {
				h.Must(err)
			} else {
				wantKind(t, err, fault.Expired)
			}
		})
	}
}

// Each sign-up at an address that another account claims adds a user without an address.
func TestSignUpsAtAClaimedAddressAreDeletedWhenTheirLinkExpires(t *testing.T) {
	t.Parallel()
	const lifetime = 3 * 24 * time.Hour
	for name, c := range map[string]struct {
		api  model.API
		age  time.Duration
		then func(h *fixture, signedUp model.User)
		left int
	}{
		"the link is live":              {model.Native, lifetime - 3*time.Hour, func(*fixture, model.User) {}, 2},
		"the link has expired":          {model.Native, lifetime + time.Hour, func(*fixture, model.User) {}, 0},
		"the link of pm415 has expired": {model.PM415, lifetime + time.Hour, func(*fixture, model.User) {}, 0},
		"one was blocked":               {model.Native, lifetime + time.Hour, func(h *fixture, u model.User) { h.Must(none(h.BlockUser(h.T.Context(), operator(), u.ID))) }, 0},
		"one got an address": {model.Native, lifetime + time.Hour, func(h *fixture, u model.User) {
			h.Must(none(h.AddEmail(h.T.Context(), operator(), u.ID, "other@corp.example")))
		}, 1},
		"one was confirmed by its link": {model.Native, lifetime + time.Hour, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			eve := h.AddUser("eve")
			h.raw(`UPDATE emails SET verified = 1`)
			h.Must(none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, claimedAddress)))
			h.NextEmail(claimedAddress)
			var token secret.Text
			for i := range 2 {
				h.Clock.Advance(2 * time.Hour) // for the limit of emails to one address
				r := registration.Input{Email: claimedAddress, Password: "long enough 1x"}
				if c.api == model.PM415 {
					r.Organization = fmt.Sprint("Corp ", i)
				}
				h.Must(register(h, c.api, r))
				token = h.EmailedToken(claimedAddress)
			}
			h.Must(register(h, model.Native, registration.Input{Email: "pending@corp.example", Password: "long enough 1x"}))
			h.EmailedToken("pending@corp.example")
			h.Must(none(h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "noaddress"})))
			var signedUp []model.User
			for _, u := range h.allUsers() {
				if u.State == model.Invited && len(u.Emails) == 0 {
					signedUp = append(signedUp, u)
				}
			}
			if len(signedUp) != 2 {
				t.Fatalf("there are %d sign-ups without an address, want 2", len(signedUp))
			}
			if c.then != nil {
				c.then(h, signedUp[0])
			} else {
				h.Must(none(h.VerifyEmail(t.Context(), caller(c.api), token)))
			}
			h.Clock.Advance(c.age)
			h.tend()
			if got := len(h.allUsers()) - 3; got != c.left {
				t.Errorf("%d of 2 sign-ups are left, want %d", got, c.left)
			}
			deleted := 0
			for _, e := range h.AllEvents() {
				if e.Verb == model.UserDelete {
					deleted++
				}
			}
			if deleted != 2-c.left {
				t.Errorf("%d events of deletions, want %d", deleted, 2-c.left)
			}
			h.verify()
		})
	}
}

// If it is the only address of the claimant, its owner can reset the password of the claimant.
func TestSignUpWithTheOnlyAddressOfAClaimantIsMailedAResetLink(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	mallory := h.claimant("mallory", claimedAddress)
	h.Must(register(h, model.Native, registration.Input{Username: "vic", Email: claimedAddress, Password: "long enough 1x"}))
	reset := must(t, func() (model.User, error) {
		return h.ResetPassword(t.Context(), caller(model.Native), directory.Reset{Token: h.EmailedToken(claimedAddress), Password: "another long phrase"})
	})
	if reset.ID != mallory.ID {
		t.Errorf("the link is for user %d", reset.ID)
	}
}

// A sign-up that was blocked before its link was opened is not an account.
func TestBlockedSignUpDoesNotReserveItsAddress(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]model.API{"without a username": model.Native, "with a username": model.PM415} {
		for how, give := range map[string]func(*fixture) error{
			"created": func(h *fixture) error {
				return none(h.CreateUser(h.T.Context(), operator(), directory.NewUser{Username: "vera", Email: claimedAddress}))
			},
			"imported": func(h *fixture) error {
				e := entry("vera")
				e.Emails = []importer.EntryEmail{{Address: claimedAddress}}
				tally, err := h.Import(h.T.Context(), operator(), importer.Import{Name: "x"}, lineSeq(e), ignore)
				if err == nil && tally.Accepted != 1 {
					h.T.Errorf("%s: the line was rejected", name)
				}
				return err
			},
		} {
			h := newFixture(t)
			h.Must(register(h, api, registration.Input{Email: claimedAddress, Password: "long enough 1x", Organization: "Corp"}))
			h.EmailedToken(claimedAddress) // the queued sign-up was executed
			pending := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) })
			h.Must(none(h.BlockUser(t.Context(), operator(), pending.ID)))
			if err := give(h); err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
				continue
			}
			u := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), claimedAddress) })
			if u.Username != "vera" {
				t.Errorf("%s, %s: the address belongs to %+v", name, how, u)
			}
			if _, err := h.User(t.Context(), operator(), pending.ID); (fault.KindOf(err) == fault.NotFound) != (pending.Username == "") {
				t.Errorf("%s, %s: the sign-up: %v", name, how, err)
			}
		}
	}
}

// A sign-up that was blocked before it got its address can be neither imported nor named.
func TestABlockedSignUpWithoutAnAddressIsNotExported(t *testing.T) {
	t.Parallel()
	h, other := newFixture(t), newFixture(t)
	eve := h.AddUser("eve")
	h.Must(none(h.AddEmail(t.Context(), h.Actor(eve), eve.ID, claimedAddress)))
	h.EmailedToken(claimedAddress)
	h.Must(register(h, model.Native, registration.Input{Username: "vic", Email: claimedAddress, Password: "long enough 1x"}))
	token := h.EmailedToken(claimedAddress)
	h.Must(none(h.BlockUser(t.Context(), operator(), eve.ID+1)))
	_, err := h.VerifyEmail(t.Context(), caller(model.Native), token)
	wantKind(t, err, fault.Expired)
	exported := h.export(true)
	if len(exported) != 1 || exported[0].Username != "eve" {
		t.Errorf("exported are %+v", exported)
	}
	other.Must(none(other.Import(t.Context(), operator(), importer.Import{Name: "moved"}, lineSeq(exported...), ignore)))
}
