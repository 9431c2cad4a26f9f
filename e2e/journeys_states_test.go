//go:build !race

package e2e

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"

	"roster.example/roster/internal/model"
)

// Journeys to pages that appear when something is wrong, and through browsers with less than others.

// database opens the SQLite file of the server beside it.
func (s *server) database() *sql.DB {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Data, "roster.db")+"?_pragma=busy_timeout(60000)")
	s.must(err)
	s.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return db
}

func (s *server) execute(statement string, arguments ...any) {
	s.t.Helper()
	_, err := s.database().ExecContext(s.t.Context(), statement, arguments...)
	s.must(err)
}

// ageSessions lets the sessions of a user be so old that each form about credentials asks for the password.
func (s *server) ageSessions(u testUser) {
	s.t.Helper()
	s.execute("UPDATE sessions SET created_at = 1, proven_at = 1 WHERE user_id = ?", int64(u.ID))
}

// confirmedForms confirms forms with the password in place. The page of a download leads back, because the browser
// shows no page when it receives a file.
func (b *chromium) confirmedForms() {
	jean := b.member("jean", 0, 0)
	for _, noscript := range []bool{false, true} {
		w := b.open(document{"noscript": noscript})
		w.signIn("jean", jean.Password)
		b.ageSessions(jean)
		w.visit("/account/data")
		download := `form[action$="/data/download"] button`
		w.press(download)
		w.shows("confirm-download", http.StatusForbidden, "Confirm with your password")
		w.send("#confirm", "#confirm_password", "wrong")
		w.is(http.StatusUnprocessableEntity, "Error: Confirm with your password")
		w.command("download", document{"selector": "#confirm", "fields": document{"#confirm_password": jean.Password}, "then": download})
		w.saved(jean)
		w.shows("data-confirmed", http.StatusOK, "Your data")
		if got := w.only(".banner-ok p"); !strings.HasPrefix(got, "Confirmed.") {
			b.t.Errorf("after the confirmation: %q", got)
		}
		w.command("download", document{"selector": download}) // the confirmation lasts
		w.saved(jean)

		b.ageSessions(jean)
		w.visit("/account/keys")
		w.press(`form[action$="/api-key/show"] button`)
		w.send("#confirm", "#confirm_password", jean.Password)
		w.shows("keys-confirmed", http.StatusOK, "Keys and tokens")
		if key := w.only("#api-key"); key != jean.Key {
			b.t.Errorf("the key on the page is %q", key)
		}
	}
}

// saved checks the file that the browser has saved.
func (w *window) saved(u testUser) {
	w.t.Helper()
	if !strings.Contains(w.at.Saved, `"username": "`+u.Username+`"`) {
		w.t.Errorf("%s: the saved file is %.200q", w.at.Path, w.at.Saved)
	}
}

// withoutAutofill uses a browser that offers passkeys by a button only, and one that has none.
func (b *chromium) withoutAutofill() {
	mary := b.member("mary", 0, 0)
	for _, options := range []document{{"passkeys": true, "noautofill": true}, {"passkeys": false}} {
		w := b.open(options)
		w.signIn("mary", mary.Password)
		w.is(http.StatusOK, "Profile")
	}
	w := b.open(document{"passkeys": true, "noautofill": true})
	w.signIn("mary", mary.Password)
	w.visit(factorsPath)
	w.press("#add-passkey")
	w.command("fill", document{"fields": document{"#name": "Laptop"}})
	w.command("passkey", document{"selector": "#create-passkey"})
	w.is(http.StatusOK, "Recovery codes")
	w.signOut()
	w.command("passkey", document{"selector": "[data-passkey=get]"})
	w.is(http.StatusOK, "Profile")
}

// withTheKeyboard signs in, adds an SSH key and signs out without a pointer.
func (b *chromium) withTheKeyboard() {
	annie := b.member("annie", 0, 0)
	w := b.open(nil)
	w.visit("/login")
	w.keyboard("username", "annie", "password", annie.Password)
	w.is(http.StatusOK, "Profile")
	w.command("reach", document{"selector": `#nav a[href$="/account/keys"]`})
	w.is(http.StatusOK, "Keys and tokens")
	w.keyboard("key", (&permissionServer{server: b.server}).newKey(), "title", "Laptop")
	w.is(http.StatusOK, "Keys and tokens")
	if keys := w.texts("section .panel .strong"); len(keys) != 1 || !strings.HasPrefix(keys[0], "Laptop") {
		b.t.Errorf("the keys: %q", keys)
	}
	w.command("reach", document{"selector": ".topbar details.menu > summary", "stays": true})
	w.command("reach", document{"selector": "#sign-out"})
	w.is(http.StatusOK, "Sign in to Roster")
}

// refusals looks at the pages of requests that are refused.
func (b *chromium) refusals() {
	acme := b.organization("Acme Rockets")
	hedy := b.member("hedy", acme.ID, model.RoleAdmin)
	b.member("karl", acme.ID, 0)
	w := b.open(nil)
	w.signIn("hedy", hedy.Password)
	w.visit("/account/organizations")
	w.press(`form[action$="/leave"] button`)
	w.shows("refused", http.StatusForbidden, "This cannot be done")
	w.visit("/account/nothing")
	w.shows("not-found", http.StatusNotFound, "Page not found")
	w.visit("/account/verify/?token=" + strings.Repeat("x", 43))
	w.shows("expired", http.StatusGone, "This link does not work any more")

	german := b.open(document{"locale": "de"})
	german.looks = "de-"
	german.signIn("hedy", hedy.Password)
	german.visit("/account/organizations")
	german.press(`form[action$="/leave"] button`)
	german.shows("refused", http.StatusForbidden, "Das ist nicht möglich")
	if got := german.only(".sheet > p"); got != "Eine Organisation braucht mindestens einen Admin. Machen Sie zuerst ein anderes Mitglied zum Admin von Acme Rockets." {
		b.t.Errorf("the reason: %q", got)
	}
	german.visit("/account/keys")
	_, private := newKeyPair(b.t)
	german.send(`form[action$="/account/keys/ssh"] button[type=submit]`, "#key", string(private))
	german.shows("keys-private-key", http.StatusUnprocessableEntity, "Fehler: Schlüssel und Token")
	if got := german.only("#key-error"); !strings.HasPrefix(got, "Das ist ein privater Schlüssel.") {
		b.t.Errorf("the error of a private key: %q", got)
	}
	german.visit("/account")
	german.send(`form[action$="/account/emails"] button[type=submit]`, "#email", "hedy..karl@example.org")
	german.shows("profile-email-rejected", http.StatusUnprocessableEntity, "Fehler: Profil")
}

// tooManyAttempts guesses a password until the server refuses to compare.
func (b *chromium) tooManyAttempts() {
	settings := localhost(b.t)
	settings["login.account_failures"] = "2"
	b.server = start(b.t, settings)
	b.member("alan", 0, 0)
	w := b.open(document{"base": settings["base_url"]})
	for range 2 {
		w.signIn("alan", "wrong horse 1")
		w.is(http.StatusUnprocessableEntity, "Error: Sign in to Roster")
	}
	w.signIn("alan", "alan-secret-1")
	w.shows("login-limited", http.StatusTooManyRequests, "Error: Sign in to Roster")
	grace := b.member("grace", 0, 0)
	w.signIn("grace", grace.Password)
	for range 40 { // each sends an email
		w.visit("/account")
		w.press(`form[action$="/resend"] button`)
		if w.at.Status == http.StatusTooManyRequests {
			break
		}
	}
	w.shows("limited", http.StatusTooManyRequests, "Too many attempts")
}

// brokenServer looks at the page of a fault of the server.
func (b *chromium) brokenServer() {
	settings := localhost(b.t)
	b.server = start(b.t, settings)
	grace := b.member("grace", 0, 0)
	w := b.open(document{"base": settings["base_url"]})
	w.signIn("grace", grace.Password)
	b.execute("ALTER TABLE ssh_keys RENAME TO ssh_keys_away")
	w.command("goto", document{"url": "/account/keys", "fails": true})
	w.shows("server-error", http.StatusInternalServerError, "Something went wrong on the server")
	b.execute("ALTER TABLE ssh_keys_away RENAME TO ssh_keys")
}
