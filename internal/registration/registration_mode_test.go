package registration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

func TestSignUpByInvitationExplainsWhatToDo(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.SignUp = registration.ByInvitation })
	err := register(h, model.Wekan, registration.Input{Username: "eve", Password: "x"})
	wantKind(t, err, fault.Forbidden)
	wantFault(t, err, "sign_up", fault.Closed)
	if !strings.Contains(err.Error(), "requires an invitation") {
		t.Errorf("says %q", err)
	}
	_, token := h.invite("ada@example.org", false, 0)
	h.Must(register(h, model.PM415, registration.Input{Email: "ada@example.org", Password: "long enough", Invitation: token}))
}

func TestOnlyAddressesOfTheDomainsSignUp(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) {
		o.SignUp, o.SignUpDomains = registration.ByDomain, []string{"example.org", "*.lab.example", "xn--bcher-kva.example"}
	})
	for address, may := range map[string]bool{
		"a@example.org": true, "b@EXAMPLE.Org": true, "c@sub.example.org": false, "d@example.org.evil.example": false,
		"e@evilexample.org": false, "f@one.lab.example": true, "g@a.b.lab.example": true, "h@lab.example": false,
		"i@bücher.example": true, "j@BÜCHER.example": true, "k@xn--bcher-kva.example": true, "l@bucher.example": false,
	} {
		name, _, _ := strings.Cut(address, "@")
		err := register(h, model.Wekan, registration.Input{Username: name, Email: address, Password: "some phrase"})
		if may && err != nil || !may && !fault.Has(err, "sign_up", fault.Closed) {
			t.Errorf("%s: got %v, want it let in: %v", address, err, may)
		}
	}
	err := register(h, model.Wekan, registration.Input{Username: "nobody", Password: "some phrase"})
	wantFault(t, err, "email", fault.Blank)
	_, token := h.invite("eve@elsewhere.example", false, 0)
	h.Must(register(h, model.PM415, registration.Input{Email: "eve@elsewhere.example", Password: "long enough", Invitation: token}))
}

func TestSignUpByDomainNeedsTheMailedLink(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) {
		o.SignUp, o.SignUpDomains = registration.ByDomain, []string{"example.org"}
	})
	h.Must(register(h, model.Wekan, registration.Input{Username: "ada", Email: address("ada"), Password: password("ada")}))
	_, err := h.AddSession("ada", model.WekanLogin)
	wantFault(t, err, "state", fault.Inactive)
	must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.Console), h.EmailedToken(address("ada")))
	})
	_, err = h.AddSession("ada", model.WekanLogin)
	h.Must(err)
}

// Responses of the native API must not depend on whether the address has an account.
func TestNativeSignUpDoesNotRevealAccounts(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	ask := func(r registration.Input) (model.User, error) {
		return h.Register(t.Context(), caller(model.Native), r)
	}
	r := registration.Input{Email: address("ada"), Password: "some long phrase", GivenName: "A"}
	known := must(t, func() (model.User, error) { return ask(r) })
	r.Email = address("new")
	unknown := must(t, func() (model.User, error) { return ask(r) })
	if diff := cmp.Diff(known, unknown); diff != "" || known.ID != 0 {
		t.Errorf("-known +unknown:\n%s", diff)
	}
	for name, change := range map[string]func(*registration.Input){
		"organization beside a dead invitation": func(r *registration.Input) { r.Organization, r.Invitation = "New", "made up" },
		"taken username":                        func(r *registration.Input) { r.Username = "ada" },
		"taken organization":                    func(r *registration.Input) { r.Organization = "Home" },
		"dead invitation":                       func(r *registration.Input) { r.Invitation = "made up" },
		"short password":                        func(r *registration.Input) { r.Password = "short" },
	} {
		var answers []string
		for _, email := range []string{address("ada"), "newer@example.org"} {
			bad := registration.Input{Email: email, Password: "some long phrase"}
			change(&bad)
			_, err := ask(bad)
			if err == nil {
				t.Errorf("%s was taken with %s", name, email)
				continue
			}
			answers = append(answers, err.Error())
		}
		if len(answers) == 2 && answers[0] != answers[1] {
			t.Errorf("%s: %q", name, answers)
		}
	}
}

func TestSignUpWithATakenAddressIsMailedToItsOwner(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	r := registration.Input{Email: address("ada"), Password: "some long phrase"}
	h.Must(register(h, model.Native, r))
	letter, found := h.NextEmail(address("ada"))
	if !found || !strings.Contains(letter.Text, "you already have\nan account there") {
		t.Fatalf("ada was sent %q", letter.Text)
	}
	_, err := h.AddSession("ada", model.WekanLogin) // nothing is changed
	h.Must(err)
	h.Must(h.resetPassword(tokenIn(t, letter.Link), "another long phrase"))
	r.Email = address("new")
	h.Must(register(h, model.Native, r))
	u := must(t, func() (model.User, error) {
		return h.VerifyEmail(t.Context(), caller(model.Native), h.EmailedToken(address("new")))
	})
	if u.Username != "new" || u.State != model.Active {
		t.Errorf("verified %+v", u)
	}
	for range 30 { // the mailbox is not filled
		h.Must(register(h, model.Native, registration.Input{Email: address("ada"), Password: "some long phrase"}))
	}
	n := 0
	for found := true; found; n++ {
		_, found = h.NextEmail(address("ada"))
	}
	if n > 15 {
		t.Errorf("ada was sent %d letters", n)
	}
}

func TestNativeRecoveryDoesNotRevealAccounts(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Login.RevealingAnswers = 6 })
	h.AddUser("ada")
	for _, to := range []string{address("ada"), address("nobody"), address("ada"), address("nobody")} {
		u, err := h.ForgotPassword(t.Context(), caller(model.Native), to)
		if err != nil || u.ID != 0 {
			t.Errorf("%s: got %+v, %v", to, u, err)
		}
	}
	if _, found := h.NextEmail(address("ada")); !found {
		t.Error("ada got no letter")
	}
	if _, found := h.NextEmail(address("nobody")); found {
		t.Error("nobody got a letter")
	}
	for _, to := range []string{address("nobody"), address("ada")} {
		_, err := h.ForgotPassword(t.Context(), caller(model.Native), to)
		h.Must(err)
	}
	for _, to := range []string{address("nobody"), address("ada")} { // both are counted in the same way
		_, err := h.ForgotPassword(t.Context(), caller(model.Native), to)
		wantLimited(t, err, 10*time.Minute)
	}
}
