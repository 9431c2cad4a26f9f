package console

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/secret"
)

func (v *visit) forgot(address string) string {
	v.t.Helper()
	_, err := v.Directory.ForgotPassword(v.t.Context(), stranger(), address)
	v.must(err)
	return v.mailed(address)
}

func TestResetLinkWorksOnce(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.AddMember("ada")
	link := v.forgot("ada@roster.example")
	v.want(v.get(link), 200, "Choose a new password", `autocomplete="new-password"`)
	v.want(v.send(link, "password", "tiny"), 422, `id="password-error">Use at least 8 characters.`)
	v.must(v.logIn("ada", ada.Password))
	v.want(v.send(link, "password", "quite another one"), 200, "Your password was changed")
	v.must(v.logIn("ada", "quite another one"))
	if err := v.logIn("ada", ada.Password); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("the old password: %v", err)
	}
	v.want(v.send(link, "password", "and once more"), 410, "Request a new one")
}

func TestResetLinkExpires(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.AddMember("ada")
	link := v.forgot("ada@roster.example")
	v.clock.Advance(25 * time.Hour)
	v.want(v.send(link, "password", "quite another one"), 410)
	v.must(v.logIn("ada", ada.Password))
}

func (v *visit) signUp(address string) string {
	v.t.Helper()
	_, err := v.Directory.Register(v.t.Context(), directory.AnonymousActor(directory.PM415, "127.0.0.1", ""), directory.Registration{
		Email: address, Password: passcode, GivenName: "Grace", FamilyName: "Hopper", Organization: "Navy",
	})
	v.must(err)
	return v.mailed(address)
}

func TestAddressIsVerifiedOnlyByTheButton(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	link := v.signUp(guest)
	v.recorded()
	v.want(v.get(link), 200, "Verify email</button>")
	if got := v.recorded(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	v.want(v.send(link), 200, "Your email is verified")
	u, err := v.Directory.UserByEmail(t.Context(), directory.Operator(), guest)
	v.must(err)
	if u.State != directory.Active || !u.Primary().Verified {
		t.Errorf("verified %+v", u)
	}
	// Coming again is answered alike (docs/products/pm415.md, 5).
	v.want(v.send(link), 200, "Your email is verified")
}

func TestVerificationLinkExpires(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	link := v.signUp(guest)
	v.clock.Advance(4 * 24 * time.Hour)
	v.want(v.send(link), 410, "request a reset link")
}

func TestLinkWorksOnItsOwnPageOnly(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	v.AddMember("ada")
	token := strings.TrimPrefix(v.forgot("ada@roster.example"), "https://roster.example"+mail.ResetPath)
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.VerifyPath, mail.RevertPath} {
		v.want(v.send(path+token, "username", "eve", "email", "eve@lab.example", "password", passcode), 410)
	}
}

func TestFormerAddressRevertsAChangeOnce(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.AddMember("ada")
	v.want(v.send(v.forgot("ada@roster.example"), "password", "quite another one"), 200)
	next := "thief@lab.example"
	_, err := v.Directory.ChangeUser(t.Context(), directory.Operator(), ada.ID, directory.UserChange{Email: &next})
	v.must(err)
	link := v.mailed("ada@roster.example")
	v.recorded()
	v.want(v.get(link), 200, "Undo the change of your email", "Undo the change</button>", `autocomplete="new-password"`)
	if got := v.recorded(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	v.want(v.send(link, "password", "adaadaada"), 422, `id="password-error">This password is one of the first that an attacker tries.`)
	v.want(v.send(link, "password", "my own again, please"), 200, "The change was undone")
	v.must(v.logIn("ada", "my own again, please"))
	v.want(v.send(link, "password", "and once more again"), 410, "until the new email is verified")
}

func TestMalformedTokensHaveTheirOwnMessage(t *testing.T) {
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
		v.want(v.send(path+"?token="+unknown, fill...), 410, "This link does not work any more")
		// The token counts in the form alone.
		v.want(v.do(post(path+"?token="+unknown, "username=eve")), 400, "The link is not complete")
	}
}

func TestEmailedLinksLeadToThePages(t *testing.T) {
	t.Parallel()
	for want, path := range map[string]string{
		mail.SetupPath: setupPath, mail.InvitationPath: invitePath, mail.ResetPath: resetPath, mail.VerifyPath: verifyPath,
		mail.RevertPath: revertPath,
	} {
		if path+"/" != want {
			t.Errorf("the email leads to %s, the page is %s", want, path)
		}
		if expiredTexts[path] == "" {
			t.Errorf("there is no text for an expired link to %s", path)
		}
	}
}

// Each page looks at its link before it shows a form, and the look uses nothing up.
func TestInvalidLinksAreReportedBeforeTheForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		next string // what the page says to do
		dead func(v *visit) (link string)
	}{
		"setup, used": {"sign in with that account", func(v *visit) string {
			link := v.setupLink()
			v.want(v.send(link, "username", "root", "email", "root@lab.example", "password", passcode), 200)
			return link
		}},
		"invitation, revoked": {"Ask the sender for a new one", func(v *visit) string {
			sent := v.invite(directory.NewInvitation{Email: guest})
			link := v.mailed(guest)
			v.must(v.Directory.RevokeInvitation(v.t.Context(), directory.Operator(), v.Home.ID, sent.Invitation.ID))
			return link
		}},
		"reset, used": {"Request a new one", func(v *visit) string {
			v.AddMember("ada")
			link := v.forgot("ada@roster.example")
			v.want(v.send(link, "password", "quite another one"), 200)
			return link
		}},
		"reset, expired": {"Request a new one", func(v *visit) string {
			v.AddMember("ada")
			link := v.forgot("ada@roster.example")
			v.clock.Advance(25 * time.Hour)
			return link
		}},
		"reset, of a blocked user": {"Request a new one", func(v *visit) string {
			ada := v.AddMember("ada")
			link := v.forgot("ada@roster.example")
			_, err := v.Directory.BlockUser(v.t.Context(), directory.Operator(), ada.ID)
			v.must(err)
			return link
		}},
		"verification, expired": {"Request a new one (POST", func(v *visit) string {
			link := v.signUp(guest)
			v.clock.Advance(4 * 24 * time.Hour)
			return link
		}},
		"verification, of a removed address": {"Request a new one (POST", func(v *visit) string {
			ada := v.AddMember("ada")
			e, err := v.Directory.AddEmail(v.t.Context(), directory.Operator(), ada.ID, guest)
			v.must(err)
			_, err = v.Directory.RemoveEmail(v.t.Context(), directory.Operator(), ada.ID, e.ID)
			v.must(err)
			return v.mailed(guest)
		}},
		"former address, the new one is confirmed": {"ask an administrator", func(v *visit) string {
			ada := v.AddMember("ada")
			v.want(v.send(v.forgot("ada@roster.example"), "password", "quite another one"), 200)
			next := "next@lab.example"
			_, err := v.Directory.ChangeUser(v.t.Context(), directory.Operator(), ada.ID, directory.UserChange{Email: &next})
			v.must(err)
			link := v.mailed("ada@roster.example")
			v.want(v.send(v.mailed(next)), 200)
			return link
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisit(t, directory.Options{})
			link := c.dead(v)
			v.recorded()
			a := v.get(link)
			v.want(a, 410, "This link does not work any more", c.next)
			v.without(a, `name="token"`, "@lab.example", "@roster.example")
			if got := v.recorded(); got != "" {
				t.Errorf("a GET recorded:\n%s", got)
			}
		})
	}
}

func TestUnknownLinksAreReportedBeforeTheForm(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.ResetPath, mail.VerifyPath, mail.RevertPath} {
		a := v.get(path + "?token=" + secret.NewOpaque(43, secret.URLSafe).Reveal())
		v.want(a, 410, "This link does not work any more")
		v.without(a, `name="token"`)
	}
}

func TestAResetPageNamesTheAddress(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	v.AddMember("ada")
	link := v.forgot("ada@roster.example")
	for range 2 {
		v.want(v.get(link), 200, "<dd>ada@roster.example</dd>")
	}
	v.want(v.send(link, "password", "tiny"), 422, "<dd>ada@roster.example</dd>")
	v.want(v.send(link, "password", "quite another one"), 200)
}

func TestOpeningALinkDoesNotUseIt(t *testing.T) {
	t.Parallel()
	v := newVisit(t, directory.Options{})
	ada := v.AddMember("ada")
	_, err := v.Directory.AddEmail(v.t.Context(), directory.Operator(), ada.ID, guest)
	v.must(err)
	link := v.mailed(guest)
	for range 2 {
		v.want(v.get(link), 200, "<h1>Verify "+guest+"</h1>", "Verify email</button>")
	}
	v.want(v.send(link), 200, guest+" is verified")
	a := v.get(link)
	v.want(a, 200, "Your email is verified", guest+" is verified")
	v.without(a, `name="token"`)
}
