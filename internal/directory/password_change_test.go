package directory_test

import (
	"testing"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func TestPasswordChangeRequiresTheCurrentOneAndRevokesOtherSessions(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.AddUser("eve")
	here := must(t, func() (secret.Text, error) { return h.AddSession("eve", model.WekanLogin) })
	there := must(t, func() (secret.Text, error) { return h.AddSession("eve", model.WekanLogin) })
	actor := h.ActorWith(here)
	const next = secret.Text("a longer password 2")
	for current, want := range map[secret.Text]fault.Code{"something else": fault.WrongPassword, "": fault.Blank} {
		err := h.ChangePassword(t.Context(), actor, current, next)
		wantKind(t, err, fault.Invalid)
		if !fault.Has(err, "current_password", want) {
			t.Errorf("%q: got %v, want %s", current.Reveal(), err, want)
		}
	}
	wantKind(t, h.ChangePassword(t.Context(), actor, password("eve"), ""), fault.Invalid)
	h.Must(h.ChangePassword(t.Context(), actor, password("eve"), next))
	if !h.IsValid(here) || h.IsValid(there) {
		t.Errorf("this login lives: %v, the other: %v", h.IsValid(here), h.IsValid(there))
	}
	_, err := h.AddSession("eve", model.WekanLogin)
	wantKind(t, err, fault.Unauthenticated)
	h.Must(none2(h.CheckPassword(t.Context(), caller(model.Native), login.Attempt{ID: eve.ID, Password: next})))
}

func TestFirstPasswordNeedsNoCurrentOne(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.AddUser("eve", func(n *directory.NewUser) { n.Password = "" })
	h.Must(h.ChangePassword(t.Context(), h.Actor(eve), "", password("eve")))
	h.Must(none(h.AddSession("eve", model.WekanLogin)))
}

func TestPasswordChangeRequiresAFullCredentialOfTheUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root, eve := h.Actor(h.AddUser("root", admin)), h.AddUser("eve")
	as := must(t, func() (model.Actor, error) { return h.ActAs(t.Context(), root, "eve") })
	for name, actor := range map[string]model.Actor{
		"an administrator": as, "a token that reads": h.Actor(eve, model.ScopeReadAPI), "the operator": operator(),
	} {
		if err := h.ChangePassword(t.Context(), actor, password("eve"), "a longer password 2"); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h.Must(none(h.AddSession("eve", model.WekanLogin)))
}

func TestGuessingTheCurrentPasswordIsLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	actor := h.Actor(h.AddUser("eve"))
	var err error
	for range 200 {
		if err = h.ChangePassword(t.Context(), actor, "a guess", "a longer password 2"); fault.KindOf(err) == fault.Limited {
			break
		}
	}
	wantKind(t, err, fault.Limited)
}

func TestTokenWithOnlyTheScopeSudoIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada", admin)
	for _, c := range []struct {
		scopes   model.Scopes
		rejected bool
	}{
		{model.Scopes{model.ScopeSudo}, true},
		{model.Scopes{model.ScopeSudo, model.ScopeSudo}, true},
		{model.Scopes{model.ScopeSudo, model.ScopeReadUser}, false},
		{model.Scopes{model.ScopeAPI, model.ScopeSudo}, false},
	} {
		_, _, err := h.CreateToken(t.Context(), operator(), credential.NewToken{Owner: ada.ID, Name: "x", Scopes: c.scopes})
		if got := fault.Has(err, "scopes", fault.Required); got != c.rejected {
			t.Errorf("%v: got %v", c.scopes, err)
		}
	}
}
