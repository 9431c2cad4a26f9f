package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/secret"
)

func TestAPasswordIsChangedWithThePresentOneAndEndsOtherLogins(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve := h.person("eve")
	here := need(t, func() (secret.Text, error) { return h.login("eve", directory.WekanLogin) })
	there := need(t, func() (secret.Text, error) { return h.login("eve", directory.WekanLogin) })
	actor := h.enter(here)
	const next = secret.Text("a longer password 2")
	for present, want := range map[secret.Text]directory.Code{"something else": directory.WrongPassword, "": directory.Blank} {
		err := h.ChangePassword(t.Context(), actor, present, next)
		refused(t, err, directory.Invalid)
		if !directory.FaultIn(err, "current_password", want) {
			t.Errorf("%q: got %v, want %s", present.Reveal(), err, want)
		}
	}
	refused(t, h.ChangePassword(t.Context(), actor, password("eve"), ""), directory.Invalid)
	h.must(h.ChangePassword(t.Context(), actor, password("eve"), next))
	if !h.lives(here) || h.lives(there) {
		t.Errorf("this login lives: %v, the other: %v", h.lives(here), h.lives(there))
	}
	_, err := h.login("eve", directory.WekanLogin)
	refused(t, err, directory.Unauthenticated)
	h.must(none2(h.CheckPassword(t.Context(), caller(directory.Native), directory.Login{ID: eve.ID, Password: next})))
}

func TestWhoHasNoPasswordYetSetsOneWithoutAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	eve := h.person("eve", func(n *directory.NewUser) { n.Password = "" })
	h.must(h.ChangePassword(t.Context(), h.as(eve), "", password("eve")))
	h.must(none(h.login("eve", directory.WekanLogin)))
}

func TestAPasswordIsNotChangedByActingAsAnotherNorByAWeakCredential(t *testing.T) {
	t.Parallel()
	h := open(t)
	root, eve := h.as(h.person("root", admin)), h.person("eve")
	as := need(t, func() (directory.Actor, error) { return h.ActAs(t.Context(), root, "eve") })
	for name, actor := range map[string]directory.Actor{
		"an administrator": as, "a token that reads": h.as(eve, directory.ScopeReadAPI), "the operator": operator(),
	} {
		if err := h.ChangePassword(t.Context(), actor, password("eve"), "a longer password 2"); directory.KindOf(err) != directory.Forbidden {
			t.Errorf("%s: got %v", name, err)
		}
	}
	h.must(none(h.login("eve", directory.WekanLogin)))
}

func TestGuessingThePresentPasswordIsLimited(t *testing.T) {
	t.Parallel()
	h := open(t)
	actor := h.as(h.person("eve"))
	var err error
	for range 200 {
		if err = h.ChangePassword(t.Context(), actor, "a guess", "a longer password 2"); directory.KindOf(err) == directory.Limited {
			break
		}
	}
	refused(t, err, directory.Limited)
}

func TestTokenWithTheScopeSudoAloneIsRejected(t *testing.T) {
	t.Parallel()
	h := open(t)
	ada := h.person("ada", admin)
	for _, c := range []struct {
		scopes   directory.Scopes
		rejected bool
	}{
		{directory.Scopes{directory.ScopeSudo}, true},
		{directory.Scopes{directory.ScopeSudo, directory.ScopeSudo}, true},
		{directory.Scopes{directory.ScopeSudo, directory.ScopeReadUser}, false},
		{directory.Scopes{directory.ScopeAPI, directory.ScopeSudo}, false},
	} {
		_, _, err := h.CreateToken(t.Context(), operator(), directory.NewToken{Owner: ada.ID, Name: "x", Scopes: c.scopes})
		if got := directory.FaultIn(err, "scopes", directory.Required); got != c.rejected {
			t.Errorf("%v: got %v", c.scopes, err)
		}
	}
}
