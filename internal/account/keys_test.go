package account

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ada@laptop"

func decimal[N ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

func TestSSHKeyIsAddedAndDeleted(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.LeadsTo(v.Send(keysPath+"/ssh", "key", aKey), keysPath+"?done=key")
	page := v.Get(keysPath)
	v.Want(page, 200, "ada@laptop", "SHA256:", "ssh-ed25519")
	v.Want(v.Send(keysPath+"/ssh", "key", aKey), 409, `id="key-error"`)
	remove := regexp.MustCompile(`action="(/account/keys/ssh/\d+/remove)"`).FindStringSubmatch(page.Body)
	v.LeadsTo(v.Send(remove[1]), keysPath+"?done=key-removed")
	v.Want(v.Get(keysPath), 200, "You have no SSH key.")
}

func TestRejectedKeySaysExactlyWhy(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	for key, want := range map[string]string{
		"":                             "Enter a value.",
		"ssh-ed25519 AAAA":             `id="key-error">`,
		"hello":                        `id="key-error">`,
		"ssh-dss AAAAB3NzaC1kc3MAAACB": `id="key-error">`,
	} {
		v.Want(v.Send(keysPath+"/ssh", "key", key, "title", "laptop"), 422, want, `value="laptop"`)
	}
	const private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----"
	a := v.Send(keysPath+"/ssh", "key", private, "title", "laptop")
	v.Want(a, 422, `id="key-error">`, "private")
	v.Without(a, "b3BlbnNz")
}

func TestTokenIsShownOnce(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{})
	v.Want(v.Send(keysPath+"/tokens", "name", "", "expires", "30"), 422, `id="name-error">Enter a value.`, `id="scopes-error">Choose at least one scope.`, `value="30" selected`)
	v.Want(v.Send(keysPath+"/tokens", "name", "bot", "scope_sudo", "yes"), 422, "Sudo is used together with another scope", `name="scope_sudo" value="yes" checked`, `value="bot"`)
	a := v.Send(keysPath+"/tokens", "name", "night job", "expires", "30", "scope_read_api", "yes")
	v.Want(a, 200, "Token “night job” created", "Copy it now.")
	text := tokenOn(t, a.Body)
	v.Without(v.Get(keysPath), text)
	actor, err := v.Directory.Authenticate(t.Context(), model.AnonymousActor(model.Native, "192.0.2.1", ""), directory.Credential{Secret: secret.Text(text)})
	v.Must(err)
	if actor.UserID() != v.ada.ID {
		t.Errorf("the token is of %d", actor.UserID())
	}
	tokens, err := v.Directory.Tokens(t.Context(), v.ActorFor(v.ada), v.ada.ID)
	v.Must(err)
	last := tokens[len(tokens)-1]
	if days := last.ExpiresAt.Sub(v.Clock.Now()).Round(time.Hour); days != 30*24*time.Hour || len(last.Scopes) != 1 || last.Scopes[0] != model.ScopeReadAPI {
		t.Errorf("made %+v", last)
	}

	rotated := v.Send(keysPath + "/tokens/" + decimal(last.ID) + "/rotate")
	v.Want(rotated, 200, "rotated")
	next := tokenOn(t, rotated.Body)
	if next == text {
		t.Error("the text is the former one")
	}
	v.Want(v.Send(keysPath+"/tokens/"+decimal(last.ID)+"/rotate"), 409)
	revoke := regexp.MustCompile(`action="(/account/keys/tokens/\d+/revoke)"`).FindStringSubmatch(v.Get(keysPath).Body)
	v.LeadsTo(v.Send(revoke[1]), keysPath+"?done=token-revoked")
	v.Without(v.Get(keysPath), "night job")
}

func tokenOn(t *testing.T, page string) string {
	t.Helper()
	found := regexp.MustCompile(`<code id="token">(rst_[^<]+)</code>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no token on the page:\n%s", page)
	}
	return found[1]
}

func TestTokenWithAnUnknownLifetimeExpiresSoonest(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for expires, want := range map[string]time.Duration{"30": 30 * 24 * time.Hour, "": 7 * 24 * time.Hour, "99999": 7 * 24 * time.Hour, "-1": 7 * 24 * time.Hour, "x": 7 * 24 * time.Hour} {
		if got := (newToken{expires: expires}).ends(now).Sub(now); got != want {
			t.Errorf("%q: %v", expires, got)
		}
	}
	if ends := (newToken{expires: "0"}).ends(now); !ends.IsZero() {
		t.Errorf("never is %v", ends)
	}
}

func TestAPIKeyIsShownAndRotated(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	key := regexp.MustCompile(`<code id="api-key">([a-z0-9]{40})</code>`)
	first := key.FindStringSubmatch(v.Send(keysPath + "/api-key/show").Body)
	again := key.FindStringSubmatch(v.Send(keysPath + "/api-key/show").Body)
	next := key.FindStringSubmatch(v.Send(keysPath + "/api-key/rotate").Body)
	if first == nil || again == nil || next == nil || first[1] != again[1] || next[1] == first[1] {
		t.Errorf("keys %v, %v, %v", first, again, next)
	}
	if key.MatchString(v.Get(keysPath).Body) {
		t.Error("the page shows the key without a request")
	}
}

// Recent authentication: an open session alone does not give lasting access to the account.
func TestFormAsksForThePasswordAndLosesNothing(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.later()
	path := keysPath + "/tokens"
	fields := []string{"name", "night job", "expires", "30", "scope_api", "yes"}
	asked := v.Send(path, fields...)
	v.Want(asked, 403, "Confirm with your password", `autocomplete="current-password"`, `action="`+path+`"`,
		`name="name" value="night job"`, `name="expires" value="30"`, `name="scope_api" value="yes"`)
	v.Without(asked, "rst_")
	v.Want(v.Send(path, append(fields, browser.ConfirmPassword, "wrong")...), 422, "The password is not correct.", `name="name" value="night job"`)
	v.Want(v.Send(path, append(fields, browser.ConfirmPassword, "")...), 422, `name="name" value="night job"`)
	v.Want(v.Send(path, append(fields, browser.ConfirmPassword, v.ada.Password)...), 200, "Token “night job” created")
	v.Want(v.Send(path, fields...), 200) // now it is recent
}

func TestEveryFormAboutACredentialAsksForThePassword(t *testing.T) {
	t.Parallel()
	v := newFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.Send(profilePath+"/emails", "email", "ada@lab.example")
	_, token, _ := strings.Cut(v.Mailed("ada@lab.example"), "token=")
	_, err := v.Directory.VerifyEmail(t.Context(), model.AnonymousActor(model.Console, "", ""), secret.Text(token))
	v.Must(err)
	email := profilePath + "/emails/" + v.idOf("ada@lab.example")
	v.later()
	for path, fields := range map[string][]string{
		profilePath + "/emails": {"email", "third@lab.example"}, email + "/primary": nil, email + "/remove": nil,
		keysPath + "/ssh": {"key", aKey}, keysPath + "/tokens": {"name", "bot", "scope_api", "yes"},
		keysPath + "/api-key/show": nil, keysPath + "/api-key/rotate": nil,
	} {
		if a := v.Send(path, fields...); a.Status != 403 || !strings.Contains(a.Body, browser.ConfirmPassword) {
			t.Errorf("%s: status %d\n%s", path, a.Status, a.Body)
		}
	}
}
