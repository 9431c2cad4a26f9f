package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
)

// The test covers the defaults, and each setting that restores the rule of a product.
func TestShortAndCommonPasswordsAreRejectedByEveryAPI(t *testing.T) {
	t.Parallel()
	const yes, no = http.StatusOK, http.StatusBadRequest
	for _, c := range []struct {
		name            string
		settings        map[string]string
		password        string
		wekan, pm415    int
		gitlab, natives int
	}{
		{"1 character", nil, "x", no, no, http.StatusNotFound, no},
		{"7 characters", nil, "x7w-qpz", no, no, http.StatusNotFound, no},
		{"a common word", nil, "password1", no, no, http.StatusNotFound, no},
		{"a phrase", nil, "another long phrase", yes, yes, http.StatusCreated, http.StatusCreated},
		{"1 character, own rules", map[string]string{"password.minimum_length": "0"}, "x", yes, no, http.StatusNotFound, no},
		{"4 characters, own rules", map[string]string{"password.minimum_length": "0"}, "1111", yes, yes, http.StatusNotFound, no},
		{"a common word, own rules", map[string]string{"password.minimum_length": "0"}, "password1", yes, yes, http.StatusCreated, no},
		{"a common word, own list", map[string]string{"password.common": "own"}, "password1", yes, yes, http.StatusCreated, no},
		{"4 characters, pm415's rules", map[string]string{"pm415.own_password_rules": "true"}, "1111", no, yes, http.StatusNotFound, no},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings := map[string]string{"sign_up_organizations": "true"} // pm415's registration creates one
			maps.Copy(settings, c.settings)
			s := start(t, settings)
			admin := s.admin("admin")
			for _, one := range []struct {
				path, body string
				want       int
			}{
				{"/wekan/users/register", `{"username":"wekan1","email":"w@x.example","password":%q}`, c.wekan},
				{"/pm415/api/account/register", `{"email":"p@x.example","password":%[1]q,"confirmation":%[1]q,"firstName":"F","lastName":"L","tosAccepted":"Y","organization":"O"}`, c.pm415},
				{"/gitlab/api/v3/users", `{"email":"g@x.example","username":"gitlab1","name":"N","password":%q}`, c.gitlab},
				{"/api/v1/users", `{"email":"n@x.example","username":"native1","password":%q}`, c.natives},
			} {
				a := s.call(http.MethodPost, one.path, fmt.Sprintf(one.body, c.password), "Content-Type: application/json", "Authorization: Bearer "+admin.Key)
				if a.Status != one.want {
					t.Errorf("%s: status %d, want %d: %s", one.path, a.Status, one.want, a.Body)
				}
			}
		})
	}
}
