package pm415

import (
	"net/http"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/passwordpolicy"
)

func TestPutUserRequiresTheCurrentPassword(t *testing.T) {
	t.Parallel()
	s := newFixture(t, directory.Options{PasswordMinimum: 8, CommonPasswords: passwordpolicy.All}, Config{})
	ann := s.users["ann"]
	put := func(rest string) (int, string) {
		body := `{"email":"` + ann.Primary().Address + `","password":"another long phrase","confirmation":"another long phrase"` + rest + `}`
		w := s.send("PUT", "/api/user", ann.APIKey, body)
		return w.Code, w.Body.String()
	}
	for _, c := range []struct {
		name, rest string
		status     int
	}{
		{"nothing", ``, http.StatusForbidden},
		{"null", `,"currentPassword":null`, http.StatusBadRequest},
		{"empty text", `,"currentPassword":""`, http.StatusForbidden},
		{"a wrong password", `,"currentPassword":"wrong"`, http.StatusForbidden},
		{"no text", `,"currentPassword":1`, http.StatusBadRequest},
		{"the new one", `,"currentPassword":"another long phrase"`, http.StatusForbidden},
		{"the present one", `,"currentPassword":"` + ann.Password + `"`, http.StatusOK},
	} {
		if status, body := put(c.rest); status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.status, body)
		}
	}
}

func TestShortAndCommonPasswordsNeedTheSetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, password string
		own            bool
		status         int
	}{
		{"four characters", "1111", false, http.StatusBadRequest},
		{"seven characters", "x7w-qpz", false, http.StatusBadRequest},
		{"a common word", "password1", false, http.StatusBadRequest},
		{"a phrase", "another long phrase", false, http.StatusOK},
		{"four characters, by the setting", "1111", true, http.StatusOK},
		{"three characters, by the setting", "111", true, http.StatusBadRequest},
	} {
		s := newFixture(t, directory.Options{PasswordMinimum: 8, CommonPasswords: passwordpolicy.All, PM415OwnPasswordRules: c.own}, Config{})
		ann := s.users["ann"]
		body := `{"email":"` + ann.Primary().Address + `","password":"` + c.password + `","confirmation":"` + c.password + `","currentPassword":"` + ann.Password + `"}`
		if w := s.send("PUT", "/api/user", ann.APIKey, body); w.Code != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, w.Code, c.status, w.Body)
		}
	}
}
