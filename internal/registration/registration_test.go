package registration_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

func TestSignUpCanBeLimitedToInvitations(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.SignUp = registration.Off })
	err := register(h, model.Wekan, registration.Input{Username: "eve", Password: "x"})
	wantKind(t, err, fault.Forbidden)
	wantFault(t, err, "sign_up", fault.Closed)
	_, token := h.invite("ada@example.org", false, 0)
	h.Must(register(h, model.PM415, registration.Input{Email: "ada@example.org", Password: "long enough", Invitation: token}))
	wantKind(t, register(h, model.PM415, registration.Input{Email: "eve@example.org", Password: "long enough", Invitation: "made up"}), fault.Expired)
}

func TestNewSignUpSeesNoOtherUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	h.Must(register(h, model.Wekan, registration.Input{Username: "eve", Email: address("eve"), Password: password("eve")}))
	u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), "eve") })
	if u.Admin || u.State != model.Active || u.Primary().Verified {
		t.Errorf("signed up as %+v", u)
	}
	page := must(t, func() (model.Page[model.User], error) {
		return h.Users(t.Context(), h.Actor(u), model.UserFilter{})
	})
	if page.Total != 1 {
		t.Errorf("sees %d people", page.Total)
	}
}

func TestFirstSignUpIsAdministratorOnlyIfSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		set    bool
		api    model.API
		others bool
		want   bool
	}{
		{true, model.Wekan, false, true}, {true, model.Wekan, true, false},
		{true, model.PM415, false, false}, {false, model.Wekan, false, false},
	} {
		h := newFixture(t, func(o *directory.Options) { o.FirstUserAdmin = c.set })
		if c.others {
			h.AddUser("other")
		}
		for i, name := range []string{"ada", "eve"} {
			h.Must(register(h, c.api, registration.Input{Username: name, Password: password(name)}))
			u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), name) })
			if want := c.want && i == 0; u.Admin != want {
				t.Errorf("%+v: %s became administrator: %v", c, name, u.Admin)
			}
		}
	}
}

func TestSignUpWithAnOrganizationNeedsTheEmailedLink(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	r := registration.Input{Username: "odo", Email: address("odo"), Password: password("odo"), Organization: "Odo & Co"}
	h.Must(register(h, model.PM415, r))
	_, err := h.AddSession("odo", model.PM415Login)
	wantFault(t, err, "state", fault.Inactive)
	u := must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.PM415), h.EmailedToken(address("odo")))
	})
	actor := h.Actor(u)
	mine := must(t, func() ([]model.Membership, error) { return h.MyOrganizations(t.Context(), actor) })
	if len(mine) != 1 || mine[0].Organization.Slug != "odo-co" || mine[0].Role.ID != model.RoleAdmin {
		t.Errorf("belongs to %+v", mine)
	}
	r.Username, r.Email = "eve", address("eve")
	wantFault(t, register(h, model.PM415, r), "organization", fault.Taken)
	_, err = h.UserByUsername(t.Context(), operator(), "eve")
	wantKind(t, err, fault.NotFound)
}

// Without an address there is no link to activate the account.
func TestSignUpWithVerificationNeedsAnAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	err := register(h, model.PM415, registration.Input{Username: "odo", Password: password("odo"), Organization: "Odo"})
	wantFault(t, err, "email", fault.Blank)
}

func TestMissingUsernamesAreDerived(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for i, want := range []string{"info", "info2", "info3"} {
		email := "Info@" + string(rune('a'+i)) + ".example.org"
		h.Must(register(h, model.PM415, registration.Input{Email: email, Password: "long enough", Organization: "Org " + email}))
		if u := must(t, func() (model.User, error) { return h.UserByEmail(t.Context(), operator(), email) }); u.Username != want {
			t.Errorf("%s became %q, want %q", email, u.Username, want)
		}
	}
}

func TestRegistrationsFromOneAddressAreLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.SignUps = 2 })
	for _, name := range []string{"a", "b"} {
		h.Must(register(h, model.Wekan, registration.Input{Username: name, Password: "x"}))
	}
	wantLimited(t, register(h, model.Wekan, registration.Input{Username: "c", Password: "x"}), 10*time.Minute)
	h.Clock.Advance(11 * time.Minute)
	h.Must(register(h, model.Wekan, registration.Input{Username: "c", Password: "x"}))
}
