package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

func TestSignUpCanBeClosedButForInvitations(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.SignUp = directory.SignUpOff })
	err := register(h, directory.Wekan, directory.Registration{Username: "eve", Password: "x"})
	refused(t, err, directory.Forbidden)
	faulty(t, err, "sign_up", directory.Closed)
	_, token := h.invite("ada@example.org", false, 0)
	h.must(register(h, directory.PM415, directory.Registration{Email: "ada@example.org", Password: "long enough", Invitation: token}))
	refused(t, register(h, directory.PM415, directory.Registration{Email: "eve@example.org", Password: "long enough", Invitation: "made up"}), directory.Expired)
}

func TestWhoSignsUpSeesNobodyYet(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("root", admin)
	h.must(register(h, directory.Wekan, directory.Registration{Username: "eve", Email: address("eve"), Password: password("eve")}))
	u := need(t, func() (directory.User, error) { return h.UserByUsername(t.Context(), operator(), "eve") })
	if u.Admin || u.State != directory.Active || u.Primary().Verified {
		t.Errorf("signed up as %+v", u)
	}
	page := need(t, func() (directory.Page[directory.User], error) {
		return h.Users(t.Context(), h.as(u), directory.UserFilter{})
	})
	if page.Total != 1 {
		t.Errorf("sees %d people", page.Total)
	}
}

func TestFirstToSignUpAdministersOnlyWhereThatIsSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		set    bool
		api    directory.API
		others bool
		want   bool
	}{
		{true, directory.Wekan, false, true}, {true, directory.Wekan, true, false},
		{true, directory.PM415, false, false}, {false, directory.Wekan, false, false},
	} {
		h := open(t, func(o *directory.Options) { o.FirstUserAdmin = c.set })
		if c.others {
			h.person("other")
		}
		for i, name := range []string{"ada", "eve"} {
			h.must(register(h, c.api, directory.Registration{Username: name, Password: password(name)}))
			u := need(t, func() (directory.User, error) { return h.UserByUsername(t.Context(), operator(), name) })
			if want := c.want && i == 0; u.Admin != want {
				t.Errorf("%+v: %s became administrator: %v", c, name, u.Admin)
			}
		}
	}
}

func TestFounderWaitsForTheLetter(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := directory.Registration{Username: "odo", Email: address("odo"), Password: password("odo"), Organization: "Odo & Co"}
	h.must(register(h, directory.PM415, r))
	_, err := h.login("odo", directory.PM415Login)
	faulty(t, err, "state", directory.Inactive)
	u := need(t, func() (directory.User, error) {
		return h.Verify(t.Context(), caller(directory.PM415), h.mailed(address("odo")))
	})
	actor := h.as(u)
	mine := need(t, func() ([]directory.Membership, error) { return h.MyOrganizations(t.Context(), actor) })
	if len(mine) != 1 || mine[0].Organization.Slug != "odo-co" || mine[0].Role.ID != directory.RoleAdmin {
		t.Errorf("belongs to %+v", mine)
	}
	r.Username, r.Email = "eve", address("eve")
	faulty(t, register(h, directory.PM415, r), "organization", directory.Taken)
	_, err = h.UserByUsername(t.Context(), operator(), "eve")
	refused(t, err, directory.NotFound)
}

// A letter that goes nowhere would leave somebody waiting for ever.
func TestWhoMustVerifyNeedsAnAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	err := register(h, directory.PM415, directory.Registration{Username: "odo", Password: password("odo"), Organization: "Odo"})
	faulty(t, err, "email", directory.Blank)
}

func TestUsernamesAreDerivedWhereNoneIsAskedFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i, want := range []string{"info", "info2", "info3"} {
		email := "Info@" + string(rune('a'+i)) + ".example.org"
		h.must(register(h, directory.PM415, directory.Registration{Email: email, Password: "long enough", Organization: "Org " + email}))
		if u := need(t, func() (directory.User, error) { return h.UserByEmail(t.Context(), operator(), email) }); u.Username != want {
			t.Errorf("%s became %q, want %q", email, u.Username, want)
		}
	}
}

func TestRegistrationsFromOneAddressAreLimited(t *testing.T) {
	t.Parallel()
	h := open(t, func(o *directory.Options) { o.Login.SignUps = 2 })
	for _, name := range []string{"a", "b"} {
		h.must(register(h, directory.Wekan, directory.Registration{Username: name, Password: "x"}))
	}
	limited(t, register(h, directory.Wekan, directory.Registration{Username: "c", Password: "x"}), 10*time.Minute)
	h.clock.turn(11 * time.Minute)
	h.must(register(h, directory.Wekan, directory.Registration{Username: "c", Password: "x"}))
}
