package console

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
)

func TestPastedAddressesAreSplit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                                   nil,
		" \n,; \r\n":                         nil,
		"a@x.example":                        {"a@x.example"},
		"a@x.example, b@x.example;c@x c":     {"a@x.example", "b@x.example", "c@x", "c"},
		"Tran, Bao <bao@x.example>\r\nd@x":   {"bao@x.example", "d@x"},
		"A <a@x.example>, B <b@x.example>\n": {"a@x.example", "b@x.example"},
		"a@x; Foo <b@x>; Bar <c@x>":          {"a@x", "b@x", "c@x"},
		"a@x Foo <b@x>":                      {"a@x", "b@x"},
		"no-address; a@x\tb@x":               {"no-address", "a@x", "b@x"},
		"A <a@x> b@x":                        {"a@x", "b@x"},
		"broken <>, a@x":                     {"", "a@x"},
	} {
		if got := splitAddresses(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestAddressesAreJudgedBeforeInvitationsAreSent(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	b.invite(invitation.NewInvitation{Org: org.ID, Email: "again@example.org"})
	b.AddMemberTo(org.ID, 0, "ada")
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	list := orgPath(org, "/invitations")
	b.Want(b.Get(list), 200, "Invitations to Web team", "again@example.org", "Pending")
	b.Want(b.Send(list+"/check", "addresses", " ,\n"), 422, "Enter at least one email address.")
	text := "Bao <bao@example.org>\nagain@example.org, BAO@example.org; broken@\n\"><script>alert(1)</script>"
	a := b.Send(list+"/check", "addresses", text, "role", "2")
	b.Want(a, 200, "A new invitation.", "Left out")
	b.Without(a, "<script>alert")
	a = b.Send(list+"/check", "addresses", "bao@example.org\nagain@example.org, BAO@example.org; broken@ "+b.addressOf("ada"), "role", "2")
	b.Want(a, 200, "2 of 5 can be sent.", "Already invited.", "The address is in the list already.", "Belongs to a member", "Rejected", "Send 2 invitations",
		`name="email[]" value="bao@example.org"`, `name="role" value="2"`)
	b.Without(a, `name="email[]" value="broken@"`)
	if n := b.invitations(org); n != 1 {
		t.Errorf("%d invitations before the form was confirmed", n)
	}
	b.Want(b.Send(list+"/check", "addresses", "cid@example.org", "role", "99"), 200, "0 of 1 can be sent.")
	send := url.Values{"role": {"2"}, "email[]": {"bao@example.org", "again@example.org"}}
	b.LeadsTo(b.sendList(list+"/send", send), list+"?done=invitations-sent")
	send["email[]"] = []string{"cid@example.org", "broken@"}
	b.Want(b.sendList(list+"/send", send), 200, "1 done, 1 rejected.", "cid@example.org")
	b.Want(b.sendList(list+"/send", url.Values{}), 422)
}

// addressOf returns the primary email address of a user.
func (b *fixture) addressOf(name string) string {
	b.T.Helper()
	u, err := b.Directory.UserNamed(b.T.Context(), model.Operator(), name)
	b.Must(err)
	return u.Primary().Address
}

// invitations returns the number of invitations of an organization.
func (b *fixture) invitations(org model.Organization) int {
	b.T.Helper()
	all, err := b.Directory.Invitations(b.T.Context(), model.Operator(), org.ID)
	b.Must(err)
	return len(all)
}

func TestInvitationsAreFoundByStateAndChanged(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org, other := b.AddOrganization("Web team"), b.AddOrganization("Other")
	foreign := b.invite(invitation.NewInvitation{Org: other.ID, Email: "veiled@example.org"}).Invitation.ID
	late := b.invite(invitation.NewInvitation{Org: org.ID, Email: "late@example.org"}).Invitation.ID
	b.Clock.Advance(365 * 24 * time.Hour)
	fresh := b.invite(invitation.NewInvitation{Org: org.ID, Email: "fresh@example.org"}).Invitation.ID
	b.signInAs(b.AddMemberTo(org.ID, model.RoleAdmin, "chief"))
	list := orgPath(org, "/invitations")
	for state, want := range map[string][2]string{"open": {"fresh@", "late@"}, "expired": {"late@", "fresh@"}} {
		a := b.Get(list + "?state=" + state)
		b.Want(a, 200, want[0])
		b.Without(a, want[1], "veiled")
	}
	b.Want(b.Get(list+"?state=undelivered"), 200, "Nothing found")
	b.Without(b.Get(list+"?q=late"), "fresh@example.org")
	b.Without(b.Get(list+"?q=veiled"), "veiled@example.org")
	b.LeadsTo(b.Send(list+"/selected", "one", fmt.Sprintf("resend:%d", late)), list+"?done=invitation-resend")
	b.LeadsTo(b.sendList(list+"/selected", url.Values{"op": {"revoke"}, "id[]": {fmt.Sprint(late), fmt.Sprint(fresh)}}), list+"?done=invitation-revoke")
	b.Want(b.sendList(list+"/selected", url.Values{"op": {"revoke"}, "id[]": {fmt.Sprint(late), fmt.Sprint(fresh)}}), 200, "0 done, 2 rejected.", "This invitation was revoked")
	b.LeadsTo(b.Send(list+"/selected", "op", "revoke"), list+"?done=no-invitation")
	b.Want(b.Send(list+"/selected", "one", fmt.Sprintf("revoke:%d", foreign)), 404)
	b.Want(b.Send(list+"/selected", "op", "burn"), 422)
	b.Want(b.Get(orgPath(other, "/invitations")), 404)
	b.Want(b.Send(orgPath(other, "/invitations/check"), "addresses", "x@example.org"), 404)
	b.Want(b.sendList(orgPath(other, "/invitations/send"), url.Values{"email[]": {"x@example.org"}}), 404)
}

func TestInvitationsHavePages(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	org := b.AddOrganization("Web team")
	for n := range rowsOfList + 3 {
		b.invite(invitation.NewInvitation{Org: org.ID, Email: fmt.Sprintf("user%03d@example.org", n)})
	}
	b.signInAs(b.AddAdmin("root"))
	first := b.Get(orgPath(org, "/invitations"))
	b.Want(first, 200, "user052@", `rel="next"`)
	b.Without(first, "user002@", `rel="prev"`)
	second := b.Get(linkTo(t, first.Body, "next"))
	b.Want(second, 200, "user002@", "user000@", `rel="prev"`)
	b.Without(second, "user003@", `rel="next"`)
}
