package naming_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"roster.example/roster/internal/access"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/unitext"
)

func newReservingFixture(t *testing.T) *fixture {
	return newFixture(t, func(o *directory.Options) { o.ReserveNames = time.Hour })
}

func TestFormerUsernamesStayReservedOnEveryPath(t *testing.T) {
	t.Parallel()
	h := newReservingFixture(t)
	h.AddUser("boss", admin)
	renamed, deleted, erased := h.AddUser("Renamed"), h.AddUser("deleted"), h.AddUser("erased")
	h.Must(h.change(operator(), renamed.ID, directory.UserChange{Username: ref("renamed2")}))
	_, err := h.DeleteUser(t.Context(), operator(), deleted.ID)
	h.Must(err)
	h.Must(h.EraseUser(t.Context(), operator(), erased.ID))
	other := h.AddUser("other")
	for _, name := range []string{"renamed", "RENAMED", "deleted", "Deleted", "erased"} {
		wantFault(t, register(h, model.Wekan, registration.Input{Username: name, Password: "long enough 1"}), "username", fault.Taken)
		wantFault(t, register(h, model.Native, registration.Input{Username: name, Email: address("new"), Password: "long enough 1x"}), "username", fault.Taken)
		_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: name})
		wantFault(t, err, "username", fault.Taken)
		wantFault(t, h.change(operator(), other.ID, directory.UserChange{Username: ref(name)}), "username", fault.Taken)
		_, err = h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: name, Email: address("new"), Password: password("new")})
		wantFault(t, err, "username", fault.Taken)
		refusals := h.importRefusals(importer.Entry{Username: name})
		if len(refusals) != 1 || refusals[0].Faults[0] != (fault.Field{Name: "username", Code: fault.Taken}) {
			t.Errorf("import of %s: %v", name, refusals)
		}
	}
	h.Must(h.change(operator(), renamed.ID, directory.UserChange{Username: ref("Renamed")}))
	wantFault(t, h.change(operator(), other.ID, directory.UserChange{Username: ref("renamed2")}), "username", fault.Taken)
	h.Must(h.ReleaseName(t.Context(), operator(), model.UsernameKind, "DELETED"))
	h.AddUser("deleted")
	wantKind(t, h.ReleaseName(t.Context(), operator(), model.UsernameKind, "deleted"), fault.NotFound)
	h.Clock.Advance(time.Hour)
	h.AddUser("erased")
}

func TestDerivedUsernamesAreNeitherFormerNorReserved(t *testing.T) {
	t.Parallel()
	h := newReservingFixture(t)
	h.AddUser("boss", admin)
	_, err := h.DeleteUser(t.Context(), operator(), h.AddUser("grace").ID)
	h.Must(err)
	for _, c := range []struct{ address, want string }{
		{"grace@example.net", "grace2"}, {"admin@example.net", "admin2"}, {"329@example.net", "user329"}, {"r00t@example.net", "r00t2"},
	} {
		u, err := h.Register(t.Context(), caller(model.PM415), registration.Input{Email: c.address, Password: "long enough 1", Organization: "Of " + c.want})
		if err != nil || u.Username != c.want {
			t.Errorf("%s: %q and %v, want %q", c.address, u.Username, err, c.want)
		}
	}
}

func TestFormerOrganizationNamesStayReserved(t *testing.T) {
	t.Parallel()
	h := newReservingFixture(t)
	ada := h.Actor(h.AddUser("ada"))
	staff, crew := h.AddOrganization("Staff"), h.AddOrganization("Crew")
	h.Must(h.DeleteOrganization(t.Context(), operator(), staff.ID))
	_, err := h.RenameOrganization(t.Context(), operator(), crew.ID, "Team")
	h.Must(err)
	for _, name := range []string{"Staff", "STAFF", "crew"} {
		_, err := h.CreateOrganization(t.Context(), ada, name)
		wantFault(t, err, "organization", fault.Taken)
		_, err = h.RenameOrganization(t.Context(), operator(), h.Home.ID, name)
		wantFault(t, err, "organization", fault.Taken)
	}
	// Another name with the same short name gets another short name.
	near, err := h.CreateOrganization(t.Context(), ada, "Staff!")
	h.Must(err)
	if near.Slug == staff.Slug {
		t.Errorf("the slug %s was given again", near.Slug)
	}
	back, err := h.RenameOrganization(t.Context(), operator(), crew.ID, "Crew")
	h.Must(err)
	if back.Slug != crew.Slug {
		t.Errorf("the slug is %s, was %s", back.Slug, crew.Slug)
	}
	h.Must(h.ReleaseName(t.Context(), operator(), model.OrganizationKind, "staff"))
	h.Must(h.ReleaseName(t.Context(), operator(), model.SlugKind, "staff"))
	if again := h.AddOrganization("Staff"); again.Slug != "staff" {
		t.Errorf("after the release the slug is %s", again.Slug)
	}
}

func TestNamesAreNotReservedWithoutTheSetting(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	_, err := h.DeleteUser(t.Context(), operator(), h.AddUser("grace").ID)
	h.Must(err)
	h.AddUser("grace")
	h.Must(h.DeleteOrganization(t.Context(), operator(), h.AddOrganization("Staff").ID))
	h.AddOrganization("Staff")
}

func TestUsersCannotTakeReservedWords(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.ReservedWords = []string{"acme"} })
	for _, name := range []string{
		"admin", "Admin", "ADMIN", "adm1n", "ádmin", "ad-min", "_admin_", "admin.", "administrator", "root", "r00t", "rооt", "system", "support",
		"security", "postmaster", "nobody", "api", "me", "users", "gitlab", "Acme", "acm3",
		"329", "007", "3-2-9", "٣٢٩", "³²",
	} {
		err := register(h, model.Wekan, registration.Input{Username: name, Password: "long enough 1"})
		if !fault.Has(err, "username", fault.Reserved) && !fault.Has(err, "username", fault.Malformed) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"admina", "roots", "grace", "u329", "mepi", "marooto"} {
		h.Must(register(h, model.Wekan, registration.Input{Username: name, Password: "long enough 1"}))
	}
	for _, name := range []string{"admin", "329", "acme"} { // administrators may use them
		_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: name})
		h.Must(err)
	}
}

func TestUIDOfAUserIsRejectedAsUsername(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	grace := h.AddUser("grace")
	wantFault(t, register(h, model.Wekan, registration.Input{Username: grace.UID, Password: "long enough 1"}), "username", fault.Taken)
	_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: grace.UID})
	wantFault(t, err, "username", fault.Taken)
	wantFault(t, h.change(operator(), h.AddUser("eve").ID, directory.UserChange{Username: ref(grace.UID)}), "username", fault.Taken)
	if refusals := h.importRefusals(importer.Entry{Username: grace.UID}); len(refusals) != 1 {
		t.Errorf("import: %v", refusals)
	}
}

func TestSignedUpUsersCannotCreateOrganizations(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.SignUpOrganizations = false })
	boss := h.AddUser("boss", admin)
	for _, api := range []model.API{model.PM415, model.Native} {
		err := register(h, api, registration.Input{Email: address("new"), Password: "long enough 1x", Organization: "Staff"})
		wantKind(t, err, fault.Forbidden)
		wantFault(t, err, "organization", fault.Closed)
	}
	pending := h.AddUser("pending", in(h.Home.ID, model.RolePending))
	_, err := h.CreateOrganization(t.Context(), h.Actor(pending), "Staff")
	wantKind(t, err, fault.Forbidden)
	rule, err := h.CheckPermission(t.Context(), h.Actor(pending), access.Query{Permission: model.OrganizationsCreate})
	if err != nil || rule.Allowed {
		t.Errorf("Can says %v, %v", rule, err)
	}
	for i, u := range []model.User{boss, h.AddUser("member")} {
		_, err := h.CreateOrganization(t.Context(), h.Actor(u), strings.Repeat("Org", i+1))
		h.Must(err)
	}
}

func TestAmbiguousTextIsRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	boss := h.AddUser("boss", admin)
	grace := h.AddUser("grace")
	digits := h.AddUser("2", func(n *directory.NewUser) { n.Password = "" })
	if grace.ID != 2 {
		t.Fatalf("grace has the id %d", grace.ID)
	}
	for _, c := range []struct {
		text string
		want model.UserID // 0 is none, -1 ambiguous
	}{
		{"2", -1}, {"id:2", grace.ID}, {"username:2", digits.ID}, {"grace", grace.ID}, {"GRACE", grace.ID}, {"1", boss.ID},
		{grace.UID, grace.ID}, {"uid:" + grace.UID, grace.ID}, {address("grace"), grace.ID}, {"email:" + address("grace"), grace.ID},
		{"+2", 0}, {"02", 0}, {" 2", 0}, {"id:02", 0}, {"id:grace", 0}, {"uid:2", 0}, {"email:2", 0}, {"", 0}, {":", 0}, {"id:", 0}, {"name:grace", 0},
	} {
		u, err := h.UserNamed(t.Context(), operator(), c.text)
		switch {
		case c.want == -1:
			wantFault(t, err, "user", fault.Ambiguous)
			if !strings.Contains(err.Error(), "id:2") || !strings.Contains(err.Error(), "username:2") {
				t.Errorf("%v does not name both", err)
			}
		case c.want == 0:
			wantKind(t, err, fault.NotFound)
		case err != nil || u.ID != c.want:
			t.Errorf("%q: user %d and %v, want %d", c.text, u.ID, err, c.want)
		}
	}
	native, err := h.Authenticate(t.Context(), caller(model.Native), directory.Credential{Secret: h.AddToken(boss)})
	h.Must(err)
	_, err = h.ActAs(t.Context(), native, "2")
	wantFault(t, err, "user", fault.Ambiguous)
	_, err = h.ManagedUser(t.Context(), native, grace.UID)
	h.Must(err)
	gitlab, err := h.Authenticate(t.Context(), caller(model.GitLab), directory.Credential{Secret: h.AddToken(boss)})
	h.Must(err)
	as, err := h.ActAs(t.Context(), gitlab, "2")
	h.Must(err)
	if self := must(t, func() (model.User, error) { return h.Me(t.Context(), as) }); self.ID != grace.ID {
		t.Errorf("sudo=2 acts as %d, want the user with this id", self.ID)
	}
}

// swapCase returns text with upper and lower case exchanged.
func swapCase(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLower(r) {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, text)
}

func TestUIDInAnotherCaseIsNotAmbiguous(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	boss, grace := h.AddUser("boss", admin), h.AddUser("grace")
	exact := func(uid string) error {
		return register(h, model.Wekan, registration.Input{Username: uid, Email: address("exact"), Password: "long enough 1x"})
	}
	wantFault(t, exact(grace.UID), "username", fault.Taken)
	squatter := swapCase(grace.UID)
	h.Must(register(h, model.Wekan, registration.Input{Username: squatter, Email: address("squatter"), Password: "long enough 1x"}))
	other := must(t, func() (model.User, error) { return h.UserByUsername(t.Context(), h.Actor(boss), squatter) })
	for text, want := range map[string]model.UserID{
		grace.UID: grace.ID, "uid:" + grace.UID: grace.ID, "username:" + grace.UID: other.ID,
		squatter: other.ID, "username:" + squatter: other.ID, strings.ToLower(squatter): other.ID, strings.ToUpper(squatter): other.ID,
		other.UID: other.ID,
	} {
		if u, err := h.UserNamed(t.Context(), operator(), text); err != nil || u.ID != want {
			t.Errorf("UserNamed(%q): user %d and %v, want %d", text, u.ID, err, want)
		}
		if u, err := h.ManagedUser(t.Context(), h.Actor(boss), text); err != nil || u.ID != want {
			t.Errorf("ManagedUser(%q): user %d and %v, want %d", text, u.ID, err, want)
		}
	}
}

func FuzzSkeletonOfReservedWords(f *testing.F) {
	h := newFixture(f)
	for _, seed := range []string{"admin", "rооt", "٣٢٩", "a\u0301dmin", "\xff", "ﬁ", "١", "ß", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		_, err := h.Register(t.Context(), caller(model.Wekan), registration.Input{Username: name})
		if err == nil {
			t.Fatal("a registration without a password succeeded")
		}
		upper := fault.Has(err, "username", fault.Reserved)
		_, err = h.Register(t.Context(), caller(model.Wekan), registration.Input{Username: unitext.Fold(name)})
		if lower := fault.Has(err, "username", fault.Reserved); upper && !lower && !fault.Has(err, "username", fault.Malformed) {
			t.Errorf("%q is reserved, folded it is not", name)
		}
	})
}
