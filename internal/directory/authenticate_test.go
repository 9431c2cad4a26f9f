package directory_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// Blanks around the name of a credential are ignored, as at a login with a password.
func TestBlanksAroundTheNamesOfACredentialAreIgnored(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	bob := h.AddUser("bob")
	h.AddUser("ada")
	key := h.AddToken(bob)
	slug := h.Home.Slug
	for _, c := range []struct {
		username, account string
		valid             bool
	}{
		{"bob", slug, true},
		{"bob ", slug, true},
		{" Bob", slug, true},
		{"\u00a0bob\u200b", slug, true},
		{"bob ", "", true},
		{"bob", slug + " ", true},
		{"bob", " HOME", true},
		{" ", slug, false}, // blanks restrict the secret to a user that does not exist
		{"\u200b", "", false},
		{"bob", " ", false},
		{"b ob", slug, false},
		{"ada ", slug, false},
		{"bob", "other ", false},
	} {
		_, err := h.Authenticate(t.Context(), caller(model.Codebase), directory.Credential{Secret: key, Username: c.username, Account: c.account})
		if (err == nil) != c.valid || err != nil && fault.KindOf(err) != fault.Unauthenticated {
			t.Errorf("username %q, account %q: got %v", c.username, c.account, err)
		}
	}
}
