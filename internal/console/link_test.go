package console

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/secret"
)

func (v *visit) forgot(address string) string {
	v.t.Helper()
	_, err := v.Directory.ForgotPassword(v.t.Context(), stranger(), address)
	v.must(err)
	return v.mailed(address)
}

func TestAPasswordIsResetByItsLinkOnce(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.Member("ada")
	link := v.forgot("ada@roster.example")
	v.want(v.get(link), 200, "Choose a new password", `autocomplete="new-password"`)
	v.want(v.send(link, "password", "tiny"), 422, `id="password-fault">Use at least 8 characters.`)
	v.must(v.logIn("ada", ada.Password))
	v.want(v.send(link, "password", "quite another one"), 200, "Your password is changed")
	v.must(v.logIn("ada", "quite another one"))
	if err := v.logIn("ada", ada.Password); directory.KindOf(err) != directory.Unauthenticated {
		t.Errorf("the old password: %v", err)
	}
	v.want(v.send(link, "password", "and once more"), 410, "Say again that you forgot the password")
}

func TestALinkForANewPasswordExpires(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.Member("ada")
	link := v.forgot("ada@roster.example")
	v.clock.Pass(25 * time.Hour)
	v.want(v.send(link, "password", "quite another one"), 410)
	v.must(v.logIn("ada", ada.Password))
}

func (v *visit) signUp(address string) string {
	v.t.Helper()
	_, err := v.Directory.Register(v.t.Context(), directory.Caller(directory.PM415, "127.0.0.1", ""), directory.Registration{
		Email: address, Password: passcode, GivenName: "Grace", FamilyName: "Hopper", Organization: "Navy",
	})
	v.must(err)
	return v.mailed(address)
}

func TestOnlyTheButtonConfirmsAnAddress(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	link := v.signUp(guest)
	v.recorded()
	v.want(v.get(link), 200, "Confirm the address</button>")
	if got := v.recorded(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	v.want(v.send(link), 200, "Your address is confirmed")
	u, err := v.Directory.UserByEmail(t.Context(), directory.Operator(), guest)
	v.must(err)
	if u.State != directory.Active || !u.Primary().Verified {
		t.Errorf("verified %+v", u)
	}
	// Coming again is answered alike (docs/products/pm415.md, 5).
	v.want(v.send(link), 200, "Your address is confirmed")
}

func TestALinkThatConfirmsExpires(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	link := v.signUp(guest)
	v.clock.Pass(4 * 24 * time.Hour)
	v.want(v.send(link), 410, "Ask for a link for a new password")
}

func TestALinkIsGoodForItsOwnPageOnly(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	v.Member("ada")
	token := strings.TrimPrefix(v.forgot("ada@roster.example"), "https://roster.example"+mail.ResetPath)
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.VerifyPath, mail.RevertPath} {
		v.want(v.send(path+token, "username", "eve", "email", "eve@lab.example", "password", passcode), 410)
	}
}

func TestFormerAddressTakesAChangeBackOnce(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.Member("ada")
	v.want(v.send(v.forgot("ada@roster.example"), "password", "quite another one"), 200)
	next := "thief@lab.example"
	_, err := v.Directory.ChangeUser(t.Context(), directory.Operator(), ada.ID, directory.UserChange{Email: &next})
	v.must(err)
	link := v.mailed("ada@roster.example")
	v.recorded()
	v.want(v.get(link), 200, "Take the change of address back", "take it back</button>", `autocomplete="new-password"`)
	if got := v.recorded(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	v.want(v.send(link, "password", "adaadaada"), 422, `id="password-fault">This is one of the first that others would try.`)
	v.want(v.send(link, "password", "my own again, please"), 200, "The change is taken back")
	v.must(v.logIn("ada", "my own again, please"))
	v.want(v.send(link, "password", "and once more again"), 410, "until the new address is confirmed")
}

func TestTokensThatCannotBeAreToldApart(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	unknown := secret.NewOpaque(43, secret.URLSafe).Reveal()
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.ResetPath, mail.VerifyPath, mail.RevertPath} {
		for _, query := range []string{
			"", "?token=", "?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "?token=%zz", "?token[]=" + unknown,
			"?token=" + strings.Repeat("a", 129),
		} {
			a := v.get(path + query)
			v.want(a, 400)
			v.without(a, "alert", "aaaaa")
		}
		fill := []string{"username", "eve", "email", "eve@lab.example", "password", passcode}
		v.want(v.get(path), 400, "The link is not complete", "Copy the whole link")
		v.want(v.send(path, fill...), 400, "The link is not complete")
		v.want(v.send(path+"?token="+unknown, fill...), 410, "This link can no longer be used")
		// The token counts in the form alone.
		v.want(v.do(post(path+"?token="+unknown, "username=eve")), 400, "The link is not complete")
	}
}

func TestLettersLeadToThesePages(t *testing.T) {
	t.Parallel()
	for want, path := range map[string]string{
		mail.SetupPath: setupPath, mail.InvitationPath: invitePath, mail.ResetPath: resetPath, mail.VerifyPath: verifyPath,
		mail.RevertPath: revertPath,
	} {
		if path+"/" != want {
			t.Errorf("the letter leads to %s, the page is %s", want, path)
		}
		if advice[path] == "" {
			t.Errorf("nobody says what to do when a link to %s is dead", path)
		}
	}
}
