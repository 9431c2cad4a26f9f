package account

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/ratelimit"
)

func TestTooManyConfirmationsKeepTheForm(t *testing.T) {
	t.Parallel()
	v := newFullVisit(t, directory.Options{Reauthenticate: 15 * time.Minute, Login: ratelimit.LoginLimits{AccountFailures: 2}})
	v.LeadsTo(v.enterPassword(""), "/account")
	v.Clock.Advance(time.Hour)
	fields := []string{"name", "bot", "scope_api", "yes"}
	for range 2 {
		v.Want(v.Send(keysPath+"/tokens", append(fields, confirmField, "wrong")...), 422, `id="confirm_password-error"`)
	}
	limited := v.Send(keysPath+"/tokens", append(fields, confirmField, v.ada.Password)...)
	v.Want(limited, 429, "Too many attempts", `id="confirm_password"`, `name="name" value="bot"`)
	if limited.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
