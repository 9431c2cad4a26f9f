package importer_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/role"
	"roster.example/roster/internal/secret"
)

// manyEntries returns size different entries.
func manyEntries(size int) []importer.Entry {
	all := make([]importer.Entry, size)
	for i := range all {
		all[i] = entry(fmt.Sprint("person", i))
	}
	return all
}

// importReports collects the reports of an import.
type importReports struct {
	refused []importer.Refusal
	steps   []importer.Tally
}

func (g *importReports) tell(s importer.Step) error {
	g.refused = append(g.refused, s.Refused...)
	g.steps = append(g.steps, s.Tally)
	return nil
}

// words returns rejections as "line field code".
func (g *importReports) words() []string {
	var all []string
	for _, r := range g.refused {
		for _, f := range r.Faults {
			all = append(all, fmt.Sprintf("%d %s %s", r.Line, f.Name, f.Code))
		}
	}
	return all
}

func (h *fixture) load(i importer.Import, lines iter.Seq2[importer.Line, error]) (importer.Tally, *importReports) {
	h.T.Helper()
	var g importReports
	tally, err := h.Import(h.T.Context(), operator(), i, lines, g.tell)
	h.Must(err)
	return tally, &g
}

func (h *fixture) total() int {
	h.T.Helper()
	return must(h.T, func() (model.Page[model.User], error) {
		return h.Users(h.T.Context(), operator(), model.UserFilter{Limit: 1})
	}).Total
}

func TestImportCreatesUsersWithAllFields(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	guest := must(t, func() (model.Role, error) {
		return h.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Guests"})
	})
	e := entry("grace")
	e.Emails = append(e.Emails, importer.EntryEmail{Address: "grace@example.com"})
	e.Admin, e.State, e.Bio = true, model.Blocked, "two\nlines"
	e.Identities = []model.Identity{{Provider: "ldap", ExternalUID: "cn=grace"}}
	e.Memberships = []importer.EntryMembership{{}, {Organization: "acme", Role: "guests"}}
	e.Keys = []model.NewKey{{Key: sshLine(t), Title: "laptop", Usage: model.AuthOnly}}
	e.PasswordHash = "$pm415$salt5678.10.00112233445566778899aabbccddeeff"
	tally, g := h.load(importer.Import{Name: "people"}, lineSeq(e))
	if tally.Accepted != 1 || len(g.refused) > 0 {
		t.Fatalf("got %+v and %v", tally, g.words())
	}
	u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), "grace") })
	if u.State != model.Blocked || !u.Admin || u.Bio != "two\nlines" || u.GivenName != "grace" || !u.HasPassword ||
		len(u.Emails) != 2 || !u.Emails[0].Primary || !u.Emails[0].Verified || u.Emails[1].Verified || len(u.Identities) != 1 {
		t.Errorf("got %+v", u)
	}
	memberships := must(t, func() ([]model.Membership, error) { return h.MembershipsOf(t.Context(), operator(), u.ID) })
	if len(memberships) != 2 || memberships[0].Role.ID != model.RoleAdmin || memberships[1].Role.ID != guest.ID {
		t.Errorf("got %+v, want an Admin at home, as administrators of the server are, and a guest of Acme", memberships)
	}
	keys := must(t, func() ([]model.SSHKey, error) { return h.Keys(t.Context(), operator(), u.ID) })
	if len(keys) != 1 || keys[0].Title != "laptop" || keys[0].Usage != model.AuthOnly {
		t.Errorf("got the keys %+v", keys)
	}
	if got := must(t, func() (model.User, error) { return h.UnblockUser(t.Context(), operator(), u.ID) }); got.State != model.Active {
		t.Errorf("unblocked they are %s", got.State)
	}
}

func TestImportRecordsOneEventPerUserAndSendsNoEmail(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	before := len(h.AllEvents())
	h.load(importer.Import{Name: "people.csv"}, lineSeq(manyEntries(1203)...))
	events := must(t, func() ([]model.Event, error) {
		return h.Events(t.Context(), operator(), model.EventFilter{After: model.EventID(before), Limit: 10_000})
	})
	if len(events) != 1203 {
		t.Errorf("%d events", len(events))
	}
	for _, e := range events {
		if e.Verb != model.UserCreate || e.Detail != "import people.csv" || e.User == 0 || int64(e.User) != e.TargetID {
			t.Fatalf("got %+v", e)
		}
	}
	must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
	if emails := must(t, func() ([]mailqueue.Email, error) {
		return directory.NewMailQueue(h.Directory).Lease(t.Context(), 10, 1)
	}); len(emails) > 0 {
		t.Errorf("%d emails were sent", len(emails))
	}
}

func TestImportRejectsSingleLines(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("ada", func(n *directory.NewUser) { n.Identity = model.Identity{Provider: "ldap", ExternalUID: "ada"} })
	line, twice := sshLine(t), sshLine(t)
	holder := h.AddUser("holder")
	must(t, func() (model.SSHKey, error) {
		return h.AddKey(t.Context(), operator(), holder.ID, model.NewKey{Key: line})
	})
	with := func(name string, change func(*importer.Entry)) importer.Entry {
		e := entry(name)
		change(&e)
		return e
	}
	keys := func(lines ...string) func(*importer.Entry) {
		return func(e *importer.Entry) {
			for _, l := range lines {
				e.Keys = append(e.Keys, model.NewKey{Key: l})
			}
		}
	}
	in := func(org, role string) func(*importer.Entry) {
		return func(e *importer.Entry) {
			e.Memberships = append(e.Memberships, importer.EntryMembership{Organization: org, Role: role})
		}
	}
	entries := []importer.Entry{
		entry("good"), // line 2
		entry("ADA"),
		entry("bad name"),
		with("nomail", func(e *importer.Entry) { e.Emails = []importer.EntryEmail{{Address: "Ada <a@x.org>"}} }),
		entry("Good"), // like line 2
		with("other", func(e *importer.Entry) { e.Emails[0].Address = strings.ToUpper(address("good")) }),
		{},
		with("weak", keys("ssh-dss AAAAB3NzaC1kc3MAAACB")),
		with("stolen", keys(line)), // line 10
		with("keeper", keys(twice)),
		with("copycat", keys(twice)),
		with("double", keys(sshLine(t), line, line)),
		with("many", keys(sshLine(t), sshLine(t), sshLine(t), sshLine(t))),
		with("lost", in("nowhere", "")), // line 15
		with("unknown", in("", "King")),
		with("both", func(e *importer.Entry) { in("", "")(e); in("home", "")(e) }),
		with("linked", func(e *importer.Entry) {
			e.Identities = []model.Identity{{Provider: "ldap", ExternalUID: "ada"}}
		}),
		with("guest", func(e *importer.Entry) { e.State = model.Invited }),
		with("clear", func(e *importer.Entry) { e.PasswordHash = "password" }), // line 20
		with("nul", func(e *importer.Entry) { e.Name = "a\x00b" }),
		with("script", func(e *importer.Entry) { e.WebsiteURL = "javascript:alert(1)" }),
		with("", func(e *importer.Entry) { e.Service, e.Emails = true, nil }),
		with("robot", func(e *importer.Entry) {
			e.Service, e.PasswordHash = true, "$2a$04$"+secret.Text(strings.Repeat("a", 53))
		}),
		with("rested", func(e *importer.Entry) { e.Deactivated, e.State = true, model.Active }), // line 25
		entry("last"),
	}
	tally, g := h.load(importer.Import{Name: "people"}, lineSeq(entries...))
	want := []string{
		"3 email taken", "3 username taken", "4 email malformed", "4 username malformed", "5 email malformed",
		"6 email taken", "6 username taken", "7 email taken", "8 user blank", "9 key weak", "10 key taken", "12 key taken",
		"13 key taken", "14 key too_many", "15 organization unknown", "16 role unknown", "17 organization taken",
		"18 extern_uid taken", "19 state unknown", "20 password_hash malformed", "21 name malformed", "22 website_url malformed",
		"23 user blank", "23 username blank", "24 password_hash closed", "25 deactivated mismatch",
	}
	if diff := cmp.Diff(want, g.words()); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if tally.Accepted != 3 || tally.Refused != int64(len(entries))-3 || tally.Line != 26 {
		t.Errorf("got %+v", tally)
	}
	for _, name := range []string{"good", "keeper", "last"} {
		must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), name) })
	}
}

func TestMalformedLineIsRejectedAlone(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	unreadable := &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{{Name: "line", Code: fault.TooLong, Limit: 9}}}
	lines := func(yield func(importer.Line, error) bool) {
		_ = yield(importer.Line{Number: 2, Err: unreadable}, nil) && yield(importer.Line{Number: 4, Entry: entry("ada")}, nil) &&
			yield(importer.Line{Number: 7, Err: errors.New("no words")}, nil)
	}
	tally, g := h.load(importer.Import{Name: "people"}, lines)
	if want := []string{"2 line too_long", "7 line malformed"}; !slices.Equal(g.words(), want) || tally.Accepted != 1 || tally.Line != 7 {
		t.Errorf("got %v and %+v", g.words(), tally)
	}
}

func TestImportRequiresAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	root := h.AddUser("root", admin)
	for who, c := range map[string]struct {
		actor model.Actor
		kind  fault.Kind
	}{
		"nobody":                     {caller(model.Native), fault.Unauthenticated},
		"a member":                   {h.Actor(h.AddUser("ada")), fault.Forbidden},
		"an Admin of home":           {h.Actor(h.AddUser("chief", in(0, model.RoleAdmin))), fault.Forbidden},
		"an administrator who reads": {h.Actor(root, model.ScopeReadAPI), fault.Forbidden},
	} {
		for _, dry := range []bool{true, false} {
			_, err := h.Import(t.Context(), c.actor, importer.Import{Name: "x", DryRun: dry}, lineSeq(entry("eve")), ignore)
			if fault.KindOf(err) != c.kind {
				t.Errorf("%s (dry run %v): got %v, want %v", who, dry, err, c.kind)
			}
		}
		_, err := h.Export(t.Context(), c.actor, importer.Export{}, func(importer.Entry) error { return nil })
		if fault.KindOf(err) != c.kind {
			t.Errorf("export by %s: got %v, want %v", who, err, c.kind)
		}
	}
	_, err := h.Export(t.Context(), h.Actor(root), importer.Export{PasswordHashes: true}, func(importer.Entry) error { return nil })
	wantKind(t, err, fault.Forbidden)
}

func TestCredentialWithoutFullScopeImportsNoAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	actor := h.Actor(h.AddUser("root", admin), model.ScopeAPI)
	e := entry("eve")
	e.Admin = true
	var g importReports
	_, err := h.Import(t.Context(), actor, importer.Import{Name: "x"}, lineSeq(e, entry("odo")), g.tell)
	h.Must(err)
	if want := []string{"2 admin small_scope"}; !slices.Equal(g.words(), want) {
		t.Fatalf("got %v, want %v", g.words(), want)
	}
	if text := g.refused[0].Faults[0].String(); !strings.Contains(text, "a token with the scopes api and sudo") {
		t.Errorf("%q does not name the scope", text)
	}
}

func TestImportFindsOrganizationsInAnyCase(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	acme := h.AddOrganization("Acme")
	for i, c := range []struct {
		organization string
		want         model.OrgID // 0 if it is rejected
	}{
		{"", h.Home.ID}, {"home", h.Home.ID}, {"Home", h.Home.ID}, {"HOME", h.Home.ID}, {" home ", h.Home.ID}, {"ACME", acme.ID},
		{" ", 0}, {"\u200b", 0}, {"acm", 0}, {"a cme", 0},
	} {
		e := entry(fmt.Sprintf("person%d", i))
		e.Memberships = []importer.EntryMembership{{Organization: c.organization}}
		_, g := h.load(importer.Import{Name: e.Username}, lineSeq(e))
		if c.want == 0 {
			if len(g.refused) != 1 || g.refused[0].Faults[0].String() != "organization is not known here: the organizations are home, acme" {
				t.Errorf("%q: got %+v", c.organization, g.refused)
			}
			continue
		}
		if len(g.refused) > 0 {
			t.Errorf("%q: refused %+v", c.organization, g.refused)
			continue
		}
		u := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), operator(), e.Username) })
		joined := must(t, func() ([]model.Membership, error) { return h.MembershipsOf(t.Context(), operator(), u.ID) })
		if len(joined) != 1 || joined[0].Organization.ID != c.want {
			t.Errorf("%q: joined %+v", c.organization, joined)
		}
	}
	twice := entry("twice")
	twice.Memberships = []importer.EntryMembership{{Organization: "acme"}, {Organization: "Acme"}}
	if _, g := h.load(importer.Import{Name: "twice"}, lineSeq(twice)); !slices.Equal(g.words(), []string{"2 organization taken"}) {
		t.Errorf("one organization twice: got %v", g.words())
	}
}

func TestRefusalNamesAtMostTwentyOrganizations(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for i := range 30 {
		h.AddOrganization(fmt.Sprintf("Org %d", i))
	}
	e := entry("lost")
	e.Memberships = []importer.EntryMembership{{Organization: "nowhere"}}
	_, g := h.load(importer.Import{Name: "x"}, lineSeq(e))
	if text := g.refused[0].Faults[0].String(); strings.Count(text, "org-") != 19 || !strings.HasSuffix(text, ", …") {
		t.Errorf("got %q", text)
	}
}

func TestImportEndsWhenItsAdministratorIsBlocked(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("other", admin)
	root := h.AddUser("root", admin)
	actor := h.Actor(root)
	tally, err := h.Import(t.Context(), actor, importer.Import{Name: "x"}, lineSeq(manyEntries(5000)...), func(s importer.Step) error {
		return none(h.BlockUser(t.Context(), operator(), root.ID))
	})
	wantKind(t, err, fault.Unauthenticated)
	if got := h.total(); int64(got) != tally.Accepted+2 || tally.Accepted >= 5000 {
		t.Errorf("%d people, and the tally is %+v", got, tally)
	}
}

// As for CreateUser: an invitation that was not accepted does not reserve the address.
func TestImportTakesTheAddressOfAnOpenInvitation(t *testing.T) {
	t.Parallel()
	for _, dry := range []bool{true, false} {
		h := newFixture(t)
		must(t, func() (invitation.Sent, error) {
			return h.Invite(t.Context(), operator(), invitation.NewInvitation{
				Org: h.Home.ID, Email: address("ada"), GivenName: "Ada", FamilyName: "King", MakeUser: true,
			})
		})
		tally, g := h.load(importer.Import{Name: "x", DryRun: dry}, lineSeq(entry("ada"), entry("ada")))
		if tally.Accepted != 1 || tally.Refused != 1 {
			t.Errorf("dry run %v: got %+v and %v", dry, tally, g.words())
		}
		if h.total() != 1 {
			t.Errorf("dry run %v: %d people", dry, h.total())
		}
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	before := len(h.AllEvents())
	tally, _ := h.load(importer.Import{Name: "x", DryRun: true}, lineSeq(append(manyEntries(1100), entry("person1"))...))
	if tally.Accepted != 1100 || tally.Refused != 1 || h.total() != 0 || len(h.AllEvents()) != before {
		t.Errorf("got %+v, %d people, %d events more", tally, h.total(), len(h.AllEvents())-before)
	}
	if tally, _ = h.load(importer.Import{Name: "x"}, lineSeq(entry("odo"))); tally.Resumed || tally.Accepted != 1 {
		t.Errorf("the dry run left a position: %+v", tally)
	}
}

func TestExportCanBeImportedUnchanged(t *testing.T) {
	t.Parallel()
	h, other := newFixture(t), newFixture(t)
	for _, one := range []*fixture{h, other} {
		acme := one.AddOrganization("Acme")
		must(t, func() (model.Role, error) {
			return one.CreateRole(t.Context(), operator(), role.NewRole{Org: acme.ID, Name: "Guests"})
		})
	}
	e := entry("grace")
	e.Emails = append(e.Emails, importer.EntryEmail{Address: "grace@example.com"})
	e.State, e.Bio = model.Blocked, "two\nlines"
	e.Identities = []model.Identity{{Provider: "ldap", ExternalUID: "cn=grace"}}
	e.Memberships = []importer.EntryMembership{{Organization: "home", Role: "Pending"}, {Organization: "acme", Role: "Guests"}}
	e.Keys = []model.NewKey{{Key: sshLine(t), Title: "laptop", Usage: model.AuthOnly, ExpiresAt: h.Clock.Now()}}
	robot, rested := entry("robot"), entry("rested")
	robot.Service, rested.Deactivated = true, true
	h.load(importer.Import{Name: "x"}, lineSeq(append(manyEntries(598), robot, rested, e)...))
	h.AddUser("root", admin)
	h.addInvited()
	for _, hashes := range []bool{false, true} {
		first := h.export(hashes)
		if len(first) != 602 {
			t.Fatalf("%d users were reported", len(first))
		}
		if !hashes {
			_, g := other.load(importer.Import{Name: "x"}, lineSeq(first...))
			if diff := cmp.Diff(first, other.export(false), cmpopts.EquateEmpty()); diff != "" || len(g.refused) > 0 {
				t.Errorf("refused %v; (-exported +exported again):\n%s", g.words(), diff)
			}
		}
		if !first[598].Service || !first[599].Deactivated || first[599].State != model.Blocked {
			t.Errorf("a service account and a deactivated user were exported as %+v and %+v", first[598], first[599])
		}
		if last := first[601]; last.Username != "root" || (last.PasswordHash != "") != hashes {
			t.Errorf("hashes %v: got %q of %s", hashes, last.PasswordHash.Reveal(), last.Username)
		}
	}
}

// addInvited creates an invited user.
func (h *fixture) addInvited() {
	h.T.Helper()
	must(h.T, func() (invitation.Sent, error) {
		return h.Invite(h.T.Context(), operator(), invitation.NewInvitation{
			Org: h.Home.ID, Email: address("invited"), GivenName: "In", FamilyName: "Vited", MakeUser: true,
		})
	})
}
