package console

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

var shownKeyForm = regexp.MustCompile(`<code id="api-key">([a-z0-9]{40})</code>`)

// shownKey returns the API key on a page.
func shownKey(t *testing.T, a browsertest.Response) string {
	t.Helper()
	found := shownKeyForm.FindStringSubmatch(a.Body)
	if found == nil {
		t.Fatalf("no API key on the page:\n%s", a.Body)
	}
	return found[1]
}

func TestSetupLinkCreatesTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.setupLink()
	b.Want(b.Get(link), 200, "first administrator", `autocomplete="new-password"`, `action="/account/setup/"`)
	done := b.Send(link, "username", " ada ", "email", "ada@lab.example", "password", "correct horse")
	key := shownKey(t, done)
	b.Want(done, 200, "Your account ada is ready.",
		"curl -H &#39;PRIVATE-TOKEN: "+key+"&#39; &#39;https://roster.example/gitlab/api/v3/user&#39;",
		"curl -H &#39;Authorization: Bearer "+key+"&#39; &#39;https://roster.example/wekan/api/user&#39;",
		"curl -u &#39;home/ada:"+key+"&#39; &#39;https://roster.example/codebase/profile&#39;")
	b.Without(done, "/pm415", "correct horse")
	actor, err := b.Directory.Authenticate(t.Context(), browsertest.Anonymous(), directory.Credential{Secret: secret.Text(key)})
	b.Must(err)
	me, err := b.Directory.Me(t.Context(), actor)
	b.Must(err)
	if !me.Admin || me.Username != "ada" || me.Primary().Address != "ada@lab.example" {
		t.Errorf("created %+v", me)
	}
}

func TestSetupLinkWorksOnce(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.setupLink()
	b.Want(b.Send(link, "username", "ada", "email", "ada@lab.example", "password", "correct horse"), 200)
	b.Want(b.Send(link, "username", "eve", "email", "eve@lab.example", "password", "correct horse"), 410, "sign in with that account", "roster admin create")
	b.Want(b.Get(link), 410, "sign in with that account")
}

func TestSetupLinkExpires(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.setupLink()
	b.Clock.Advance(25 * time.Hour)
	b.Want(b.Get(link), 410, "start the server again")
	b.Want(b.Send(link, "username", "ada", "email", "ada@lab.example", "password", "correct horse"), 410)
}

func TestErrorsAreShownAtTheirFields(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.setupLink()
	a := b.Send(link, "username", "ada/x", "email", "ada", "password", "short")
	b.Want(a, 422, "<title>Error: ", `role="alert"`,
		`<p class="error" id="username-error">It contains &#39;/&#39;; a username may contain`,
		`<p class="error" id="email-error">It needs one &#39;@&#39; between`,
		`<p class="error" id="password-error">Use at least 8 characters.`,
		`<a href="#email">Email: It needs one`,
		`aria-describedby="username-hint username-error"`, `aria-invalid="true"`,
		`value="ada/x"`, `value="ada"`)
	b.Without(a, "short")
	b.Want(b.Send(link), 422, "Choose a username.", "Enter your email.", "Enter a password.")
	b.Want(b.Send(link, "username", "ada", "email", "ada@lab.example", "password", strings.Repeat("x", 1025)), 422, "Use at most 1,024 characters.")
	b.Want(b.Send(link, "username", "ada", "email", "ada@lab.example", "password", "correct horse"), 200)
}

func TestTakenNameIsShownAtItsField(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.AddMember("ada")
	a := b.Send(b.setupLink(), "username", "ADA", "email", "Ada@roster.example", "password", "correct horse")
	b.Want(a, 409, `id="username-error">This username is already taken`, `id="email-error">An account with this email exists`)
}

func TestSecretsAreNotLogged(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.setupLink()
	_, token, _ := strings.Cut(link, "token=")
	b.Get(link)
	b.Send(link, "username", "ada", "email", "ada@lab.example", "password", "no")
	done := b.Send(link, "username", "ada", "email", "ada@lab.example", "password", "correct horse")
	b.Get(link)
	log := b.Log.String()
	if strings.Count(log, "route=/account/setup ") != 4 {
		t.Errorf("the requests are not in the log:\n%s", log)
	}
	for _, text := range []string{token, shownKey(t, done), "correct horse"} {
		if strings.Contains(log, text) {
			t.Errorf("the log contains %q:\n%s", text, log)
		}
	}
}

func TestExamplesAreSafeToPaste(t *testing.T) {
	t.Parallel()
	p := &pages{&browser.Site{BaseURL: "https://roster.example/it's"}, allAPIs()}
	n := newAccount{User: model.User{Username: "a'$(id)`id`\";id"}, Key: "k3y", Account: "home"}
	var got []string
	for _, e := range p.examples(n) {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `curl() { printf '%s\n' "$@"; }; `+e.Command).Output()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(out))
	}
	want := []string{
		"-H\nPRIVATE-TOKEN: k3y\nhttps://roster.example/it's/gitlab/api/v3/user\n",
		"-H\nAuthorization: Bearer k3y\nhttps://roster.example/it's/wekan/api/user\n",
		"-u\nhome/a'$(id)`id`\";id:k3y\nhttps://roster.example/it's/codebase/profile\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPagesWorkBelowAPathPrefix(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{}, func(c *testConfig) { c.BaseURL = apitest.BaseURL + "/people/" })
	b.Want(b.Get(b.setupLink()), 200, `action="/people/account/setup/"`, `href="/people/console/static/roster.`)
	if got := b.Get("/").Header.Get("Location"); got != "/people/console/" {
		t.Errorf("/ redirects to %q", got)
	}
	b.Want(b.Get("/console/"), 200, "https://roster.example/people/gitlab")
}

func TestTheHintOfANewPasswordNamesItsMinimumLength(t *testing.T) {
	t.Parallel()
	for minimum, want := range map[int]string{0: "At least 8 characters. The longer", 8: "At least 8 characters.", 12: "At least 12 characters."} {
		b := newFixture(t, directory.Options{PasswordMinimum: minimum})
		setup := b.setupLink()
		b.Want(b.Get(setup), 200, want)
		b.Want(b.Send(setup, "username", "ada", "email", "ada@lab.example", "password", "short"), 422, want)
	}
}
