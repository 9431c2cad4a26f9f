package account

import (
	"encoding/base32"
	"encoding/json"
	"html"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/console"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/signin"
	"roster.example/roster/internal/totp"
)

// newFullFixture returns a browser with the pages of the account and of the sign-in, and the member ada.
func newFullFixture(t *testing.T, o directory.Options) *fixture {
	t.Helper()
	v := &fixture{Browser: browsertest.New(t, browsertest.Setup{
		Options: o, Templates: []fs.FS{Templates, signin.Templates, console.Templates},
		Endpoints: func(s *browser.Site) []browser.Endpoint {
			return slices.Concat(Endpoints(s, Config{WriteData: writeData}), signin.Endpoints(s), console.Endpoints(s, nil))
		},
	})}
	v.ada = v.AddMember("ada")
	return v
}

// enterPassword sends the form of the sign-in page.
func (v *fixture) enterPassword(returnTo string) browsertest.Response {
	v.T.Helper()
	return v.Send("/login", "username", "ada", "password", v.ada.Password, "return_to", returnTo)
}

// code returns the code of the app with a secret at the moment.
func (v *fixture) code(appSecret string) string {
	v.T.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(appSecret, " ", ""))
	v.Must(err)
	return totp.Code(key, totp.Step(v.Clock.Now()))
}

// addApp adds an authenticator app and returns its secret and the recovery codes.
func (v *fixture) addApp() (appSecret string, recovery []string) {
	v.T.Helper()
	page := v.Send(factorPath + "/app")
	v.Want(page, 200, `aria-label="QR code.`, `autocomplete="one-time-code"`)
	appSecret, fields := appOn(v.T, page)
	fields = append(fields, "name", "Phone")
	v.Want(v.Send(factorPath+"/app/confirm", append(fields, "code", "000000")...), 422, `id="code-error"`, appSecret, `value="Phone"`)
	shown := v.Send(factorPath+"/app/confirm", append(fields, "code", v.code(appSecret))...)
	v.Want(shown, 200, "I have saved the codes")
	for _, code := range regexp.MustCompile(`<li>([0-9a-z-]{10,})</li>`).FindAllStringSubmatch(shown.Body, -1) {
		recovery = append(recovery, code[1])
	}
	if len(recovery) != 10 {
		v.T.Fatalf("%d recovery codes:\n%s", len(recovery), shown.Body)
	}
	return appSecret, recovery
}

// appOn returns the secret on the page that adds an app, and the hidden fields of its form.
func appOn(t *testing.T, page browsertest.Response) (appSecret string, fields []string) {
	t.Helper()
	shown := regexp.MustCompile(`<code id="secret">([^<]+)</code>`).FindStringSubmatch(page.Body)
	if shown == nil {
		t.Fatalf("the page shows no secret: %d\n%s", page.Status, page.Body)
	}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="(ceremony|secret|url)" value="([^"]*)"`).FindAllStringSubmatch(page.Body, -1) {
		fields = append(fields, field[1], html.UnescapeString(field[2]))
	}
	return shown[1], fields
}

// held returns the field with the login on the page that asks for a code.
func held(t *testing.T, page browsertest.Response) string {
	t.Helper()
	found := regexp.MustCompile(`name="login" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatalf("the page does not ask for a code: %d\n%s", page.Status, page.Body)
	}
	return found[1]
}

func TestSignInAsksForTheCodeAfterThePassword(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, recovery := v.addApp()
	v.Want(v.Get(factorPath), 200, "Phone", "10 codes are left.")
	v.LeadsTo(v.Send("/logout"), "/login")

	v.Clock.Advance(time.Minute)
	asked := v.enterPassword("/account/keys")
	v.Want(asked, 200, "Enter your code", `id="code"`, `autocomplete="one-time-code"`, `id="sign-in"`)
	v.Without(asked, v.ada.Password)
	if v.Cookies[sessionCookie] != "" {
		t.Error("the password alone created a session")
	}
	login := held(t, asked)
	enter := func(code string) browsertest.Response {
		return v.Send("/login/code", "login", login, "code", code, "return_to", "/account/keys")
	}
	v.Want(enter("000000"), 422, `id="code-error">This code is not correct`, `name="return_to" value="/account/keys"`)
	v.Want(enter(""), 422, `id="code-error">Enter the code`)
	code := v.code(appSecret)
	v.LeadsTo(enter(code), "/account/keys")
	v.Want(v.Get("/account/keys"), 200)
	v.Send("/logout")
	v.Want(enter(code), 422) // each code works once
	v.LeadsTo(enter(recovery[0]), "/account/keys")
	v.Send("/logout")
	v.Want(enter(recovery[0]), 422)
	v.Clock.Advance(11 * time.Minute)
	v.LeadsTo(enter(v.code(appSecret)), "/login?ended=yes")
	v.LeadsTo(v.Send("/login/code", "login", "x", "code", "000000"), "/login?ended=yes")
	v.LeadsTo(v.Send("/login/code", "login", login[:len(login)-4]+"AAAA", "code", "000000"), "/login?ended=yes")
}

func TestGuessingACodeIsLimited(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Login: ratelimit.LoginLimits{AccountFailures: 3}})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, _ := v.addApp()
	v.Send("/logout")
	v.Clock.Advance(time.Hour)
	login := held(t, v.enterPassword(""))
	for range 3 {
		v.Want(v.Send("/login/code", "login", login, "code", "000000"), 422)
	}
	v.Want(v.Send("/login/code", "login", login, "code", v.code(appSecret)), 429, "Too many attempts")
}

func TestConfirmationOfAFormAsksForTheCodeToo(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, _ := v.addApp()
	v.Clock.Advance(time.Hour)
	path, fields := keysPath+"/tokens", []string{"name", "bot", "scope_api", "yes"}
	v.Want(v.Send(path, fields...), 403, `id="confirm_password"`, `id="confirm_code"`)
	withPassword := append(fields, browser.ConfirmPassword, v.ada.Password)
	v.Want(v.Send(path, withPassword...), 422, `id="confirm_code-error">Enter the code`, `name="name" value="bot"`)
	v.Want(v.Send(path, append(withPassword, browser.ConfirmCode, "000000")...), 422, `id="confirm_code-error">This code is not correct`)
	v.Want(v.Send(path, append(withPassword, browser.ConfirmCode, v.code(appSecret))...), 200, "Token “bot” created")
}

// The picture and the secret come from the server: a request cannot make the page show others.
func TestPageOfAnAppShowsTheSecretOfTheServer(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	begun := v.Send(factorPath + "/app")
	appSecret, fields := appOn(v.T, begun)
	if len(fields) != 2 || fields[0] != "ceremony" {
		t.Errorf("hidden fields %q", fields)
	}
	picture := regexp.MustCompile(`(?s)<div class="qr gap".*?</div>`)
	for _, forged := range [][]string{
		{"url", strings.Repeat("A", 5000)}, {"url", ""}, {"url", "otpauth://totp/x?secret=FORGED"}, {"secret", "FORGED"}, {"secret", strings.Repeat("A", 5000)},
	} {
		for _, more := range [][]string{{"code", "000000"}, {"code", ""}, {"code", "000000", "name", strings.Repeat("n", 101)}} {
			page := v.Send(factorPath+"/app/confirm", slices.Concat(fields, forged, more)...)
			v.Want(page, 422, appSecret)
			v.Without(page, "FORGED", "AAAAAAAA")
			if picture.FindString(page.Body) != picture.FindString(begun.Body) {
				t.Errorf("%.40q: another picture", forged)
			}
		}
	}
	for _, ceremony := range []string{"", "none", strings.Repeat("A", 5000)} {
		v.Want(v.Send(factorPath+"/app/confirm", "ceremony", ceremony, "code", "000000", "secret", appSecret), 410)
	}
	v.Want(v.Send(factorPath+"/app/confirm", append(fields, "code", v.code(appSecret))...), 200, "I have saved the codes")
	v.Want(v.Send(factorPath+"/app/confirm", append(fields, "code", "000000")...), 410) // was finished
}

func TestSecondFactorIsRenamed(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	v.addApp()
	rename := regexp.MustCompile(`action="(` + factorPath + `/\d+/rename)"`).FindStringSubmatch(v.Get(factorPath).Body)
	v.LeadsTo(v.Send(rename[1], "name", " <b>Phone</b> "), factorPath+"?done=factor-renamed")
	v.Want(v.Get(factorPath), 200, "&lt;b&gt;Phone&lt;/b&gt;")
	for _, bad := range []string{"", " ", strings.Repeat("n", 101)} {
		v.Want(v.Send(rename[1], "name", bad), 422, `class="errors"`, "&lt;b&gt;Phone")
	}
	v.Want(v.Send(factorPath+"/999999/rename", "name", "x"), 404)
}

func TestRecoveryCodesAreReplacedAndTheAppRemoved(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	cookie := v.Cookies[sessionCookie]
	_, former := v.addApp()
	if v.Cookies[sessionCookie] == cookie {
		t.Error("the session has the same token after the first second factor was added")
	}
	codes := v.Send(factorPath + "/recovery-codes")
	v.Want(codes, 200, "They are not shown again.")
	v.Without(codes, former[0])
	remove := regexp.MustCompile(`action="(` + factorPath + `/\d+/remove)"`).FindStringSubmatch(v.Get(factorPath).Body)
	v.LeadsTo(v.Send(remove[1]), factorPath+"?done=factor-removed")
	v.Want(v.Get(factorPath), 200, "You have no second factor.")
	v.Want(v.Send(factorPath+"/999999/remove"), 404)
	v.Send("/logout")
	v.LeadsTo(v.enterPassword(""), "/account")
}

func TestUserThatMustHaveASecondFactorAddsItFirst(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{RequireSecondFactor: secondfactor.ForEveryone})
	v.LeadsTo(v.enterPassword(""), "/account")
	for _, path := range []string{profilePath, SecurityPath, keysPath, organizationsPath, activityPath, dataPath} {
		v.LeadsTo(v.Get(path), factorPath)
	}
	v.LeadsTo(v.Send(keysPath+"/api-key/show"), factorPath)
	page := v.Get(factorPath)
	v.Want(page, 200, "Your account must have a second factor.", `id="sign-out"`)
	before := v.Cookies[sessionCookie]
	v.addApp()
	if v.Cookies[sessionCookie] == before {
		t.Error("the session is the one with fewer rights")
	}
	v.Want(v.Get(profilePath), 200)
	v.Cookies[sessionCookie] = before
	v.Want(v.Get(profilePath), 303)
}

func TestInvitationOfAnAccountWithASecondFactorNeedsTheCode(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, _ := v.addApp()
	v.Send("/logout")
	v.Clock.Advance(time.Minute)
	_, err := v.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: v.AddOrganization("Lab").ID, Email: "ada@roster.example"})
	v.Must(err)
	asked := v.Send(v.Mailed("ada@roster.example"), "password", v.ada.Password)
	v.Want(asked, 200, "Enter your code")
	v.LeadsTo(v.Send("/login/code", "login", held(t, asked), "code", v.code(appSecret), "return_to", organizationsPath), organizationsPath)
	v.Want(v.Get(organizationsPath), 200, "Lab")
}

// options finds the ceremony and its options on the page that adds a passkey.
var options = regexp.MustCompile(`name="ceremony" value="([^"]+)"[\s\S]*data-options="([^"]+)"`)

// addPasskey adds a passkey on the pages.
func (v *fixture) addPasskey() *directorytest.Device {
	v.T.Helper()
	d := directorytest.NewDevice(v.me())
	confirm := func(answer func(options []byte) string) browsertest.Response {
		page := v.Send(factorPath + "/passkey")
		found := options.FindStringSubmatch(page.Body)
		if found == nil {
			v.T.Fatalf("no options: %d\n%s", page.Status, page.Body)
		}
		response := answer([]byte(html.UnescapeString(found[2])))
		return v.Send(factorPath+"/passkey/confirm", "ceremony", found[1], "response", response, "name", "Laptop")
	}
	v.Want(confirm(func([]byte) string { return "{}" }), 422, "Try again", `value="Laptop"`)
	// The first second factor of an account leads to the recovery codes.
	if a := confirm(func(options []byte) string { return d.Register(v.T, options).Reveal() }); a.Status != 303 {
		v.Want(a, 200, "I have saved the codes")
	}
	return d
}

// prove returns the fields with a proof of the passkey.
func (v *fixture) prove(d *directorytest.Device, prefix string) []string {
	v.T.Helper()
	begun := v.Send("/login/passkey")
	v.Want(begun, 200)
	var answer struct {
		Ceremony string          `json:"ceremony"`
		Options  json.RawMessage `json:"options"`
	}
	v.Must(json.Unmarshal([]byte(begun.Body), &answer))
	return []string{prefix + "ceremony", answer.Ceremony, prefix + "response", d.Assert(v.T, answer.Options).Reveal()}
}

func TestPasskeySignsInAndConfirmsForms(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Reauthenticate: 15 * time.Minute})
	v.LeadsTo(v.enterPassword(""), "/account")
	d := v.addPasskey()
	v.Clock.Advance(time.Hour)
	fields := []string{"name", "bot", "scope_api", "yes"}
	asked := v.Send(keysPath+"/tokens", fields...)
	v.Want(asked, 403, `id="confirm-passkey"`, `name="confirm_response" value=""`)
	v.Want(v.Send(keysPath+"/tokens", append(fields, browser.ConfirmCeremony, "none", browser.ConfirmResponse, "{}")...), 422, "This passkey was not accepted", `name="name" value="bot"`)
	v.Want(v.Send(keysPath+"/tokens", append(fields, v.prove(d, "confirm_")...)...), 200, "Token “bot” created")
	v.Send("/logout")

	v.Want(v.Get("/login"), 200, `data-passkey="get"`)
	v.LeadsTo(v.Send("/login", append(v.prove(d, ""), "return_to", keysPath)...), keysPath)
	v.Send("/logout")
	login := held(t, v.enterPassword(""))
	v.LeadsTo(v.Send("/login/code", append(v.prove(d, ""), "login", login)...), "/account")
	v.Send("/logout")
	proof := v.prove(d, "")
	v.LeadsTo(v.Send("/login", proof...), "/account")
	v.Send("/logout")
	v.Want(v.Send("/login", proof...), 422, "<h2>This passkey was not accepted</h2>") // each ceremony works once
	v.Want(v.Send("/login", "ceremony", "x", "response", "{}"), 422, "<h2>This passkey was not accepted</h2>")
}

func TestPasskeysAreNotOfferedWhereBrowsersHaveNone(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{Passkeys: func() *passkey.RelyingParty { return nil }})
	v.Without(v.Get("/login"), "data-passkey=")
	v.LeadsTo(v.enterPassword(""), "/account")
	v.Without(v.Get(factorPath), "add-passkey")
}

// Another tab of the browser has sent a request before the session got another token. It is led to the sign-in page,
// and from there back, because the browser has the new cookie by then.
func TestRequestOfAnotherTabIsLedBack(t *testing.T) {
	t.Parallel()
	v := newFullFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	before := v.Cookies[sessionCookie]
	v.addApp()
	after := v.Cookies[sessionCookie]
	v.Cookies[sessionCookie] = before
	late := v.Get(keysPath)
	v.LeadsTo(late, "/login?return_to=%2Faccount%2Fkeys")
	if late.Header.Get("Set-Cookie") != "" {
		t.Error("the answer to a late request takes the new cookie away")
	}
	v.Cookies[sessionCookie] = after
	v.LeadsTo(v.Get("/login?return_to=%2Faccount%2Fkeys"), keysPath)
}
