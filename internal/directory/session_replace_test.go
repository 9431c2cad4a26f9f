package directory_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// A copy of the token of a session gains nothing when the rights of the session rise.
func TestTokenOfASessionEndsWhenItsRightsRise(t *testing.T) {
	t.Parallel()
	for _, kind := range []model.SessionKind{model.ConsoleLogin, model.WekanLogin, model.PM415Login} {
		h := withReauthentication(t)
		h.AddUser("ada", in(h.Home.ID, model.RoleMember))
		text := must(t, func() (secret.Text, error) { return h.AddSession("ada", kind) })
		before := h.sessionOf(text)
		h.Clock.Advance(time.Hour)
		again := must(t, func() (login.Reauthentication, error) {
			return h.Reauthenticate(t.Context(), h.ActorWith(text), password("ada"))
		})
		if h.IsValid(text) || !h.IsValid(again.Session) || again.Session == text {
			t.Errorf("%s: former %v, new %v", kind, h.IsValid(text), h.IsValid(again.Session))
		}
		after := h.sessionOf(again.Session)
		if after.ID == before.ID || after.Kind != kind || after.Org != before.Org || !after.ExpiresAt.Equal(before.ExpiresAt) || !after.CreatedAt.Equal(before.CreatedAt) {
			t.Errorf("%s: %+v became %+v", kind, before, after)
		}
		if !again.SessionExpiresAt.Equal(after.ExpiresAt) {
			t.Errorf("%s: the result says %s", kind, again.SessionExpiresAt)
		}
	}
}

// sessionOf returns the stored session of a token.
func (h *fixture) sessionOf(text secret.Text) model.Session {
	h.T.Helper()
	return must(h.T, func() (s model.Session, err error) {
		err = h.Store.Read(h.T.Context(), func(tx model.Reader) error {
			s, err = tx.SessionByHash(secret.Fingerprint(text.Reveal()))
			return err
		})
		return s, err
	})
}

// The session that replaces another one has its limits: it was not opened by a login, and expires with the
// credential that created it.
func TestReplacedSessionKeepsTheLimitsOfTheFormer(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	ada := h.AddUser("ada", in(h.Home.ID, model.RoleMember))
	derived := must(t, func() (secret.Text, error) { return h.SwitchOrganization(t.Context(), h.tokenFor(ada), h.Home.ID) })
	again := must(t, func() (login.Reauthentication, error) {
		return h.Reauthenticate(t.Context(), h.ActorWith(derived), password("ada"))
	})
	before, after := h.ActorWith(again.Session), h.sessionOf(again.Session)
	if !after.Exempt || !after.InheritsExpiry || before.ExpiresAt().IsZero() {
		t.Errorf("the session is %+v", after)
	}
	wantFault(t, none(h.BeginTOTP(t.Context(), before)), "session", fault.Required)
}

// Of several confirmations at the same time one gets a session; the others are of a session that has ended.
func TestConfirmationsAtTheSameTimeGiveOneSession(t *testing.T) {
	t.Parallel()
	h := withReauthentication(t)
	ada := h.AddUser("ada")
	session := h.SessionOf("ada")
	const attempts = 4
	results := make(chan error, attempts)
	for range attempts {
		go func() { results <- none(h.Reauthenticate(t.Context(), session, password("ada"))) }()
	}
	done := 0
	for range attempts {
		switch err := <-results; {
		case err == nil:
			done++
		case fault.KindOf(err) != fault.Unauthenticated:
			t.Error(err)
		}
	}
	if open := must(t, func() ([]model.Session, error) { return h.SessionsOf(t.Context(), operator(), ada.ID) }); done != 1 || len(open) != 1 {
		t.Errorf("%d confirmations, %d sessions", done, len(open))
	}
}
