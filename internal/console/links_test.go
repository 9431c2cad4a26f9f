package console

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

func (b *fixture) forgot(address string) string {
	b.T.Helper()
	_, err := b.Directory.ForgotPassword(b.T.Context(), browsertest.Anonymous(), address)
	b.Must(err)
	return b.Mailed(address)
}

func TestResetLinkWorksOnce(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada := b.AddMember("ada")
	link := b.forgot("ada@roster.example")
	b.Want(b.Get(link), 200, "Choose a new password", `autocomplete="new-password"`)
	b.Want(b.Send(link, "password", "tiny"), 422, `id="password-error">Use at least 8 characters.`)
	b.Must(b.logIn("ada", ada.Password))
	b.Want(b.Send(link, "password", "quite another one"), 200, "Your password was changed")
	b.Must(b.logIn("ada", "quite another one"))
	if err := b.logIn("ada", ada.Password); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("the old password: %v", err)
	}
	b.Want(b.Send(link, "password", "and once more"), 410, "Request a new one")
}

func TestResetLinkExpires(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada := b.AddMember("ada")
	link := b.forgot("ada@roster.example")
	b.Clock.Advance(25 * time.Hour)
	b.Want(b.Send(link, "password", "quite another one"), 410)
	b.Must(b.logIn("ada", ada.Password))
}

func (b *fixture) signUp(address string) string {
	b.T.Helper()
	_, err := b.Directory.Register(b.T.Context(), model.AnonymousActor(model.PM415, "127.0.0.1", ""), registration.Input{
		Email: address, Password: testPassword, GivenName: "Grace", FamilyName: "Hopper", Organization: "Navy",
	})
	b.Must(err)
	return b.Mailed(address)
}

func TestAddressIsVerifiedOnlyByTheButton(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.signUp(guest)
	b.Recorded()
	b.Want(b.Get(link), 200, "Verify email</button>")
	if got := b.Recorded(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	b.Want(b.Send(link), 200, "Your email is verified")
	u, err := b.Directory.UserByEmail(t.Context(), model.Operator(), guest)
	b.Must(err)
	if u.State != model.Active || !u.Primary().Verified {
		t.Errorf("verified %+v", u)
	}
	// A second verification has the same result (docs/products/pm415.md, 5).
	b.Want(b.Send(link), 200, "Your email is verified")
}

func TestVerificationLinkExpires(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	link := b.signUp(guest)
	b.Clock.Advance(4 * 24 * time.Hour)
	b.Want(b.Send(link), 410, "request a reset link")
}

func TestLinkWorksOnItsOwnPageOnly(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.AddMember("ada")
	token := strings.TrimPrefix(b.forgot("ada@roster.example"), "https://roster.example"+mail.ResetPath)
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.VerifyPath, mail.RevertPath} {
		b.Want(b.Send(path+token, "username", "eve", "email", "eve@lab.example", "password", testPassword), 410)
	}
}

func TestFormerAddressRevertsAChangeOnce(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada := b.AddMember("ada")
	b.Want(b.Send(b.forgot("ada@roster.example"), "password", "quite another one"), 200)
	next := "thief@lab.example"
	_, err := b.Directory.ChangeUser(t.Context(), model.Operator(), ada.ID, directory.UserChange{Email: &next})
	b.Must(err)
	link := b.Mailed("ada@roster.example")
	b.Recorded()
	b.Want(b.Get(link), 200, "Undo the change of your email", "Undo the change</button>", `autocomplete="new-password"`)
	if got := b.Recorded(); got != "" {
		t.Errorf("a GET recorded:\n%s", got)
	}
	b.Want(b.Send(link, "password", "adaadaada"), 422, `id="password-error">This password is one of the first that an attacker tries.`)
	b.Want(b.Send(link, "password", "my own again, please"), 200, "The change was undone")
	b.Must(b.logIn("ada", "my own again, please"))
	b.Want(b.Send(link, "password", "and once more again"), 410, "until the new email is verified")
}

func TestMalformedTokensHaveTheirOwnMessage(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	unknown := secret.NewOpaque(43, secret.URLSafe).Reveal()
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.ResetPath, mail.VerifyPath, mail.RevertPath} {
		for _, query := range []string{
			"", "?token=", "?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "?token=%zz", "?token[]=" + unknown,
			"?token=" + strings.Repeat("a", 129),
		} {
			a := b.Get(path + query)
			b.Want(a, 400)
			b.Without(a, "alert", "aaaaa")
		}
		fill := []string{"username", "eve", "email", "eve@lab.example", "password", testPassword}
		b.Want(b.Get(path), 400, "The link is not complete", "Copy the whole link")
		b.Want(b.Send(path, fill...), 400, "The link is not complete")
		b.Want(b.Send(path+"?token="+unknown, fill...), 410, "This link does not work any more")
		// Only the token in the form is used.
		b.Want(b.Do(browsertest.Post(path+"?token="+unknown, "username=eve")), 400, "The link is not complete")
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
		if Expired()[path] == "" {
			t.Errorf("there is no text for an expired link to %s", path)
		}
	}
}

// Each page checks its link before it shows a form. The check does not use the link.
func TestInvalidLinksAreReportedBeforeTheForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		next       string // the next step that the page names
		invalidate func(b *fixture) (link string)
	}{
		"setup, used": {"sign in with that account", func(b *fixture) string {
			link := b.setupLink()
			b.Want(b.Send(link, "username", "root", "email", "root@lab.example", "password", testPassword), 200)
			return link
		}},
		"invitation, revoked": {"Ask the sender for a new one", func(b *fixture) string {
			sent := b.invite(invitation.NewInvitation{Email: guest})
			link := b.Mailed(guest)
			b.Must(b.Directory.RevokeInvitation(b.T.Context(), model.Operator(), b.Home.ID, sent.Invitation.ID))
			return link
		}},
		"reset, used": {"Request a new one", func(b *fixture) string {
			b.AddMember("ada")
			link := b.forgot("ada@roster.example")
			b.Want(b.Send(link, "password", "quite another one"), 200)
			return link
		}},
		"reset, expired": {"Request a new one", func(b *fixture) string {
			b.AddMember("ada")
			link := b.forgot("ada@roster.example")
			b.Clock.Advance(25 * time.Hour)
			return link
		}},
		"reset, of a blocked user": {"Request a new one", func(b *fixture) string {
			ada := b.AddMember("ada")
			link := b.forgot("ada@roster.example")
			_, err := b.Directory.BlockUser(b.T.Context(), model.Operator(), ada.ID)
			b.Must(err)
			return link
		}},
		"verification, expired": {"open your account", func(b *fixture) string {
			link := b.signUp(guest)
			b.Clock.Advance(4 * 24 * time.Hour)
			return link
		}},
		"verification, of a removed address": {"open your account", func(b *fixture) string {
			ada := b.AddMember("ada")
			e, err := b.Directory.AddEmail(b.T.Context(), model.Operator(), ada.ID, guest)
			b.Must(err)
			_, err = b.Directory.RemoveEmail(b.T.Context(), model.Operator(), ada.ID, e.ID)
			b.Must(err)
			return b.Mailed(guest)
		}},
		"former address, the new one is verified": {"ask an administrator", func(b *fixture) string {
			ada := b.AddMember("ada")
			b.Want(b.Send(b.forgot("ada@roster.example"), "password", "quite another one"), 200)
			next := "next@lab.example"
			_, err := b.Directory.ChangeUser(b.T.Context(), model.Operator(), ada.ID, directory.UserChange{Email: &next})
			b.Must(err)
			link := b.Mailed("ada@roster.example")
			b.Want(b.Send(b.Mailed(next)), 200)
			return link
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newFixture(t, directory.Options{})
			link := c.invalidate(b)
			b.Recorded()
			a := b.Get(link)
			b.Want(a, 410, "This link does not work any more", c.next)
			b.Without(a, `name="token"`, "@lab.example", "@roster.example")
			if got := b.Recorded(); got != "" {
				t.Errorf("a GET recorded:\n%s", got)
			}
		})
	}
}

func TestUnknownLinksAreReportedBeforeTheForm(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	for _, path := range []string{mail.SetupPath, mail.InvitationPath, mail.ResetPath, mail.VerifyPath, mail.RevertPath} {
		a := b.Get(path + "?token=" + secret.NewOpaque(43, secret.URLSafe).Reveal())
		b.Want(a, 410, "This link does not work any more")
		b.Without(a, `name="token"`)
	}
}

func TestAResetPageNamesTheAddress(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.AddMember("ada")
	link := b.forgot("ada@roster.example")
	for range 2 {
		b.Want(b.Get(link), 200, "<dd>ada@roster.example</dd>")
	}
	b.Want(b.Send(link, "password", "tiny"), 422, "<dd>ada@roster.example</dd>")
	b.Want(b.Send(link, "password", "quite another one"), 200)
}

func TestOpeningALinkDoesNotUseIt(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	ada := b.AddMember("ada")
	_, err := b.Directory.AddEmail(b.T.Context(), model.Operator(), ada.ID, guest)
	b.Must(err)
	link := b.Mailed(guest)
	for range 2 {
		b.Want(b.Get(link), 200, "<h1>Verify "+guest+"</h1>", "Verify email</button>")
	}
	b.Want(b.Send(link), 200, guest+" is verified")
	a := b.Get(link)
	b.Want(a, 200, "Your email is verified", guest+" is verified")
	b.Without(a, `name="token"`)
}
