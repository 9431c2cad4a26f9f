//go:build !race

package invitation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ratelimit"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/unitext"
)

// Random sequences of the operations in docs/adr/0017-invitations-and-links.md. Home invites victims, which
// receive the emails to their addresses. Attackers sign up, have an organization of their own, see the links
// of its invitations, and claim addresses. After each step no attacker has access that was granted to a
// victim, and at the end the invitations from home still work.
func TestNoSequenceOfInvitationsGivesAccessToAnotherAccount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newLinkWorld(t)
		// Every attack begins with an invitation from home.
		w.Must(w.invite(w.Home, w.hana, model.Codebase, victims()[0], model.RoleAdmin, true))
		for range rapid.IntRange(6, 16).Draw(rt, "steps") {
			w.step(rt)
			w.check(rt)
		}
		w.acceptAll(rt)
		w.check(rt)
		w.Must(w.Store.Close())
	})
}

const attacker, victim = "attacker", "victim"

type invitationModel struct {
	*fixture
	evil          model.Organization
	hana, mallory model.User
	holder        map[model.UserID]string            // holder of the account's password
	granted       map[string]map[model.RoleID]bool   // roles in home, by address
	invited       map[model.InvitationID]secret.Text // home's mailed tokens, by invitation
	mailed, shown []secret.Text                      // invitation tokens of victims and attackers
	resets        []secret.Text                      // of victims
	sent          map[model.OrgID][]model.Invitation
	made          int
}

func newLinkWorld(t *testing.T) *invitationModel {
	h := newFixture(t, func(o *directory.Options) {
		o.Login = ratelimit.LoginLimits{AccountFailures: 1e6, AddressFailures: 1e6, Invitations: 1e6, SignUps: 1e6, RevealingAnswers: 1e6}
	})
	w := &invitationModel{
		fixture: h, evil: h.AddOrganization("Evil"), holder: map[model.UserID]string{}, granted: map[string]map[model.RoleID]bool{},
		invited: map[model.InvitationID]secret.Text{}, sent: map[model.OrgID][]model.Invitation{},
	}
	w.hana = h.AddUser("hana", in(h.Home.ID, model.RoleAdmin))
	w.mallory = h.AddUser("mallory", in(w.evil.ID, model.RoleAdmin))
	w.holder[w.mallory.ID] = attacker
	return w
}

func victims() []string { return []string{"v1@corp.example", "v2@corp.example"} }

func (w *invitationModel) name(who string) string {
	w.made++
	return fmt.Sprintf("%s%d", who, w.made)
}

// set records which attacker holds the account that a step created or took.
func (w *invitationModel) set(who string, u model.User, err error) error {
	if err == nil && u.ID != 0 {
		w.holder[u.ID] = who
	}
	return err
}

// step runs an operation that may be rejected, but not with an internal error.
func (w *invitationModel) step(rt *rapid.T) {
	address := rapid.SampledFrom(victims()).Draw(rt, "address")
	role := rapid.SampledFrom([]model.RoleID{model.RoleAdmin, model.RoleMember}).Draw(rt, "role")
	names := rapid.Bool().Draw(rt, "names")
	ctx := w.T.Context()
	steps := map[string]func() error{
		"home invites": func() error { return w.invite(w.Home, w.hana, model.Codebase, address, role, names) },
		"evil invites": func() error { return w.invite(w.evil, w.mallory, model.Codebase, address, role, names) },
		"evil invites and sees": func() error {
			return w.invite(w.evil, w.mallory, model.PM415, address, model.RolePending, false)
		},
		"home resends":     func() error { return w.again(rt, w.Home, w.hana) },
		"home revokes":     func() error { return w.revoke(rt, w.Home, w.hana) },
		"evil revokes":     func() error { return w.revoke(rt, w.evil, w.mallory) },
		"attacker accepts": func() error { return w.accepts(attacker, w.pick(rt, w.shown)) },
		"victim accepts":   func() error { return w.accepts(victim, w.pick(rt, w.mailed)) },
		"attacker joins":   func() error { return w.joins(attacker, address, w.pick(rt, w.shown)) },
		"victim joins":     func() error { return w.joins(victim, address, w.pick(rt, w.mailed)) },
		"attacker registers": func() error {
			return w.register(rt, address)
		},
		"attacker changes address": func() error {
			return none(w.ChangeMe(ctx, w.Actor(w.mallory), directory.SelfChange{Email: ref(address)}))
		},
		"attacker adds address": func() error { return none(w.AddEmail(ctx, w.Actor(w.mallory), w.mallory.ID, address)) },
		"attacker forgets":      func() error { return none(w.ForgotPassword(ctx, caller(model.PM415), address)) },
		"victim resets":         func() error { return w.reset(w.pick(rt, w.resets)) },
		"admin of who waits":    func() error { return w.promote(rt) },
		"address of who waits":  func() error { return w.readdress(rt, address) },
		"home changes a role":   func() error { return w.changeRole(rt, role) },
		"administrator makes the user": func() error {
			u, err := w.CreateUser(ctx, operator(), directory.NewUser{Username: w.name("made"), Email: address, Password: password(victim)})
			return w.set(victim, u, err)
		},
	}
	keys := []string{}
	for name := range steps {
		keys = append(keys, name)
	}
	slices.Sort(keys)
	name := rapid.SampledFrom(keys).Draw(rt, "step")
	if err := steps[name](); fault.KindOf(err) == fault.Internal && err != nil {
		rt.Fatalf("%s: %v", name, err)
	}
	w.read()
}

func (w *invitationModel) pick(rt *rapid.T, tokens []secret.Text) secret.Text {
	if len(tokens) == 0 {
		return "none"
	}
	return rapid.SampledFrom(tokens).Draw(rt, "token")
}

func (w *invitationModel) invite(org model.Organization, by model.User, api model.API, to string, role model.RoleID, names bool) error {
	actor, err := w.Authenticate(w.T.Context(), caller(api), directory.Credential{Secret: w.AddToken(by)})
	w.Must(err)
	n := invitation.NewInvitation{Org: org.ID, Email: to, Role: role, MakeUser: names, GivenName: "Vic", FamilyName: "Tim"}
	sent, err := w.Invite(w.T.Context(), actor, n)
	return w.invitedBy(org, to, sent, err)
}

// invitedBy records an invitation: attackers see the links of their own organization.
func (w *invitationModel) invitedBy(org model.Organization, to string, sent invitation.Sent, err error) error {
	if err != nil {
		return err
	}
	w.sent[org.ID] = append(w.sent[org.ID], sent.Invitation)
	if org.ID == w.evil.ID {
		w.shown = append(w.shown, tokenIn(w.T, sent.Link))
		return nil
	}
	w.grant(to, sent.Invitation.Role)
	w.invited[sent.Invitation.ID] = w.mailedNow(to)
	return nil
}

// mailedNow returns the token of the invitation that was emailed last, which the victim has.
func (w *invitationModel) mailedNow(to string) secret.Text {
	token := w.fixture.EmailedToken(to)
	w.mailed = append(w.mailed, token)
	return token
}

func (w *invitationModel) grant(address string, role model.RoleID) {
	if w.granted[address] == nil {
		w.granted[address] = map[model.RoleID]bool{}
	}
	w.granted[address][role] = true
}

func (w *invitationModel) again(rt *rapid.T, org model.Organization, by model.User) error {
	if len(w.sent[org.ID]) == 0 {
		return nil
	}
	i := rapid.SampledFrom(w.sent[org.ID]).Draw(rt, "invitation")
	sent, err := w.ResendInvitation(w.T.Context(), w.Actor(by), org.ID, i.ID)
	if err != nil {
		return err
	}
	return w.invitedBy(org, sent.Invitation.Email, sent, nil)
}

func (w *invitationModel) revoke(rt *rapid.T, org model.Organization, by model.User) error {
	if len(w.sent[org.ID]) == 0 {
		return nil
	}
	i := rapid.SampledFrom(w.sent[org.ID]).Draw(rt, "invitation")
	return w.RevokeInvitation(w.T.Context(), w.Actor(by), org.ID, i.ID)
}

func (w *invitationModel) accepts(who string, token secret.Text) error {
	u, _, err := w.AcceptInvitation(w.T.Context(), caller(model.Native), token,
		invitation.Acceptance{Username: w.name(who), Password: password(who)})
	return w.set(who, u, err)
}

func (w *invitationModel) joins(who, address string, token secret.Text) error {
	_, err := w.LogIn(w.T.Context(), caller(model.PM415),
		login.Attempt{Email: address, Password: password(who), Invitation: token}, model.PM415Login)
	return err
}

func (w *invitationModel) register(rt *rapid.T, address string) error {
	r := registration.Input{Email: address, Password: password(attacker), GivenName: "Mal", FamilyName: "Lory"}
	api := rapid.SampledFrom([]model.API{model.PM415, model.Wekan, model.Native}).Draw(rt, "api")
	switch api {
	case model.PM415:
		r.Invitation = w.pick(rt, w.shown)
	default:
		r.Username = w.name(attacker)
	}
	u, err := w.Register(w.T.Context(), caller(api), r)
	return w.set(attacker, u, err)
}

func (w *invitationModel) reset(token secret.Text) error {
	u, err := w.ResetPassword(w.T.Context(), caller(model.PM415), directory.Reset{Token: token, Password: password(victim)})
	return w.set(victim, u, err)
}

// waits lists the invited users and pending registrations.
func (w *invitationModel) waits() []model.User {
	page, err := w.ManagedUsers(w.T.Context(), operator(), model.UserFilter{State: model.Invited})
	w.Must(err)
	return page.Items
}

func (w *invitationModel) promote(rt *rapid.T) error {
	for _, u := range w.waits() {
		if err := w.change(operator(), u.ID, directory.UserChange{Admin: ref(true)}); err == nil {
			rt.Fatalf("user %d was made administrator in the state %s", u.ID, u.State)
		}
	}
	return nil
}

func (w *invitationModel) readdress(rt *rapid.T, address string) error {
	for _, u := range w.waits() {
		if w.holder[u.ID] == "" && rapid.Bool().Draw(rt, "this one") {
			err := w.change(operator(), u.ID, directory.UserChange{Email: ref(address)})
			if err == nil {
				w.grantMoved(u, address)
			}
			return err
		}
	}
	return nil
}

// grantMoved records that an administrator gave an invited user, with its current role,
// another address.
func (w *invitationModel) grantMoved(u model.User, address string) {
	memberships, err := w.MembershipsOf(w.T.Context(), operator(), u.ID)
	w.Must(err)
	for _, m := range memberships {
		if m.Organization.ID == w.Home.ID {
			w.grant(address, m.Role.ID)
		}
	}
}

func (w *invitationModel) changeRole(rt *rapid.T, role model.RoleID) error {
	for _, u := range w.waits() {
		if w.holder[u.ID] != "" || !rapid.Bool().Draw(rt, "this one") {
			continue
		}
		n, err := w.SetMemberRoles(w.T.Context(), w.Actor(w.hana), w.Home.ID, []model.UserID{u.ID}, role)
		if err != nil || n == 0 {
			return err
		}
		for _, address := range victims() { // it may be given another address
			w.grant(address, role)
		}
		return nil
	}
	return nil
}

// read reads the emails to the victims. Victims do not open links that verify an address of an unknown
// account.
func (w *invitationModel) read() {
	for _, address := range victims() {
		for m, found := w.NextEmail(address); found; m, found = w.NextEmail(address) {
			switch {
			case strings.Contains(m.Link, "/account/invite/"):
				w.mailed = append(w.mailed, tokenIn(w.T, m.Link))
			case strings.Contains(m.Link, "/account/reset-password/"):
				w.resets = append(w.resets, tokenIn(w.T, m.Link))
			}
		}
	}
}

func (w *invitationModel) check(rt *rapid.T) {
	page, err := w.ManagedUsers(w.T.Context(), operator(), model.UserFilter{})
	w.Must(err)
	for _, u := range page.Items {
		memberships, err := w.MembershipsOf(w.T.Context(), operator(), u.ID)
		w.Must(err)
		for _, m := range memberships {
			w.checkRole(rt, u, m)
		}
		if u.Admin {
			rt.Fatalf("user %d is an administrator", u.ID)
		}
		for _, e := range u.Emails {
			if e.Verified && strings.HasSuffix(e.Address, "@corp.example") && w.holder[u.ID] != victim {
				rt.Fatalf("user %d, held by %q, has verified %s", u.ID, w.holder[u.ID], e.Address)
			}
		}
	}
}

func (w *invitationModel) checkRole(rt *rapid.T, u model.User, m model.Membership) {
	if m.Organization.ID != w.Home.ID || m.Role.ID == model.RolePending || u.ID == w.hana.ID {
		return
	}
	switch w.holder[u.ID] {
	case attacker:
		rt.Fatalf("user %d, held by an attacker, is %s of home", u.ID, m.Role.Name)
	case victim:
		for _, e := range u.Emails {
			// 2 is the role of a user that an administrator creates.
			if w.granted[e.Address][m.Role.ID] || strings.HasPrefix(u.Username, "made") && m.Role.ID == model.RoleMember {
				return
			}
		}
		rt.Fatalf("user %d is %s of home, which nothing granted", u.ID, m.Role.Name)
	}
}

// acceptAll opens the links from home that are still valid. Afterwards the victim has an account, or can
// join with the account that has the address.
func (w *invitationModel) acceptAll(rt *rapid.T) {
	open := map[model.InvitationID]model.Invitation{}
	for _, i := range must(w.T, func() ([]model.Invitation, error) { return w.Invitations(w.T.Context(), operator(), w.Home.ID) }) {
		if i.Status == model.InvitationOpen {
			open[i.ID] = i
		}
	}
	for _, i := range w.sent[w.Home.ID] {
		now, ok := open[i.ID]
		if !ok || now.User != 0 && !w.waitsAt(now) {
			continue
		}
		delete(open, i.ID)
		err := w.accepts(victim, w.invited[i.ID])
		if fault.Has(err, "email", fault.Taken) {
			err = w.joinByPassword(now, w.invited[i.ID])
		}
		if err != nil && !fault.Has(err, "member", fault.Taken) {
			rt.Fatalf("the invitation %d of home to %s is dead: %v", i.ID, now.Email, err)
		}
	}
}

// waitsAt reports whether the invited user of an invitation still has its address.
func (w *invitationModel) waitsAt(i model.Invitation) bool {
	u, err := w.User(w.T.Context(), operator(), i.User)
	w.Must(err)
	return unitext.Fold(u.Primary().Address) == unitext.Fold(i.Email)
}

// joinByPassword signs in with the victim's password, or resets it first.
func (w *invitationModel) joinByPassword(i model.Invitation, token secret.Text) error {
	err := w.joins(victim, i.Email, token)
	if fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	if err := none(w.ForgotPassword(w.T.Context(), caller(model.PM415), i.Email)); err != nil {
		return err
	}
	if err := w.reset(w.fixture.EmailedToken(i.Email)); err != nil {
		return err
	}
	return w.joins(victim, i.Email, token)
}
