package account

import (
	"testing"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/ratelimit"
)

// A session that was left open must neither end the account nor give away its data.
func TestDataAndDeactivationNeedARecentConfirmation(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, _ := v.addApp()
	d := v.addPasskey()
	v.Want(v.Send(dataPath+"/download"), 200, `"username":"ada"`) // the session is recent
	v.Clock.Advance(time.Hour)

	asked := v.Send(dataPath + "/download")
	v.Want(asked, 403, `id="confirm_password"`, `id="confirm_code"`, `id="confirm-passkey"`, `action="/account/data/download"`)
	v.Without(asked, `"username":"ada"`)
	v.Want(v.Send(dataPath+"/download", browser.ConfirmPassword, "wrong"), 422, `id="confirm_password-error"`)
	v.Want(v.Send(dataPath+"/download", browser.ConfirmPassword, v.ada.Password, browser.ConfirmCode, "000000"), 422, `id="confirm_code-error"`)
	confirmed := v.Send(dataPath+"/download", v.prove(d, "confirm_")...).Header.Get("Location")
	v.Want(v.Get(confirmed), 200, `action="/account/data/download" data-send>`, "Confirmed.")
	for _, link := range []string{dataPath, dataPath + "?done=confirmed", dataPath + "?confirmed=yes"} { // that anyone can send
		v.Without(v.Get(link), "data-send")
	}
	v.Want(v.Send(dataPath+"/download"), 200, `"username":"ada"`)

	v.Clock.Advance(time.Hour)
	path := dataPath + "/deactivate"
	v.Want(v.Send(path, "confirm_username", "grace"), 422, "This is not your username.")
	v.Want(v.Send(path, "confirm_username", "ada"), 403, `id="confirm_password"`, `name="confirm_username" value="ada"`)
	v.Want(v.Send(path, "confirm_username", "ada", browser.ConfirmPassword, v.ada.Password), 422, `id="confirm_code-error"`, `name="confirm_username" value="ada"`)
	v.Want(v.Get(dataPath), 200) // the account is active
	v.Want(v.Send(path, "confirm_username", "ada", browser.ConfirmPassword, v.ada.Password, browser.ConfirmCode, v.code(appSecret)), 200, "Your account was deactivated")
}

func TestTooManyConfirmationsKeepTheForm(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Reauthenticate: 15 * time.Minute, Login: ratelimit.LoginLimits{AccountFailures: 2}})
	v.LeadsTo(v.enterPassword(""), "/account")
	v.Clock.Advance(time.Hour)
	fields := []string{"name", "bot", "scope_api", "yes"}
	for range 2 {
		v.Want(v.Send(keysPath+"/tokens", append(fields, browser.ConfirmPassword, "wrong")...), 422, `id="confirm_password-error"`)
	}
	limited := v.Send(keysPath+"/tokens", append(fields, browser.ConfirmPassword, v.ada.Password)...)
	v.Want(limited, 429, "Too many attempts", `id="confirm_password"`, `name="name" value="bot"`)
	if limited.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// The password alone does not open an account with a second factor, so it does not change the password either.
func TestNewPasswordOfAnAccountWithASecondFactorNeedsARecentConfirmation(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, _ := v.addApp()
	v.Clock.Advance(time.Hour)
	path, fields := SecurityPath+"/password", []string{"current_password", v.ada.Password, "password", "quite another one"}
	v.Want(v.Send(path, fields...), 403, `id="confirm_password"`, `id="confirm_code"`)
	v.Want(v.Send(path, append(fields, browser.ConfirmPassword, v.ada.Password)...), 422, `id="confirm_code-error"`)
	v.Want(v.Send(path, append(fields, browser.ConfirmPassword, v.ada.Password, browser.ConfirmCode, "000000")...), 422, `id="confirm_code-error"`)
	v.LeadsTo(v.Send(path, append(fields, browser.ConfirmPassword, v.ada.Password, browser.ConfirmCode, v.code(appSecret))...), SecurityPath+"?done=password")
	v.Send("/logout")
	v.ada.Password = "quite another one"
	v.Want(v.enterPassword(""), 200, "Enter your code")
}
