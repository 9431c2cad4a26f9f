package directory_test

import (
	"bytes"
	"context"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
)

// reading lists the methods that change nothing, or only times of last use. RequestRecovery queues a
// request, and its execution records an event.
// Ceremonies that have begun are recorded when they are finished.
func reading() []string {
	return strings.Fields(`SealPageState OpenPageState ProjectRows RolesInUse AccessOf Offboarding UserRows UserRowsByID APIKey APIKeys ActAs AuthenticateForward HeldLogin HoldLogin OffersPasskeys ForwardToken MyEvents MyInvitations SignUpOffer StoreResponse Assigned Assignments Authenticate CheckPermission CheckAddresses CheckAdministrators CheckKeys CheckMail CheckStore
		CheckWebhooks Administration Anchor Anchored NoteAnchored CheckRecentAuthentication DenyUntilRestart ReleaseLeases ProbeWrite ProbeSpace CheckAnchor CheckRecorded VerifyChain Deliveries Domains DormantUsers Email Emails EventHead Events Export FlushLastUsed FailedMails FollowEvents InvitationByToken InvitationProjects Invitations Key KeyByFingerprint KeyByID Keys LinkByToken ManagedKeys ManagedUser ManagedUsers Can MayManageUsers Me Members MembersPage
		MembershipsOf MergeSearch MinimumPasswordLength MyOrganizations Self Organization OrganizationBySlug Organizations Project ProjectNamed Projects Ready LoginRevealsAccounts LookupResponse RequestRecovery Require Role RoleNamed Roles Sessions SessionsOf Statistics TryKey
		BeginPasskey BeginPasskeyLogin BeginTOTP PendingTOTP SecondFactors Preferences NoticeAddresses Erasure
		NamesOfEvents VerifyNewest JudgeInvitations InvitationRows ExplainMember Overview ProjectRows RolesInUse MembersImpact OrganizationContents OrganizationRows
		CheckSetupLink RunMaintenance Tokens AuthorizedKeys UserNamed OrganizationNamed ReservedNames CheckAccess PublicKeys User UserByEmail UserByUID UserByUsername Users EachAssigned EachInvitation EachOrganization VerifyHead RetryingMails Webhook Webhooks`)
}

// The test fails for a method that changes something without an event, and for a method on neither list.
func TestEveryChangeRecordsAnEventWithoutSecrets(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	changes := h.changes()
	methods := reflect.TypeFor[*directory.Directory]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		listed := slices.ContainsFunc(changes, func(c change) bool { return c.method == name })
		if listed == slices.Contains(reading(), name) {
			t.Errorf("%s is on both lists or on none", name)
		}
	}
	for _, c := range changes {
		before := len(h.AllEvents())
		if err := c.do(t.Context()); err != nil {
			t.Fatalf("%s: %v", c.method, err)
		}
		if len(h.AllEvents()) == before {
			t.Errorf("%s left no event", c.method)
		}
	}
	for _, e := range h.AllEvents() {
		for _, word := range []string{"@", "-secret", "ada", "eve", "Acme", "Plan", "laptop", credential.TokenPrefix, "Guests"} {
			if strings.Contains(e.Detail, word) {
				t.Errorf("the detail %q of %s holds %q", e.Detail, e.Verb, word)
			}
		}
	}
	if n := must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) }).Events; n != len(h.AllEvents()) {
		t.Errorf("%d events verified of %d", n, len(h.AllEvents()))
	}
}

// changes calls every method that changes something.
func (h *fixture) changes() []change {
	var ada, eve model.User
	var acme model.Organization
	var guests model.Role
	var key model.SSHKey
	var token model.AccessToken
	var email model.Email
	var setup, invited secret.Text
	op := operator()
	ids := func(u model.User) []model.UserID { return []model.UserID{u.ID} }
	return append([]change{
		{"SetupLink", func(ctx context.Context) error {
			link, err := h.SetupLink(ctx, op)
			setup = tokenIn(h.T, link)
			return err
		}},
		{"CompleteSetup", func(ctx context.Context) (err error) {
			ada, _, err = h.CompleteSetup(ctx, caller(model.Console), setup, directory.Administrator{Username: "ada", Email: address("ada"), Password: password("ada")})
			return err
		}},
		{"CreateAdministrator", func(ctx context.Context) error {
			return none(h.CreateAdministrator(ctx, op, directory.Administrator{Username: "second", Email: address("second"), Password: password("second")}))
		}},
		{"CreateUser", func(ctx context.Context) (err error) {
			eve, err = h.CreateUser(ctx, h.Actor(ada), directory.NewUser{Username: "eve", Email: address("eve"), Password: password("eve"), Notify: true})
			return err
		}},
		{"Import", func(ctx context.Context) error {
			return none(h.Import(ctx, h.Actor(ada), importer.Import{Name: "people.csv"}, lineSeq(entry("imported")), ignore))
		}},
		{"ChangeUser", func(context.Context) error {
			return h.change(op, eve.ID, directory.UserChange{Bio: ref("at eve@example.org")})
		}},
		{"ChangeMe", func(ctx context.Context) error {
			return none(h.ChangeMe(ctx, h.Actor(eve), directory.SelfChange{FamilyName: ref("Acme")}))
		}},
		{"LogIn", func(context.Context) error { return none(h.AddSession("eve", model.WekanLogin)) }},
		{"CheckPassword", func(ctx context.Context) error {
			return none2(h.CheckPassword(ctx, caller(model.GitLab), login.Attempt{Name: "eve", Password: password("eve")}))
		}},
		{"CreateSessionFor", func(ctx context.Context) error {
			return none2(h.CreateSessionFor(ctx, h.Actor(ada), eve.ID, model.WekanLogin))
		}},
		{"RevokeSession", func(ctx context.Context) error {
			one, _, err := h.CreateSessionFor(ctx, op, eve.ID, model.WekanLogin)
			return firstOf(err, h.RevokeSession(ctx, op, eve.ID, one.ID))
		}},
		{"RevokeOtherSessions", func(ctx context.Context) error { return h.RevokeOtherSessions(ctx, h.Actor(eve), eve.ID) }},
		{"CreateSessionFor", func(ctx context.Context) error {
			return none2(h.CreateSessionFor(ctx, h.Actor(ada), eve.ID, model.WekanLogin))
		}},
		{"ChangePassword", func(ctx context.Context) error {
			return h.ChangePassword(ctx, h.Actor(eve), password("eve"), password("eve"))
		}},
		{"RevokeSessionsOf", func(ctx context.Context) error { return h.RevokeSessionsOf(ctx, op, eve.ID, "") }},
		{"LogOut", func(ctx context.Context) error { return h.LogOut(ctx, h.Actor(eve), true) }},
		{"RotateAPIKey", func(ctx context.Context) error { return none(h.RotateAPIKey(ctx, h.Actor(eve))) }},
		{"RotateAPIKeyOf", func(ctx context.Context) error { return none(h.RotateAPIKeyOf(ctx, op, eve.ID)) }},
		{"Rekey", func(ctx context.Context) error {
			h.Must(h.Keyring.Rotate(h.KeyFile))
			return none(h.Rekey(ctx, op, func(int) {}))
		}},
		{"CreateToken", func(ctx context.Context) (err error) {
			token, _, err = h.CreateToken(ctx, op, credential.NewToken{Owner: eve.ID, Name: "eve's token", Scopes: model.Scopes{model.ScopeAPI}})
			return err
		}},
		{"RotateToken", func(ctx context.Context) (err error) {
			token, _, err = h.RotateToken(ctx, op, eve.ID, token.ID)
			return err
		}},
		{"RevokeToken", func(ctx context.Context) error { return h.RevokeToken(ctx, op, eve.ID, token.ID) }},
		{"AddKey", func(ctx context.Context) (err error) {
			key, err = h.AddKey(ctx, op, eve.ID, model.NewKey{Key: sshLine(h.T)})
			return err
		}},
		{"RemoveKey", func(ctx context.Context) error { return none(h.RemoveKey(ctx, op, eve.ID, key.ID)) }},
		{"CreateOrganization", func(ctx context.Context) (err error) {
			acme, err = h.CreateOrganization(ctx, h.Actor(ada), "Acme")
			return err
		}},
		{"RenameOrganization", func(ctx context.Context) error { return none(h.RenameOrganization(ctx, op, acme.ID, "Acme & Sons")) }},
		{"RenameOrganizationOf", func(ctx context.Context) error {
			return none(h.RenameOrganizationOf(ctx, op, acme.ID, "Acme again", ""))
		}},
		{"AddMember", func(ctx context.Context) error { return h.AddMember(ctx, op, acme.ID, eve.ID, 0) }},
		{"SetMemberRole", func(ctx context.Context) error {
			return h.SetMemberRole(ctx, op, acme.ID, eve.ID, model.RoleMember)
		}},
		{"SwitchOrganization", func(ctx context.Context) error { return none(h.SwitchOrganization(ctx, h.Actor(eve), acme.ID)) }},
		{"CreateRole", func(ctx context.Context) (err error) {
			guests, err = h.CreateRole(ctx, op, role.NewRole{Org: acme.ID, Name: "Guests"})
			return err
		}},
		{"ChangeRole", func(ctx context.Context) error {
			return none(h.ChangeRole(ctx, op, acme.ID, guests.ID, role.Change{Name: ref("Guests 2")}))
		}},
		{"AddEmail", func(ctx context.Context) (err error) {
			email, err = h.AddEmail(ctx, h.Actor(eve), eve.ID, "eve2@example.org")
			return err
		}},
		{"SendVerification", func(ctx context.Context) error { return none(h.SendVerification(ctx, h.Actor(eve), eve.ID, email.ID)) }},
		{"RemoveEmail", func(ctx context.Context) error { return none(h.RemoveEmail(ctx, h.Actor(eve), eve.ID, email.ID)) }},
		{"AcceptCut", func(ctx context.Context) error { return h.AcceptCut(ctx, op, audit.Anchor{}) }},
		{"DropLostKeys", func(ctx context.Context) error { return none(h.DropLostKeys(ctx, op)) }},
		{"SetMemberRoles", func(ctx context.Context) error {
			return none(h.SetMemberRoles(ctx, op, acme.ID, ids(eve), model.RolePending))
		}},
		{"ReplaceRole", func(ctx context.Context) error {
			former, err := h.CreateRole(ctx, op, role.NewRole{Org: acme.ID, Name: "Visitors"})
			return firstOf(err, h.ReplaceRole(ctx, op, acme.ID, former.ID, guests.ID))
		}},
		{"DeleteRole", func(ctx context.Context) error { return h.DeleteRole(ctx, op, acme.ID, guests.ID) }},
		{"CreateProject", func(ctx context.Context) error {
			return none(h.CreateProject(ctx, op, project.NewProject{Org: acme.ID, Name: "Plan"}))
		}},
		{"ChangeProject", func(ctx context.Context) error {
			return none(h.ChangeProject(ctx, op, acme.ID, "plan", project.Change{Overview: ref("what eve does at Acme")}))
		}},
		{"Assign", func(ctx context.Context) error { return h.Assign(ctx, op, acme.ID, "plan", ids(eve)) }},
		{"SetAssigned", func(ctx context.Context) error {
			return none(h.SetAssigned(ctx, op, acme.ID, "plan", eve.ID, false))
		}},
		{"ChangeAssigned", func(ctx context.Context) error {
			return h.ChangeAssigned(ctx, op, acme.ID, "plan", ids(eve), nil)
		}},
		{"DeleteProject", func(ctx context.Context) error { return h.DeleteProject(ctx, op, acme.ID, "plan", "") }},
		{"RemoveIdentity", func(ctx context.Context) error {
			err := h.change(op, eve.ID, directory.UserChange{Identity: &model.Identity{Provider: "ldap", ExternalUID: "eve"}})
			return firstOf(err, none(h.RemoveIdentity(ctx, op, eve.ID, "ldap", "")))
		}},
		{"ResetMemberPasswords", func(ctx context.Context) error { return h.ResetMemberPasswords(ctx, op, acme.ID, ids(eve)) }},
	}, slices.Concat(h.changesOfWebhooks(), h.changesOfAccounts(&eve, &acme), h.changesByOperator(&eve), h.changesByMail(&eve, &acme, &invited), h.changesOfEmails(), h.changesOfFactors())...)
}

// changesOfEmails retries an email that was given up.
func (h *fixture) changesOfEmails() []change {
	return []change{h.changeOfOwnInvitation("AcceptMyInvitation", h.AcceptMyInvitation), h.changeOfOwnInvitation("DeclineMyInvitation", h.DeclineMyInvitation), {"RetryMail", func(ctx context.Context) error {
		err := none(h.Invite(ctx, operator(), invitation.NewInvitation{Org: h.Home.ID, Email: "late@example.org"}))
		h.Must(err)
		queue := directory.NewMailQueue(h.Directory)
		mails := must(h.T, func() ([]mailqueue.Email, error) { return queue.Lease(ctx, 1000, time.Hour) })
		last := mails[len(mails)-1].ID
		return firstOf(queue.GiveUp(ctx, last, "550 no such mailbox"), h.RetryMail(ctx, operator(), last))
	}}, {"DeleteFailedMail", func(ctx context.Context) error {
		queue := directory.NewMailQueue(h.Directory)
		mails := must(h.T, func() ([]mailqueue.Email, error) { return queue.Lease(ctx, 1000, time.Hour) })
		last := mails[len(mails)-1].ID
		return firstOf(queue.GiveUp(ctx, last, "550 no such mailbox"), h.DeleteFailedMail(ctx, operator(), last))
	}}}
}

func (h *fixture) changesByMail(eve *model.User, acme *model.Organization, invited *secret.Text) []change {
	op := operator()
	var sent invitation.Sent
	invite := func(ctx context.Context) (err error) {
		sent, err = h.Invite(ctx, op, invitation.NewInvitation{Org: acme.ID, Email: "new@example.org", GivenName: "New", FamilyName: "One", MakeUser: true})
		*invited = tokenIn(h.T, sent.Link)
		return err
	}
	return []change{
		{"ForgotPassword", func(ctx context.Context) error {
			return none(h.ForgotPassword(ctx, caller(model.PM415), address("eve")))
		}},
		{"ResetPassword", func(context.Context) error { return h.resetPassword(h.EmailedToken(address("eve")), password("eve")) }},
		{"Invite", invite},
		{"ResendInvitation", func(ctx context.Context) error {
			return none(h.ResendInvitation(ctx, op, acme.ID, sent.Invitation.ID))
		}},
		{"InviteAgain", func(ctx context.Context) error { return none(h.InviteAgain(ctx, op, sent.User.ID)) }},
		{"RevokeInvitation", func(ctx context.Context) error { return h.RevokeInvitation(ctx, op, acme.ID, sent.Invitation.ID) }},
		{"Invite", invite},
		{"AcceptInvitation", func(context.Context) error { return none(h.accept(*invited, "newone")) }},
		{"Register", func(context.Context) error {
			return register(h, model.PM415, registration.Input{Email: "odo@example.org", Password: "odo-secret", Organization: "Odo"})
		}},
		{"RegisterAndLogIn", func(ctx context.Context) error {
			return none(h.RegisterAndLogIn(ctx, caller(model.Wekan), registration.Input{Username: "una", Password: "una-secret"}, model.WekanLogin))
		}},
		{"VerifyEmail", func(ctx context.Context) error {
			return none(h.VerifyEmail(ctx, caller(model.PM415), h.EmailedToken("odo@example.org")))
		}},
		{"SendPasswordReset", func(ctx context.Context) error { return none(h.SendPasswordReset(ctx, op, eve.ID)) }},
		{"Offboard", func(ctx context.Context) error {
			leaver := h.AddUser("leaver")
			return none(h.Offboard(ctx, op, leaver.ID, directory.Handover{}))
		}},
		{"RemoveMembers", func(ctx context.Context) error { return h.RemoveMembers(ctx, op, acme.ID, []model.UserID{eve.ID}) }},
		{"BlockUser", func(ctx context.Context) error { return none(h.BlockUser(ctx, op, eve.ID)) }},
		{"UnblockUser", func(ctx context.Context) error { return none(h.UnblockUser(ctx, op, eve.ID)) }},
		{"DeactivateUser", func(ctx context.Context) error { return none(h.DeactivateUser(ctx, op, eve.ID)) }},
		{"ReactivateUser", func(ctx context.Context) error { return none(h.ReactivateUser(ctx, op, eve.ID)) }},
		{"PersonalData", func(ctx context.Context) error { return none(h.PersonalData(ctx, op, eve.ID)) }},
		{"DeleteUser", func(ctx context.Context) error { return none(h.DeleteUser(ctx, op, eve.ID)) }},
		{"EraseUser", func(ctx context.Context) error {
			robot, err := h.CreateUser(ctx, op, directory.NewUser{Username: "robot", Service: true})
			if err != nil {
				return err
			}
			return h.EraseUser(ctx, op, robot.ID)
		}},
		{"ReleaseName", func(ctx context.Context) error {
			reserving := h.withReservedNames(time.Hour)
			deleted := h.AddUser("gone-soon")
			_, err := reserving.DeleteUser(ctx, op, deleted.ID)
			return firstOf(err, reserving.ReleaseName(ctx, op, model.UsernameKind, "Gone-Soon"))
		}},
		{"DeleteOrganization", func(ctx context.Context) error { return h.DeleteOrganization(ctx, op, acme.ID) }},
		{"FirstAdministrator", func(ctx context.Context) error {
			other := newFixture(h.T)
			_, err := other.FirstAdministrator(ctx, op, directory.Administrator{Username: "first", Email: address("first"), Password: password("first")})
			if len(other.AllEvents()) < 2 {
				h.T.Error("FirstAdministrator left no event")
			}
			return firstOf(err, h.change(op, 1, directory.UserChange{Bio: ref("so that this directory has an event, too")}))
		}},
		{"Prepare", func(ctx context.Context) error {
			if e := h.AllEvents()[0]; e.Verb != model.OrganizationCreate || e.Org != h.Home.ID {
				h.T.Errorf("the first event is %s", e.Verb)
			}
			return h.change(op, 1, directory.UserChange{Bio: ref("")})
		}},
	}
}

func TestTamperingWithEventsIsDetected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ statement, says string }{
		"changed":              {`UPDATE events SET user_id = user_id + 1 WHERE id = 3`, "event 3 was changed"},
		"changed and rehashed": {`UPDATE events SET hash = zeroblob(32) WHERE id = 3`, "event 3 was changed"},
		"removed within":       {`DELETE FROM events WHERE id = 3`, "event 3 is missing"},
		"removed at the start": {`DELETE FROM events WHERE id = 1`, "event 1 is missing"},
		"removed at the end":   {`DELETE FROM events WHERE id = (SELECT max(id) FROM events)`, "is missing at the end"},
		"exchanged":            {`UPDATE events SET detail = 'x', at = at + 1 WHERE id = 2`, "event 2 was changed"},
		"all removed":          {`DELETE FROM events`, "event 1 is missing"},
	} {
		h := newFixture(t)
		h.AddUser("ada")
		h.AddUser("eve")
		if n := must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) }).Events; n < 4 {
			t.Fatalf("only %d events", n)
		}
		h.raw(c.statement)
		_, err := h.VerifyChain(t.Context(), operator())
		if err == nil || fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
}

func TestEventsAreForAdministrators(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	boss := h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin)))
	_, err := h.Events(t.Context(), boss, model.EventFilter{})
	wantKind(t, err, fault.Forbidden)
	_, err = h.VerifyChain(t.Context(), boss)
	wantKind(t, err, fault.Forbidden)
	_, err = h.VerifyNewest(t.Context(), boss, 10)
	wantKind(t, err, fault.Forbidden)
	_, err = h.Events(t.Context(), h.Actor(h.AddUser("root", admin), model.ScopeReadAPI), model.EventFilter{})
	h.Must(err)
}

func TestOrganizationAdminReadsEventsOfTheOrganization(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	other := h.AddOrganization("Other")
	boss, stranger := h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))), h.AddUser("linus", in(other.ID, model.RoleMember))
	grace := h.AddUser("grace", in(h.Home.ID, model.RoleMember))
	_, err := h.SetMemberRoles(t.Context(), h.Actor(h.AddUser("root", admin)), h.Home.ID, []model.UserID{grace.ID}, model.RoleAdmin)
	h.Must(err)
	events, err := h.Events(t.Context(), boss, model.EventFilter{Org: h.Home.ID})
	h.Must(err)
	changes := 0
	for _, e := range events {
		if e.Org != h.Home.ID || e.Hash != nil || e.Previous != nil || e.Address != "" && e.Actor != boss.UserID() {
			t.Errorf("the Admin gets %+v", e)
		}
		if after, before, _ := directory.RoleChange(e); after == model.RoleAdmin && before == model.RoleMember {
			changes++
		}
	}
	if changes != 1 {
		t.Errorf("%d changes of roles", changes)
	}
	_, err = h.Events(t.Context(), boss, model.EventFilter{Org: other.ID})
	wantKind(t, err, fault.NotFound)
	_, err = h.Events(t.Context(), h.Actor(h.AddUser("plain", in(h.Home.ID, model.RoleMember))), model.EventFilter{Org: h.Home.ID})
	wantKind(t, err, fault.Forbidden)
	names, err := h.NamesOfEvents(t.Context(), boss, []model.Event{{User: stranger.ID, Org: other.ID}, {User: grace.ID, Org: h.Home.ID}})
	h.Must(err)
	if len(names.Users) != 1 || len(names.Organizations) != 1 {
		t.Errorf("the Admin gets the names %+v", names)
	}
}

func TestNewestEventsAreVerified(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("root", admin)
	report, err := h.VerifyNewest(t.Context(), model.Operator(), 2)
	h.Must(err)
	if report.Events != 2 || report.Unproven != 0 {
		t.Errorf("%+v", report)
	}
	h.raw("UPDATE events SET detail = 'changed' WHERE id = (SELECT max(id) FROM events)")
	_, err = h.VerifyNewest(t.Context(), model.Operator(), 2)
	wantKind(t, err, fault.Conflict)
}

func TestEmailIsSentIfAndOnlyIfTheOperationCommits(t *testing.T) {
	t.Parallel()
	woken := 0
	h := newFixture(t, func(o *directory.Options) { o.MailQueued = func() { woken++ } })
	acme := h.AddOrganization("Acme")
	h.AddUser("ada")
	r := registration.Input{Username: "ada", Email: "new@example.org", Password: "long enough", Organization: "New"}
	wantKind(t, register(h, model.PM415, r), fault.Conflict)
	r.Username, r.Organization = "new", "Acme"
	wantKind(t, register(h, model.PM415, r), fault.Conflict)
	_, err := h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: acme.ID, Email: "new@example.org", Role: 4711})
	wantKind(t, err, fault.Invalid)
	if m, found := h.NextEmail("new@example.org"); found || woken != 0 {
		t.Errorf("the email %q was queued, and the sender woken %d times", m.Subject, woken)
	}
	r.Organization = "New"
	h.Must(register(h, model.PM415, r))
	if _, found := h.NextEmail("new@example.org"); !found || woken != 1 {
		t.Errorf("queued: %v, woken %d times", found, woken)
	}
}

func TestEmailsAndKeysAreEncryptedAtRest(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	key := must(t, func() (secret.Text, error) { return h.RotateAPIKeyOf(t.Context(), operator(), u.ID) })
	token := h.AddToken(u)
	_, err := h.ForgotPassword(t.Context(), caller(model.PM415), address("ada"))
	h.Must(err)
	fresh := must(t, func() ([]mailqueue.Email, error) {
		return directory.NewMailQueue(h.Directory).Lease(t.Context(), 10, time.Minute)
	})
	link := tokenIn(t, fresh[0].Link)
	var raw []byte
	for _, suffix := range []string{"", "-wal"} {
		raw = append(raw, must(t, func() ([]byte, error) { return os.ReadFile(h.Path + suffix) })...)
	}
	if !bytes.Contains(raw, []byte(address("ada"))) {
		t.Fatal("the file was not read: it holds no address")
	}
	for name, text := range map[string]string{
		"session": session.Reveal(), "API key": key.Reveal(), "token": token.Reveal(), "link": link.Reveal(),
		"letter": fresh[0].Text[:40], "password": password("ada").Reveal(),
	} {
		if bytes.Contains(raw, []byte(text)) {
			t.Errorf("the %s stands in the file", name)
		}
	}
}

func TestMaintenanceStoresLastUses(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	actor := h.Actor(u)
	session := must(t, func() (secret.Text, error) { return h.AddSession("ada", model.WekanLogin) })
	h.Must(h.RunMaintenance(t.Context(), operator()))
	tokens := must(t, func() ([]model.AccessToken, error) { return h.Tokens(t.Context(), actor, u.ID) })
	if len(tokens) != 1 || !tokens[0].LastUsedAt.Equal(h.Clock.Now()) {
		t.Errorf("last used %+v, want %v", tokens, h.Clock.Now())
	}
	if self := must(t, func() (model.User, error) { return h.Me(t.Context(), actor) }); !self.LastActivity.Equal(h.Clock.Now()) {
		t.Errorf("last activity %v", self.LastActivity)
	}
	h.Clock.Advance(91 * 24 * time.Hour)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	if left := must(t, func() ([]model.Session, error) { return h.Sessions(t.Context(), actor) }); len(left) != 0 || h.IsValid(session) {
		t.Errorf("%d sessions are left after they ended", len(left))
	}
	wantKind(t, h.RunMaintenance(t.Context(), actor), fault.Forbidden)
}
