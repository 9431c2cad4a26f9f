package invitation_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
)

func TestInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, token := h.invite("ada@example.org", true, model.RoleMember)
	if sent.User.State != model.Invited || sent.User.Username != "" {
		t.Errorf("waits as %+v", sent.User)
	}
	u := must(t, func() (model.User, error) { return h.accept(token, "ada") })
	if u.ID != sent.User.ID || u.State != model.Active || u.Name != "Ada Berg" {
		t.Errorf("accepted as %+v", u)
	}
	if stored := must(t, func() (model.User, error) { return h.User(t.Context(), operator(), u.ID) }); !stored.Primary().Verified {
		t.Error("the address is not proven")
	}
	_, err := h.accept(token, "ada2")
	wantKind(t, err, fault.Expired)
	if _, err := h.AddSession("ada", model.ConsoleLogin); err != nil {
		t.Error(err)
	}
}

func TestConcurrentAcceptancesSucceedOnce(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{true, false} {
		h := newFixture(t)
		_, token := h.invite("ada@example.org", waits, 0)
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = h.accept(token, "taker"+string(rune('a'+i))) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				wantKind(t, err, fault.Expired)
			}
		}
		if won != 1 {
			t.Errorf("%d acceptances succeeded (invited user: %v)", won, waits)
		}
	}
}

func TestInvalidInvitationsHaveTheSameError(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	_, expired := h.invite("late@example.org", true, 0)
	h.Clock.Advance(8 * 24 * time.Hour)
	sent, revoked := h.invite("out@example.org", true, 0)
	h.Must(h.RevokeInvitation(t.Context(), operator(), h.Home.ID, sent.Invitation.ID))
	_, err := h.User(t.Context(), operator(), sent.User.ID)
	wantKind(t, err, fault.NotFound) // the invited user is deleted with the invitation
	if count(h.AllEvents(), model.UserDelete, sent.User.ID) != 1 {
		t.Error("the deletion recorded no event")
	}
	h.AddUser("odo")
	_, err = h.ForgotPassword(t.Context(), caller(model.PM415), address("odo"))
	h.Must(err)
	for name, token := range map[string]secret.Text{
		"expired": expired, "revoked": revoked, "unknown": "nonsense", "empty": "", "of another purpose": h.EmailedToken(address("odo")),
	} {
		_, err := h.accept(token, "somebody")
		if fault.KindOf(err) != fault.Expired || !fault.Has(err, "invitation", fault.Inactive) {
			t.Errorf("%s: %v", name, err)
		}
		_, err = h.InvitationByToken(t.Context(), caller(model.Console), token)
		wantKind(t, err, fault.Expired)
	}
	wantKind(t, h.RevokeInvitation(t.Context(), operator(), h.Home.ID, sent.Invitation.ID), fault.NotFound) // deleted with the invited user
}

// Expired invitations give no other access: recovery is for users with an account.
func TestInvitedUserGetsAccessByTheInvitationOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, _ := h.invite("ada@example.org", true, 0)
	_, err := h.ForgotPassword(t.Context(), caller(model.PM415), "ada@example.org")
	wantKind(t, err, fault.NotFound)
	h.Must(h.ResetMemberPasswords(t.Context(), operator(), h.Home.ID, []model.UserID{sent.User.ID}))
	if m, found := h.NextEmail("ada@example.org"); found {
		t.Errorf("an email %q was sent", m.Subject)
	}
	_, err = h.AddSession("ada@example.org", model.ConsoleLogin)
	wantFault(t, err, "user", fault.Unknown)
}

func TestInvitationVerifiesOnlyItsOwnAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, token := h.invite("eve@example.org", true, 0)
	h.Must(h.change(operator(), sent.User.ID, directory.UserChange{Email: ref("boss@example.org")}))
	_, err := h.accept(token, "eve")
	wantKind(t, err, fault.Expired)
}

// pm415 shows the link of an invitation to the inviter as well.
func TestLinkThatTheInviterSawVerifiesNoAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, _ := h.invite("victim@example.org", false, 0)
	u := must(t, func() (model.User, error) { return h.accept(tokenIn(t, sent.Link), "impostor") })
	if u.Primary().Verified {
		t.Fatal("the link of the inviter verified the address")
	}
	forged := tokenIn(t, sent.Link)
	if _, err := h.accept(forged, "again"); fault.KindOf(err) != fault.Expired {
		t.Errorf("a used invitation: %v", err)
	}
	proof := h.EmailedToken("victim@example.org")
	verified := must(t, func() (model.User, error) { return h.VerifyEmail(t.Context(), caller(model.PM415), proof) })
	if stored := must(t, func() (model.User, error) { return h.User(t.Context(), operator(), verified.ID) }); !stored.Primary().Verified {
		t.Error("the emailed link verifies nothing")
	}
}

func TestMailedLinkVerifiesTheAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, fromLetter := h.invite("ada@example.org", false, 0)
	if fromLetter == tokenIn(t, sent.Link) {
		t.Fatal("the inviter sees the emailed token")
	}
	if u := must(t, func() (model.User, error) { return h.accept(fromLetter, "ada") }); !u.Primary().Verified {
		t.Error("the address is not proven")
	}
}

func TestInvitationJoinsOnlyTheHolderOfItsAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	h.AddUser("ada")
	h.AddUser("eve")
	sent := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: "ADA@example.org"})
	})
	token := tokenIn(t, sent.Link)
	enter := func(name string) error {
		_, err := h.LogIn(t.Context(), caller(model.PM415),
			login.Attempt{Email: address(name), Password: password(name), Invitation: token}, model.PM415Login)
		return err
	}
	wantFault(t, enter("eve"), "email", fault.Mismatch)
	_, err := h.Register(t.Context(), caller(model.PM415), registration.Input{Email: "new@example.org", Password: "long enough", Invitation: token})
	wantFault(t, err, "email", fault.Mismatch)
	h.Must(enter("ada"))
	wantFault(t, enter("ada"), "member", fault.Taken)
	members := must(t, func() ([]directory.MemberUser, error) { return h.Members(t.Context(), operator(), acme.ID) })
	if len(members) != 1 || members[0].User.Username != "ada" {
		t.Errorf("the members are %v", members)
	}
	_, err = h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: address("ada")})
	wantFault(t, err, "member", fault.Taken)
}

// A rejected invitation must leave no session.
func TestLoginWithAnInvalidInvitationCreatesNoSession(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	made, err := h.LogIn(t.Context(), caller(model.PM415),
		login.Attempt{Name: "ada", Password: password("ada"), Invitation: "nonsense"}, model.PM415Login)
	wantKind(t, err, fault.Expired)
	if made.Token != "" && h.IsValid(made.Token) {
		t.Error("the session lives")
	}
	if open := must(t, func() ([]model.Session, error) { return h.Sessions(t.Context(), h.Actor(ada)) }); len(open) != 0 {
		t.Errorf("%d sessions", len(open))
	}
}

func TestAcceptanceKeepsAChangedRole(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, token := h.invite("ada@example.org", true, model.RoleAdmin)
	h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))
	_, err := h.SetMemberRoles(t.Context(), operator(), h.Home.ID, []model.UserID{sent.User.ID}, model.RolePending)
	h.Must(err)
	u := must(t, func() (model.User, error) { return h.accept(token, "ada") })
	wantKind(t, h.Can(t.Context(), h.Actor(u), model.UsersInvite, h.Home.ID), fault.Forbidden)
}

func TestRemovedInvitedUserCannotAcceptTheInvitation(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, token := h.invite("ada@example.org", true, 0)
	h.Must(h.RemoveMembers(t.Context(), operator(), h.Home.ID, []model.UserID{sent.User.ID}))
	_, err := h.accept(token, "ada")
	wantKind(t, err, fault.Expired)
	again, _ := h.invite("ada@example.org", true, 0)
	h.Must(h.AddMember(t.Context(), operator(), h.AddOrganization("Acme").ID, again.User.ID, 0))
	h.Must(h.RemoveMembers(t.Context(), operator(), h.Home.ID, []model.UserID{again.User.ID}))
	if _, err := h.User(t.Context(), operator(), again.User.ID); err != nil {
		t.Errorf("a member of another organization went, too: %v", err)
	}
}

func TestBlockedUserCannotAcceptUntilUnblocked(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, token := h.invite("ada@example.org", true, 0)
	_, err := h.BlockUser(t.Context(), operator(), sent.User.ID)
	h.Must(err)
	_, err = h.accept(token, "ada")
	wantKind(t, err, fault.Expired)
	u := must(t, func() (model.User, error) { return h.UnblockUser(t.Context(), operator(), sent.User.ID) })
	if u.State != model.Invited {
		t.Errorf("unblocked as %s", u.State)
	}
	must(t, func() (model.User, error) { return h.accept(token, "ada") })
}

func TestDeletedOrganizationDeletesItsInvitedUsers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	member := h.AddUser("amy", in(acme.ID, model.RoleAdmin))
	sent := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: "x@example.org", GivenName: "X", FamilyName: "Y", MakeUser: true})
	})
	session := must(t, func() (secret.Text, error) { return h.AddSession("amy", model.PM415Login) })
	h.Must(h.DeleteOrganization(t.Context(), h.Actor(member), acme.ID))
	_, err := h.User(t.Context(), operator(), sent.User.ID)
	wantKind(t, err, fault.NotFound)
	if actor := h.ActorWith(session); actor.OrgID() != 0 {
		t.Errorf("a session still selects organization %d", actor.OrgID())
	}
}

func TestInvitationOfAnotherOrganizationIsNotFound(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	abe := h.Actor(h.AddUser("abe", in(acme.ID, model.RoleAdmin)))
	sent, _ := h.invite("ada@example.org", false, 0)
	foreign := h.RevokeInvitation(t.Context(), abe, acme.ID, sent.Invitation.ID)
	absent := h.RevokeInvitation(t.Context(), abe, acme.ID, 4711)
	wantKind(t, foreign, fault.NotFound)
	if foreign == nil || absent == nil || foreign.Error() != absent.Error() {
		t.Errorf("foreign %v, absent %v", foreign, absent)
	}
	list := must(t, func() ([]model.Invitation, error) { return h.Invitations(t.Context(), abe, acme.ID) })
	if slices.ContainsFunc(list, func(i model.Invitation) bool { return i.Org != acme.ID }) {
		t.Errorf("lists foreign invitations %v", list)
	}
}

// An invited user cannot use a credential even if it exists in the store.
func TestInvitedUserCannotUseAnyCredential(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, _ := h.invite("ada@example.org", true, 0)
	key := secret.NewOpaque(43, secret.URLSafe)
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error {
		now := h.Clock.Now()
		s := model.Session{User: sent.User.ID, Kind: model.WekanLogin, CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(time.Hour)}
		return tx.AddSession(&s, secret.Fingerprint(key.Reveal()))
	}))
	_, err := h.Authenticate(t.Context(), caller(model.Codebase), directory.Credential{Secret: key})
	wantKind(t, err, fault.Unauthenticated)
	wantFault(t, err, "state", fault.Inactive)
}

func TestAllErrorsOfAnInvitationAreReturned(t *testing.T) {
	t.Parallel()
	const member = "this user is already a member of this organization"
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	h.AddUser("ada", in(acme.ID, 0))
	for name, c := range map[string]struct {
		n    invitation.NewInvitation
		kind fault.Kind
		want []fault.Field
	}{
		"form, address and role": {invitation.NewInvitation{Email: "ADA@example.org", Role: 4711, MakeUser: true}, fault.Invalid, []fault.Field{
			{Name: "given_name", Code: fault.Blank}, {Name: "family_name", Code: fault.Blank},
			{Name: "email", Code: fault.Taken, Detail: member}, {Name: "role", Code: fault.Unknown},
		}},
		"a bad address is not looked up": {invitation.NewInvitation{Email: "nobody", Role: 4711}, fault.Invalid, []fault.Field{
			{Name: "email", Code: fault.Malformed, Detail: "it needs one '@' between a name and a domain, as in ada@example.org"}, {Name: "role", Code: fault.Unknown},
		}},
		"a member, alone a conflict": {invitation.NewInvitation{Email: "ada@example.org"}, fault.Conflict, []fault.Field{
			{Name: "member", Code: fault.Taken, Detail: member},
		}},
	} {
		c.n.Org = acme.ID
		_, err := h.Invite(t.Context(), operator(), c.n)
		wantKind(t, err, c.kind)
		if got, ok := errors.AsType[*fault.Error](err); !ok || !slices.Equal(got.Fields, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// A role that the actor may not grant is rejected without any other error.
	helper := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Helpers", Permissions: []model.Permission{model.UsersInvite}})
	})
	hal := h.Actor(h.AddUser("hal", in(acme.ID, helper.ID)))
	_, err := h.Invite(t.Context(), hal, invitation.NewInvitation{Org: acme.ID, Email: "ada@example.org", Role: model.RoleAdmin})
	wantKind(t, err, fault.Forbidden)
	if fault.Has(err, "member", fault.Taken) {
		t.Errorf("a refusal tells of the address: %v", err)
	}
}

func TestResentInvitationHasAnotherLink(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{true, false} {
		h := newFixture(t)
		sent, former := h.invite("ada@example.org", waits, 0)
		h.Clock.Advance(8 * 24 * time.Hour) // it has expired
		again := must(t, func() (invitation.Sent, error) {
			return h.ResendInvitation(t.Context(), operator(), h.Home.ID, sent.Invitation.ID)
		})
		if again.Invitation.ID != sent.Invitation.ID || !again.Invitation.ExpiresAt.Equal(h.Clock.Now().Add(7*24*time.Hour)) {
			t.Errorf("sent again as %+v", again.Invitation)
		}
		link := h.EmailedToken("ada@example.org")
		for _, dead := range []secret.Text{former, tokenIn(t, sent.Link)} {
			_, err := h.accept(dead, "eve")
			wantKind(t, err, fault.Expired)
		}
		if _, err := h.InvitationByToken(t.Context(), caller(model.Console), tokenIn(t, again.Link)); err != nil {
			t.Errorf("the link that the inviter sees: %v", err)
		}
		u := must(t, func() (model.User, error) { return h.accept(link, "ada") })
		if waits && u.ID != sent.User.ID {
			t.Errorf("another user joined: %+v", u)
		}
		_, err := h.ResendInvitation(t.Context(), operator(), h.Home.ID, sent.Invitation.ID)
		wantKind(t, err, fault.Conflict) // it was accepted
	}
}

// A mistyped address is corrected in the user, and the invitation sent again.
func TestInvitationIsResentToTheCurrentAddress(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	sent, _ := h.invite("aad@example.org", true, 0)
	h.Must(h.change(operator(), sent.User.ID, directory.UserChange{Email: ref("ada@example.org")}))
	must(t, func() (invitation.Sent, error) {
		return h.ResendInvitation(t.Context(), operator(), h.Home.ID, sent.Invitation.ID)
	})
	must(t, func() (model.User, error) { return h.accept(h.EmailedToken("ada@example.org"), "ada") })
}

func TestOnlyOpenInvitationsOfTheOrganizationAreResent(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	abe := h.Actor(h.AddUser("abe", in(acme.ID, model.RoleAdmin)))
	sent, _ := h.invite("ada@example.org", false, 0)
	_, err := h.ResendInvitation(t.Context(), abe, acme.ID, sent.Invitation.ID)
	wantKind(t, err, fault.NotFound)
	h.Must(h.RevokeInvitation(t.Context(), operator(), h.Home.ID, sent.Invitation.ID))
	_, err = h.ResendInvitation(t.Context(), operator(), h.Home.ID, sent.Invitation.ID)
	wantKind(t, err, fault.Conflict)
	waits, _ := h.invite("eve@example.org", true, 0)
	_, err = h.BlockUser(t.Context(), operator(), waits.User.ID)
	h.Must(err)
	_, err = h.ResendInvitation(t.Context(), operator(), h.Home.ID, waits.Invitation.ID)
	wantKind(t, err, fault.Conflict)
	// An invitation to a role that the actor may not grant is not sent again.
	strong := must(t, func() (invitation.Sent, error) {
		return h.Invite(t.Context(), abe, invitation.NewInvitation{Org: acme.ID, Email: "odo@example.org", Role: model.RoleAdmin})
	})
	helper := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Helpers", Permissions: []model.Permission{model.UsersInvite}})
	})
	_, err = h.ResendInvitation(t.Context(), h.Actor(h.AddUser("hal", in(acme.ID, helper.ID))), acme.ID, strong.Invitation.ID)
	wantKind(t, err, fault.Forbidden)
}

func TestInvitationHasAState(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.invite("open@example.org", false, 0)
	revoked, _ := h.invite("revoked@example.org", false, 0)
	h.Must(h.RevokeInvitation(t.Context(), operator(), h.Home.ID, revoked.Invitation.ID))
	_, token := h.invite("accepted@example.org", false, 0)
	must(t, func() (model.User, error) { return h.accept(token, "ada") })
	states := func() (got []model.InvitationState) {
		for _, i := range must(t, func() ([]model.Invitation, error) { return h.Invitations(t.Context(), operator(), h.Home.ID) }) {
			got = append(got, i.Status)
		}
		return got
	}
	if got := states(); !slices.Equal(got, []model.InvitationState{model.InvitationOpen, model.InvitationRevoked, model.InvitationAccepted}) {
		t.Errorf("the states are %v", got)
	}
	h.Clock.Advance(8 * 24 * time.Hour)
	if got := states(); got[0] != model.InvitationExpired || got[2] != model.InvitationAccepted {
		t.Errorf("a week later the states are %v", got)
	}
}
