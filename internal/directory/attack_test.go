package directory_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

// Each of these tests repeats an attack that once succeeded.

func TestSignUpWithTheAdministratorsNameKeepsNoAccess(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	d, operator := h.Directory, model.Operator()
	attacker := model.AnonymousActor(model.Wekan, "192.0.2.1", "")
	squatter, err := d.Register(t.Context(), attacker, registration.Input{Username: "boss", Email: "mallory@evil.example", Password: "attacker1"})
	h.Must(err)
	_, key, err := d.CheckPassword(t.Context(), attacker, login.Attempt{Name: "boss", Password: "attacker1"})
	h.Must(err)
	actor, err := d.Authenticate(t.Context(), attacker, directory.Credential{Secret: key})
	h.Must(err)
	_, token, err := d.CreateToken(t.Context(), actor, credential.NewToken{Owner: squatter.ID, Name: "t", Scopes: model.Scopes{model.ScopeAPI}})
	h.Must(err)
	_, err = d.AddEmail(t.Context(), actor, squatter.ID, "mallory-2@evil.example")
	h.Must(err)

	wanted := directory.Administrator{Username: "boss", Email: "op@example.org", Password: "operator password"}
	if made, err := d.FirstAdministrator(t.Context(), operator, wanted); made || fault.KindOf(err) != fault.Conflict {
		t.Errorf("unattended, a name that is taken gave %v, %v", made, err)
	}
	admin, err := d.CreateAdministrator(t.Context(), operator, wanted)
	h.Must(err)
	for name, text := range map[string]secret.Text{"API key": key, "access token": token} {
		if _, err := d.Authenticate(t.Context(), attacker, directory.Credential{Secret: text}); err == nil {
			t.Errorf("the %s of whoever had the name before still works", name)
		}
	}
	admin, err = d.User(t.Context(), operator, admin.ID)
	h.Must(err)
	if len(admin.Emails) != 1 || admin.Primary().Address != "op@example.org" {
		t.Errorf("addresses that are left: %+v", admin.Emails)
	}
}

func TestKeyForABlockedUserIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	zed := h.AddUser("zed")
	_, err := h.Directory.BlockUser(t.Context(), model.Operator(), zed.ID)
	h.Must(err)
	if _, err := h.Directory.RotateAPIKeyOf(t.Context(), model.Operator(), zed.ID); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a key was made for later: %v", err)
	}
}

// One address gets 5 responses to wrong passwords, a wide network 10, and all networks 25.
func TestConcurrentAttemptsAreLimitedLikeSequentialOnes(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]int{"192.0.2.7": 5, "192.0.2.%d": 10, "192.0.%d.7": 25} {
		if lineSeq := countedFailures(t, from); lineSeq != want {
			t.Errorf("from %s, %d of 40 tries got the response to a wrong password, the limit is %d", from, lineSeq, want)
		}
	}
}

func countedFailures(t *testing.T, from string) int {
	t.Helper()
	h := newFixture(t, func(o *directory.Options) { o.Login.AccountFailures = 5 })
	h.AddUser("ben")
	var mu sync.Mutex
	lineSeq := 0
	var tries sync.WaitGroup
	for i := range 40 {
		tries.Go(func() {
			address := strings.Replace(from, "%d", fmt.Sprint(i), 1)
			actor := model.AnonymousActor(model.Wekan, address, "")
			_, err := h.Directory.LogIn(t.Context(), actor, login.Attempt{Name: "ben", Password: "wrong"}, model.WekanLogin)
			mu.Lock()
			defer mu.Unlock()
			if fault.KindOf(err) == fault.Unauthenticated {
				lineSeq++
			}
		})
	}
	tries.Wait()
	return lineSeq
}

func TestSearchLongerThanAnyNameFindsNoUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada")
	for _, list := range []func(context.Context, model.Actor, model.UserFilter) (model.Page[model.User], error){
		h.Users, h.ManagedUsers,
	} {
		for search, want := range map[string]int{"ada": 1, strings.Repeat("_", 28_000): 0, "\v\x00": 0} {
			page, err := list(t.Context(), operator(), model.UserFilter{Search: search})
			if err != nil || page.Total != want || len(page.Items) != want {
				t.Errorf("%.10q finds %d: %v", search, page.Total, err)
			}
		}
	}
}

func TestUsernamesThatLookLikeOthersAreRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	attacker := model.AnonymousActor(model.Wekan, "192.0.2.1", "")
	for _, name := range []string{"root\u3164", "root\uFE0F", "ro\u034Fot", "root\u2800", "\u115Froot", "rооt", "ｒｏｏｔ", "ρoot"} {
		_, err := h.Directory.Register(t.Context(), attacker, registration.Input{Username: name, Password: "x"})
		if !fault.Has(err, "username", fault.Malformed) {
			t.Errorf("%+q: %v", name, err)
		}
	}
	for _, name := range []string{"jürgen", "иван", "γιώργος", "山田", "josé-2"} {
		_, err := h.Directory.Register(t.Context(), attacker, registration.Input{Username: name, Password: "x"})
		h.Must(err)
	}
}

func TestNamesWithOneSlugHaveAConstantCost(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	slugs := map[string]bool{}
	for i := range 60 {
		org := h.AddOrganization(strings.Repeat("組", i+1))
		if slugs[org.Slug] || len(org.Slug) > 63 {
			t.Fatalf("slug %q", org.Slug)
		}
		slugs[org.Slug] = true
	}
}

func TestInvitationEndsWithThePermissionOfItsInviter(t *testing.T) {
	t.Parallel()
	ends := map[string]func(h *fixture, org model.OrgID, chief model.User) error{
		"blocked": func(h *fixture, _ model.OrgID, chief model.User) error {
			_, err := h.BlockUser(h.T.Context(), operator(), chief.ID)
			return err
		},
		"deleted": func(h *fixture, _ model.OrgID, chief model.User) error {
			_, err := h.DeleteUser(h.T.Context(), operator(), chief.ID)
			return err
		},
		"removed": func(h *fixture, org model.OrgID, chief model.User) error {
			return h.RemoveMembers(h.T.Context(), operator(), org, []model.UserID{chief.ID})
		},
		"demoted": func(h *fixture, org model.OrgID, chief model.User) error {
			_, err := h.SetMemberRoles(h.T.Context(), operator(), org, []model.UserID{chief.ID}, model.RoleMember)
			return err
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t)
			org := h.AddOrganization("Lab")
			chief, other := h.AddUser("chief"), h.AddUser("other")
			for _, u := range []model.User{chief, other} {
				h.Must(h.AddMember(t.Context(), operator(), org.ID, u.ID, model.RoleAdmin))
			}
			_, err := h.Invite(t.Context(), h.Actor(chief), invitation.NewInvitation{Org: org.ID, Email: "backdoor@evil.example", Role: model.RoleAdmin})
			h.Must(err)
			token := h.EmailedToken("backdoor@evil.example")
			h.Must(end(h, org.ID, chief))
			if _, err := h.accept(token, "backdoor"); fault.KindOf(err) != fault.Expired {
				t.Errorf("a former Admin (%s) accepted a user: %v", name, err)
			}
		})
	}
}

func TestOneOrganizationCannotKeepAnAddressFromTheOthers(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	web, ops := h.AddOrganization("Web"), h.AddOrganization("Ops")
	alice, olga := h.AddUser("alice"), h.AddUser("olga")
	h.Must(h.AddMember(t.Context(), operator(), web.ID, alice.ID, model.RoleAdmin))
	h.Must(h.AddMember(t.Context(), operator(), ops.ID, olga.ID, model.RoleAdmin))
	invite := func(who model.User, org model.Organization) invitation.Sent {
		sent, err := h.Invite(t.Context(), h.Actor(who), invitation.NewInvitation{
			Org: org.ID, Email: "victim@corp.example", GivenName: "V", FamilyName: "I", MakeUser: true,
		})
		h.Must(err)
		return sent
	}
	first := invite(alice, web)
	_ = h.EmailedToken("victim@corp.example")
	second := invite(olga, ops)
	if first.User.ID == second.User.ID {
		t.Error("two organizations share a waiting user")
	}
	victim, err := h.accept(h.EmailedToken("victim@corp.example"), "victim")
	h.Must(err)
	memberships, err := h.MembershipsOf(t.Context(), operator(), victim.ID)
	h.Must(err)
	if victim.ID != second.User.ID || len(memberships) != 1 || memberships[0].Organization.ID != ops.ID {
		t.Errorf("user %d is a member of %v", victim.ID, memberships)
	}

	invite2, err := h.Invite(t.Context(), h.Actor(alice), invitation.NewInvitation{
		Org: web.ID, Email: "late@corp.example", GivenName: "L", FamilyName: "A", MakeUser: true,
	})
	h.Must(err)
	made, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "late", Email: "late@corp.example"})
	h.Must(err)
	if made.ID == invite2.User.ID || made.State != model.Active {
		t.Errorf("made %+v", made)
	}
}

func TestInvitationsToOneMailboxAreLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.MailPerHour, o.Login.Invitations = 18, 5 })
	org := h.AddOrganization("Lab")
	chief := h.AddUser("chief")
	h.Must(h.AddMember(t.Context(), operator(), org.ID, chief.ID, model.RoleAdmin))
	invite := func(to string) error {
		_, err := h.Invite(t.Context(), h.Actor(chief), invitation.NewInvitation{Org: org.ID, Email: to})
		return err
	}
	for range 3 {
		h.Must(invite("bombed@victim.example"))
	}
	wantKind(t, invite("bombed@victim.example"), fault.Limited)
	h.Must(invite("one@victim.example"))
	h.Must(invite("two@victim.example"))
	wantKind(t, invite("three@victim.example"), fault.Limited)
}
