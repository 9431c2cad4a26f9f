package account

import (
	"regexp"
	"testing"
	"time"

	"roster.example/roster/internal/browser/browsertest"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

// invited returns a browser whose user ada has an app and a passkey and is invited to Lab, and the link.
func invited(t *testing.T) (v *fixture, sent invitation.Sent, link, appSecret, recovery string, prove func() []string) {
	t.Helper()
	v = newFullFixture(t, directory.Options{})
	v.LeadsTo(v.enterPassword(""), "/account")
	appSecret, codes := v.addApp()
	d := v.addPasskey()
	v.Send("/logout")
	v.Clock.Advance(time.Minute)
	sent, err := v.Directory.Invite(t.Context(), model.Operator(), invitation.NewInvitation{Org: v.AddOrganization("Lab").ID, Email: "ada@roster.example"})
	v.Must(err)
	return v, sent, v.Mailed("ada@roster.example"), appSecret, codes[0], func() []string { return v.prove(d, "") }
}

func TestEverySecondFactorJoinsByAnInvitation(t *testing.T) {
	t.Parallel()
	for what, factor := range map[string]func(v *fixture, appSecret, recovery string, prove func() []string) []string{
		"code": func(v *fixture, appSecret, _ string, _ func() []string) []string {
			return []string{"code", v.code(appSecret)}
		},
		"recovery": func(_ *fixture, _, recovery string, _ func() []string) []string { return []string{"code", recovery} },
		"passkey":  func(_ *fixture, _, _ string, prove func() []string) []string { return prove() },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			v, _, link, appSecret, recovery, prove := invited(t)
			v.Want(v.Send(link, "password", "wrong"), 422, `id="password-error"`)
			asked := v.Send(link, "password", v.ada.Password)
			v.Want(asked, 200, "Enter your code", `name="return_to" value="/account/organizations"`)
			enter := func(fields ...string) browsertest.Response {
				return v.Send("/login/code", append(fields, "login", held(t, asked), "return_to", organizationsPath)...)
			}
			v.Want(enter("code", "000000"), 422, `id="code-error"`, `name="return_to" value="/account/organizations"`)
			v.LeadsTo(enter(factor(v, appSecret, recovery, prove)...), organizationsPath)
			v.Want(v.Get(organizationsPath), 200, "Lab", "/leave")
		})
	}
}

func TestInvitationThatEndedBeforeTheCodeJoinsNothing(t *testing.T) {
	t.Parallel()
	v, sent, link, appSecret, _, _ := invited(t)
	login := held(t, v.Send(link, "password", v.ada.Password))
	v.Must(v.Directory.RevokeInvitation(t.Context(), model.Operator(), sent.Invitation.Org, sent.Invitation.ID))
	v.Want(v.Send("/login/code", "login", login, "code", v.code(appSecret), "return_to", organizationsPath), 410, "This link does not work any more")
	if v.Cookies[sessionCookie] != "" {
		t.Error("a session was opened")
	}
}

// An account without a password cannot fill in the form of the invitation.
func TestPasskeyAloneAcceptsAnInvitation(t *testing.T) {
	t.Parallel()
	v, _, link, _, _, prove := invited(t)
	v.verifyAda()
	v.Want(v.Get(link), 200, `href="/login?return_to=/account/organizations"`)
	v.LeadsTo(v.Send("/login", append(prove(), "return_to", organizationsPath)...), organizationsPath)
	accept := regexp.MustCompile(`action="([^"]+/accept)"`).FindStringSubmatch(v.Get(organizationsPath).Body)
	if accept == nil {
		t.Fatal("the page shows no invitation")
	}
	v.LeadsTo(v.Send(accept[1]), organizationsPath+"?done=joined")
}
