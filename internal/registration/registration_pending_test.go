package registration_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

// addNativeSignUp returns a user that signed up through the native API and opened the link.
func (h *fixture) addNativeSignUp(r registration.Input) model.User {
	h.T.Helper()
	h.Must(register(h, model.Native, r))
	return must(h.T, func() (model.User, error) {
		return h.VerifyEmail(h.T.Context(), caller(model.Native), h.EmailedToken(r.Email))
	})
}

// rolesByOrganization lists the organizations of a user with the roles.
func (h *fixture) rolesByOrganization(u model.User) []string {
	h.T.Helper()
	var places []string
	for _, m := range must(h.T, func() ([]model.Membership, error) { return h.MembershipsOf(h.T.Context(), operator(), u.ID) }) {
		places = append(places, m.Organization.Name+" "+m.Organization.Slug+" "+m.Role.Name)
	}
	return places
}

// A second sign-up with the same name and another address gets the same response.
func TestTwoSignUpsWithOneNameDoNotRevealAccounts(t *testing.T) {
	t.Parallel()
	for name, wish := range map[string]registration.Input{
		"a username":      {Username: "zq1"},
		"an organization": {Username: "zq1", Organization: "Zed"},
		"no name at all":  {},
	} {
		var seen [2][]string
		for i, known := range []bool{false, true} {
			h := newFixture(t)
			if known {
				h.AddUser("other", func(n *directory.NewUser) { n.Email = "victim@corp.example" })
			}
			wish.Password, wish.Email = "some long phrase", "victim@corp.example"
			h.Must(register(h, model.Native, wish))
			wish.Email = "victim@evil.example"
			mine := h.addNativeSignUp(wish)
			seen[i] = append(h.rolesByOrganization(mine), mine.Username)
		}
		if diff := cmp.Diff(seen[0], seen[1]); diff != "" {
			t.Errorf("%s: -unknown +known:\n%s", name, diff)
		}
	}
}

func TestPendingRegistrationIsAppliedWhenTheLinkIsOpened(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	wish := registration.Input{Username: "zq1", Organization: "Zed", Password: "some long phrase"}
	late, early := wish, wish
	late.Email, early.Email = "late@example.org", "early@example.org"
	h.Must(register(h, model.Native, late))
	first := h.addNativeSignUp(early)
	second := must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.Native), h.EmailedToken(late.Email))
	})
	got := append([]string{first.Username, second.Username}, append(h.rolesByOrganization(first), h.rolesByOrganization(second)...)...)
	if diff := cmp.Diff([]string{"zq1", "zq12", "Zed zed Admin", "Zed2 zed2 Admin"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A recovery link verifies the address as well, but carries no registration.
func TestPasswordResetCompletesAPendingRegistration(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour = 20 })
	r := registration.Input{Username: "zq1", Organization: "Zed", Email: "new@example.org", Password: "some long phrase"}
	h.Must(register(h, model.Native, r))
	h.EmailedToken(r.Email)
	h.Must(register(h, model.Native, r)) // mailed as for an existing account
	h.Must(h.resetPassword(h.EmailedToken(r.Email), "another long phrase"))
	u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), "new") })
	if diff := cmp.Diff([]string{"Home home Pending"}, h.rolesByOrganization(u)); diff != "" || u.State != model.Active {
		t.Errorf("%s; -want +got:\n%s", u.State, diff)
	}
}

// Neither a recovery nor an administrator creates a session of a service account.
func TestServiceAccountCannotLogIn(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	robot := h.AddUser("robot", func(n *directory.NewUser) { n.Service, n.Password = true, "" })
	_, _, err := h.CreateSessionFor(t.Context(), h.Actor(root), robot.ID, model.WekanLogin)
	wantKind(t, err, fault.Forbidden)
	wantFault(t, err, "user", fault.Closed)
	h.Must(h.ResetMemberPasswords(t.Context(), operator(), h.Home.ID, []model.UserID{robot.ID}))
	h.Must(none(h.ForgotPassword(t.Context(), caller(model.Native), address("robot"))))
	if letter, found := h.NextEmail(address("robot")); found {
		t.Errorf("the program was sent %q", letter.Subject)
	}
	h.raw(`UPDATE emails SET verified = 1`)
	h.Must(h.change(operator(), robot.ID, directory.UserChange{Email: ref("stolen@example.org")}))
	_, err = h.revert(h.EmailedToken(address("robot")), secret.Text("another long phrase"))
	wantKind(t, err, fault.Invalid)
	wantFault(t, err, "password", fault.Closed)
	_, err = h.AddSession("robot", model.WekanLogin)
	wantKind(t, err, fault.Unauthenticated)
}
