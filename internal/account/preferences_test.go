package account

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func TestPreferencesAreStoredWithTheAccount(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Want(v.Get(preferencesPath), 200, `<option value="UTC"`, `<option value="Europe/Berlin">`, `<option value="system" selected>`)
	v.LeadsTo(v.Send(preferencesPath+"/save", "language", "de", "theme", "dark", "time_zone", "Asia/Tokyo"), preferencesPath+"?done=preferences")
	for name := range v.Cookies { // another browser
		if name != sessionCookie {
			delete(v.Cookies, name)
		}
	}
	v.Want(v.Get(preferencesPath), 200, `<html lang="de" data-theme="dark" data-time-zone="Asia/Tokyo">`, `<option value="Asia/Tokyo" selected>`, "Einstellungen speichern")
	v.Want(v.Get(SecurityPath), 200, `data-theme="dark" data-time-zone="Asia/Tokyo"`, " JST\">")
	v.Want(v.Send(preferencesPath+"/save", "language", "de", "theme", "pink", "time_zone", "UTC"), 422)
	v.LeadsTo(v.Send(preferencesPath+"/save", "language", "", "theme", "system", "time_zone", "UTC"), preferencesPath+"?done=preferences")
	v.Want(v.Get(preferencesPath), 200, `<html lang="en" data-time-zone="UTC">`)
}

// The buttons below each page store their choice with the account too.
func TestThemeOfTheMenuIsStoredWithTheAccount(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Send(preferencesPath, "theme", "dark")
	v.Send(preferencesPath, "language", "de")
	v.Send(preferencesPath, "theme", "pink")
	if got := v.preferences(); got.Theme != "dark" || got.Language != "de" {
		t.Errorf("stored %+v", got)
	}
	v.Send(preferencesPath, "theme", "auto")
	v.Want(v.Get(preferencesPath), 200, `<html lang="de">`)
	delete(v.Cookies, sessionCookie)
	v.Want(v.Send(preferencesPath, "theme", "light"), 303)
	if got := v.preferences(); got.Theme != "system" {
		t.Errorf("a browser without a session stored %+v", got)
	}
}

func (v *fixture) preferences() model.Preferences {
	v.T.Helper()
	p, err := v.Directory.Preferences(v.T.Context(), v.ActorFor(v.ada))
	v.Must(err)
	return p
}

func TestNoticesOfSignInsAreSwitchedOnThePage(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.Want(v.Get(preferencesPath), 200, "your account has none", `value="off"`)
	v.verifyAda()
	v.signIn(v.ada)
	v.Want(v.Get(preferencesPath), 200, "They are sent to ada@roster.example.")
	v.later()
	off := []string{"sign_in_notice", "off"}
	v.Want(v.Send(preferencesPath+"/notices", off...), 403, `name="sign_in_notice" value="off"`, browser.ConfirmPassword)
	v.LeadsTo(v.Send(preferencesPath+"/notices", append(off, browser.ConfirmPassword, v.ada.Password)...), preferencesPath+"?done=notices-off")
	v.Want(v.Get(preferencesPath+"?done=notices-off"), 200, "An email about this was sent to you.", `value="on"`)
	v.LeadsTo(v.Send(preferencesPath+"/notices", "sign_in_notice", "on"), preferencesPath+"?done=notices-on")
	if v.preferences().NoSignInNotice {
		t.Error("the notices are off")
	}
}

// The browser gets another cookie when its user confirms the password, and the former one ends.
func TestConfirmedPasswordChangesTheCookie(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.later()
	before := v.Cookies[sessionCookie]
	fields := []string{"name", "bot", "scope_api", "yes", "expires", "30"}
	v.Want(v.Send(keysPath+"/tokens", fields...), 403)
	a := v.Send(keysPath+"/tokens", append(fields, browser.ConfirmPassword, v.ada.Password)...)
	v.Want(a, 200, "Token “bot” created")
	if n := len(a.Header.Values("Set-Cookie")); n != 1 {
		t.Errorf("%d cookies", n)
	}
	after := v.Cookies[sessionCookie]
	if after == before {
		t.Error("the session has the same token")
	}
	v.Want(v.Get(keysPath), 200, "bot")
	v.Cookies[sessionCookie] = before
	v.LeadsTo(v.Get(keysPath), "/login?return_to=%2Faccount%2Fkeys") // where a browser with the new cookie is led back
}

func TestAccountIsErased(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.Want(v.Get(dataPath), 200, `href="/account/data/erase"`)
	v.Want(v.Get(erasePath), 200, "ada@roster.example", "Type ada to confirm")
	v.Want(v.Send(erasePath, "confirm_username", "grace"), 422, "This is not your username.", `value="grace"`)
	v.later()
	v.Want(v.Send(erasePath, "confirm_username", "ada"), 403, `name="confirm_username" value="ada"`)
	a := v.Send(erasePath, "confirm_username", "ada", browser.ConfirmPassword, v.ada.Password)
	v.Want(a, 200, "Your account was erased")
	if v.Cookies[sessionCookie] != "" {
		t.Error("the cookie is still there")
	}
	if _, err := v.Directory.UserByUsername(t.Context(), model.Operator(), "ada"); err == nil {
		t.Error("the user is still there")
	}
}

func TestPageOfTheErasureSaysWhatBlocksIt(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	lab := v.AddOrganization("Lab <b>")
	v.Must(v.Directory.AddMember(t.Context(), model.Operator(), lab.ID, v.ada.ID, model.RoleAdmin))
	v.Must(v.Directory.AddMember(t.Context(), model.Operator(), lab.ID, v.AddMember("grace").ID, model.RoleMember))
	page := v.Get(erasePath)
	v.Want(page, 200, "You are the only Admin of Lab &lt;b&gt;.")
	v.Without(page, "confirm_username")
	v.Want(v.Send(erasePath, "confirm_username", "ada"), 422, "You are the only Admin of Lab")
	closed := newFixture(t, directory.Options{NoSelfErasure: true})
	if a := closed.Get(erasePath); !strings.Contains(a.Body, "Ask an administrator.") || strings.Contains(a.Body, "confirm_username") {
		t.Errorf("%s", a.Body)
	}
	closed.Want(closed.Send(erasePath, "confirm_username", "ada"), 403)
}
