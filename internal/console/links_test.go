package console

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

func (b *browser) forgot(address string) string {
	b.t.Helper()
	_, err := b.Directory.ForgotPassword(b.t.Context(), anonymous(), address)
	b.must(err)
	return b.mailedLink(address)
}

func TestResetLinkWorksOnce(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	ada := b.AddMember("ada")
	link := b.forgot("ada@roster.example")
	b.want(b.get(link), 200, "Choose a new password", `autocomplete="new-password"`)
	b.want(b.send(link, "password", "tiny"), 422, `id="password-error">Use at least 8 characters.`)
	b.must(b.logIn("ada", ada.Password))
	b.want(b.send(link, "password", "quite another one"), 200, "Your password was changed")
	b.must(b.logIn("ada", "quite another one"))
	if err := b.logIn("ada", ada.Password); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("the old password: %v", err)
	}
	b.want(b.send(link, "password", "and once more"), 410, "Request a new one")
}

func TestResetLinkExpires(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	ada := b.AddMember("ada")
	link := b.forgot("ada@roster.example")
	b.clock.Advance(25 * time.Hour)
	b.want(b.send(link, "password", "quite another one"), 410)
	b.must(b.logIn("ada", ada.Password))
}

func (b *browser) signUp(address string) string {
	b.t.Helper()
	_, err := b.Directory.Register(b.t.Context(), model.AnonymousActor(model.PM415, "127.0.0.1", ""), directory.Registration{
		Email: address, Password: testPassword, GivenName: "Grace", FamilyName: "Hopper", Organization: "Navy",
	})
	b.must(err)
	return b.mailedLink(address)
}

func TestAddressIsVerifiedOnlyByTheButton(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	link := b.signUp(guest)
	b.newEvents()
	b.want(b.get(link), 200, "Verify email</button>")
	if got := b.newEvents(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	b.want(b.send(link), 200, "Your email is verified")
	u, err := b.Directory.UserByEmail(t.Context(), model.Operator(), guest)
	b.must(err)
	if u.State != model.Active || !u.Primary().Verified {
		t.Errorf("verified %+v", u)
	}
	// A second verification has the same result (docs/products/pm415.md, 5).
	b.want(b.send(link), 200, "Your email is verified")
}

func TestVerificationLinkExpires(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	link := b.signUp(guest)
	b.clock.Advance(4 * 24 * time.Hour)
	b.want(b.send(link), 410, "request a reset link")
}

func TestLinkWorksOnItsOwnPageOnly(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	b.AddMember("ada")
	token := strings.TrimPrefix(b.forgot("ada@roster.example"), "https://roster.example"+mail.ResetPath)
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.VerifyPath, mail.RevertPath} {
		b.want(b.send(path+token, "username", "eve", "email", "eve@lab.example", "password", testPassword), 410)
	}
}

func TestFormerAddressRevertsAChangeOnce(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	ada := b.AddMember("ada")
	b.want(b.send(b.forgot("ada@roster.example"), "password", "quite another one"), 200)
	next := "thief@lab.example"
	_, err := b.Directory.ChangeUser(t.Context(), model.Operator(), ada.ID, directory.UserChange{Email: &next})
	b.must(err)
	link := b.mailedLink("ada@roster.example")
	b.newEvents()
	b.want(b.get(link), 200, "Undo the change of your email", "Undo the change</button>", `autocomplete="new-password"`)
	if got := b.newEvents(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	b.want(b.send(link, "password", "adaadaada"), 422, `id="password-error">This password is one of the first that an attacker tries.`)
	b.want(b.send(link, "password", "my own again, please"), 200, "The change was undone")
	b.must(b.logIn("ada", "my own again, please"))
	b.want(b.send(link, "password", "and once more again"), 410, "until the new email is verified")
}

func TestMalformedTokensHaveTheirOwnMessage(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	unknown := secret.NewOpaque(43, secret.URLSafe).Reveal()
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.ResetPath, mail.VerifyPath, mail.RevertPath} {
		for _, query := range []string{
			"", "?token=", "?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "?token=%zz", "?token[]=" + unknown,
			"?token=" + strings.Repeat("a", 129),
		} {
			a := b.get(path + query)
			b.want(a, 400)
			b.wantAbsent(a, "alert", "aaaaa")
		}
		fill := []string{"username", "eve", "email", "eve@lab.example", "password", testPassword}
		b.want(b.get(path), 400, "The link is not complete", "Copy the whole link")
		b.want(b.send(path, fill...), 400, "The link is not complete")
		b.want(b.send(path+"?token="+unknown, fill...), 410, "This link does not work any more")
		// Only the token in the form is used.
		b.want(b.do(post(path+"?token="+unknown, "username=eve")), 400, "The link is not complete")
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

// Each page checks its link before it shows a form. The check does not use the link.
func TestInvalidLinksAreReportedBeforeTheForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		next       string // the next step that the page names
		invalidate func(b *browser) (link string)
	}{
		"setup, used": {"sign in with that account", func(b *browser) string {
			link := b.setupLink()
			b.want(b.send(link, "username", "root", "email", "root@lab.example", "password", testPassword), 200)
			return link
		}},
		"invitation, revoked": {"Ask the sender for a new one", func(b *browser) string {
			sent := b.invite(directory.NewInvitation{Email: guest})
			link := b.mailedLink(guest)
			b.must(b.Directory.RevokeInvitation(b.t.Context(), model.Operator(), b.Home.ID, sent.Invitation.ID))
			return link
		}},
		"reset, used": {"Request a new one", func(b *browser) string {
			b.AddMember("ada")
			link := b.forgot("ada@roster.example")
			b.want(b.send(link, "password", "quite another one"), 200)
			return link
		}},
		"reset, expired": {"Request a new one", func(b *browser) string {
			b.AddMember("ada")
			link := b.forgot("ada@roster.example")
			b.clock.Advance(25 * time.Hour)
			return link
		}},
		"reset, of a blocked user": {"Request a new one", func(b *browser) string {
			ada := b.AddMember("ada")
			link := b.forgot("ada@roster.example")
			_, err := b.Directory.BlockUser(b.t.Context(), model.Operator(), ada.ID)
			b.must(err)
			return link
		}},
		"verification, expired": {"Request a new one (POST", func(b *browser) string {
			link := b.signUp(guest)
			b.clock.Advance(4 * 24 * time.Hour)
			return link
		}},
		"verification, of a removed address": {"Request a new one (POST", func(b *browser) string {
			ada := b.AddMember("ada")
			e, err := b.Directory.AddEmail(b.t.Context(), model.Operator(), ada.ID, guest)
			b.must(err)
			_, err = b.Directory.RemoveEmail(b.t.Context(), model.Operator(), ada.ID, e.ID)
			b.must(err)
			return b.mailedLink(guest)
		}},
		"former address, the new one is verified": {"ask an administrator", func(b *browser) string {
			ada := b.AddMember("ada")
			b.want(b.send(b.forgot("ada@roster.example"), "password", "quite another one"), 200)
			next := "next@lab.example"
			_, err := b.Directory.ChangeUser(b.t.Context(), model.Operator(), ada.ID, directory.UserChange{Email: &next})
			b.must(err)
			link := b.mailedLink("ada@roster.example")
			b.want(b.send(b.mailedLink(next)), 200)
			return link
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, directory.Options{})
			link := c.invalidate(b)
			b.newEvents()
			a := b.get(link)
			b.want(a, 410, "This link does not work any more", c.next)
			b.wantAbsent(a, `name="token"`, "@lab.example", "@roster.example")
			if got := b.newEvents(); got != "" {
				t.Errorf("a GET recorded:\n%s", got)
			}
		})
	}
}

func TestUnknownLinksAreReportedBeforeTheForm(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.ResetPath, mail.VerifyPath, mail.RevertPath} {
		a := b.get(path + "?token=" + secret.NewOpaque(43, secret.URLSafe).Reveal())
		b.want(a, 410, "This link does not work any more")
		b.wantAbsent(a, `name="token"`)
	}
}

func TestAResetPageNamesTheAddress(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	b.AddMember("ada")
	link := b.forgot("ada@roster.example")
	for range 2 {
		b.want(b.get(link), 200, "<dd>ada@roster.example</dd>")
	}
	b.want(b.send(link, "password", "tiny"), 422, "<dd>ada@roster.example</dd>")
	b.want(b.send(link, "password", "quite another one"), 200)
}

func TestOpeningALinkDoesNotUseIt(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, directory.Options{})
	ada := b.AddMember("ada")
	_, err := b.Directory.AddEmail(b.t.Context(), model.Operator(), ada.ID, guest)
	b.must(err)
	link := b.mailedLink(guest)
	for range 2 {
		b.want(b.get(link), 200, "<h1>Verify "+guest+"</h1>", "Verify email</button>")
	}
	b.want(b.send(link), 200, guest+" is verified")
	a := b.get(link)
	b.want(a, 200, "Your email is verified", guest+" is verified")
	b.wantAbsent(a, `name="token"`)
}
