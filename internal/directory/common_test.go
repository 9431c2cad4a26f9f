package directory_test

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passwordpolicy"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

func TestCommonPasswordsAreRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.Site = "Acme People" })
	for _, word := range []string{
		"password", "Password1!", "P@ssw0rd", "passw0rd2026", "2026password", "QWERTZUIOP", "qwerty123", "asdfghjk", "12345678",
		"87654321", "11111111", "!!!!!!!!!!", "ääääääää", "abcdefgh", "aaabbbccc", "abcabcabc", "xyxyxyxy", "wxyzwxyz", "1q2w3e4r5t",
		"iloveyou", "Willkommen1", "Sommer2026!", "trustno1", "changeme", "letmein99",
		"p9 p9 p9", "ada ada ada", "hunter2hunter2", "hunter2 Hunter2", "x7k-x7k-x7k", "abcdeabcdeabc", "go!go?go.", "password password", "qwertzuiop-qwertzuiop",
		"lovelace", "Lovelace1815", "adalovelace", "ada.lovelace", "ada@example.org", "lovelaceada!", "acmepeople", "Acme-People-1", "countess",
	} {
		_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{
			Username: "countess", Email: address("ada"), Password: secret.Text(word), Names: model.Names{}.WithName("Ada Lovelace"),
		})
		if !fault.Has(err, "password", fault.Common) {
			t.Errorf("%q: got %v", word, err)
		}
	}
	for i, word := range []string{
		"four words make one", "correct horse battery staple", "lovelace and babbage", "xk7-Qm2-pf9", "passwords are dull", "so far so good", "no news is good news", "no no no, never again",
		"correct horse correct horse", "-#-x+_)(x*&", "Tr0ub4dor&3x", "ada-secret-1", "gänseblümchen am see",
	} {
		_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{
			Username: fmt.Sprint("ada", i), Email: fmt.Sprintf("ada%d@example.org", i), Password: secret.Text(word), Names: model.Names{}.WithName("Ada Lovelace"),
		})
		if err != nil {
			t.Errorf("%q: got %v", word, err)
		}
	}
}

func TestCompatibleAPIsHaveThePasswordRulesOfTheirProductsIfSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule    passwordpolicy.Rule
		api     model.API
		refused bool
	}{
		{"", model.Wekan, false}, {"", model.PM415, false}, {"", model.GitLab, false}, {"", model.Codebase, false},
		{"", model.Native, true}, {passwordpolicy.Own, model.Console, true}, {passwordpolicy.Own, model.Wekan, false},
		{passwordpolicy.All, model.Wekan, true}, {passwordpolicy.All, model.GitLab, true},
		{passwordpolicy.Off, model.Native, false}, {passwordpolicy.Off, model.Wekan, false},
	} {
		h := newFixture(t, func(o *directory.Options) { o.CommonPasswords = c.rule })
		err := register(h, c.api, registration.Input{Username: "eve", Email: address("eve"), Password: "password"})
		if got := fault.Has(err, "password", fault.Common); got != c.refused || !got && err != nil {
			t.Errorf("%s by %s: got %v", c.rule, c.api, err)
		}
	}
}

// Every operation that sets a password applies the rule, with the data of the user.
func TestEveryOperationThatSetsAPasswordHasTheRule(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("rosalind")
	_, invited := h.invite("guest@example.org", true, 0)
	actor, console := h.Actor(h.AddUser("augusta")), caller(model.Console)
	reset := h.requestReset(address("rosalind"))
	word := func(s string) *secret.Text { return ref(secret.Text(s)) }
	for name, set := range map[string]func() error{
		"ChangePassword": func() error { return h.ChangePassword(t.Context(), actor, password("augusta"), "augusta1") },
		"ChangeMe": func() error {
			return none(h.ChangeMe(t.Context(), actor, directory.SelfChange{Password: word("augusta1")}))
		},
		"ChangeUser": func() error {
			return h.change(operator(), actor.UserID(), directory.UserChange{Password: word("augusta1")})
		},
		"ResetPassword": func() error {
			return none(h.ResetPassword(t.Context(), console, directory.Reset{Token: reset, Password: "rosalind1"}))
		},
		"AcceptInvitation": func() error {
			_, _, err := h.AcceptInvitation(t.Context(), console, invited, invitation.Acceptance{Username: "somebody", Password: "adaberg1"})
			return firstOf(err)
		},
		"accepting as oneself": func() error {
			_, _, err := h.AcceptInvitation(t.Context(), console, invited, invitation.Acceptance{Username: "somebody", Password: "somebody1"})
			return err
		},
		"CreateAdministrator": func() error {
			return none(h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "boss", Email: address("boss"), Password: "password1"}))
		},
	} {
		if err := set(); !fault.Has(err, "password", fault.Common) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// breached returns a list with the hashes of these passwords.
func breached(t *testing.T, words ...string) *secret.Breached {
	t.Helper()
	var lines []string
	for _, w := range words {
		lines = append(lines, fmt.Sprintf("%X:%d\r\n", sha1.Sum([]byte(w)), len(w)))
	}
	slices.Sort(lines)
	path := filepath.Join(t.TempDir(), "pwned.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return must(t, func() (*secret.Breached, error) { return secret.OpenBreached(path) })
}

func TestBreachedPasswordsAreRejected(t *testing.T) {
	t.Parallel()
	list, log := breached(t, "correct horse battery staple", "something else"), &bytes.Buffer{}
	h := newFixture(t, func(o *directory.Options) { o.Breached, o.Log = list, slog.New(slog.NewTextHandler(log, nil)) })
	try := func(name string, word secret.Text) error {
		return none(h.CreateUser(t.Context(), operator(), directory.NewUser{Username: name, Email: address(name), Password: word}))
	}
	wantFault(t, try("ada", "correct horse battery staple"), "password", fault.Common)
	h.Must(try("ada", "correct horse battery stapler"))
	h.Must(list.Close())
	h.Must(try("eve", "something else")) // operations continue, and the log has an error
	if !strings.Contains(log.String(), "not looked up") || strings.Contains(log.String(), "something") {
		t.Errorf("the log says %q", log)
	}
}
