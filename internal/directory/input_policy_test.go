package directory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

func TestFullNameIsSplitUnlessThePartsMatch(t *testing.T) {
	t.Parallel()
	split := model.Names{}.WithParts("Anna Lena", "Berg")
	for _, c := range []struct {
		before model.Names
		name   string
		want   model.Names
	}{
		{model.Names{}, "Ada Lovelace", model.Names{Name: "Ada Lovelace", GivenName: "Ada", FamilyName: "Lovelace"}},
		{model.Names{}, "  Ada King Lovelace ", model.Names{Name: "Ada King Lovelace", GivenName: "Ada", FamilyName: "King Lovelace"}},
		{model.Names{}, "Ada", model.Names{Name: "Ada", GivenName: "Ada"}},
		{split, "Anna Lena Berg", split},
		{split, "Anna Lena Burg", model.Names{Name: "Anna Lena Burg", GivenName: "Anna", FamilyName: "Lena Burg"}},
		{split, "", model.Names{}},
	} {
		if diff := cmp.Diff(c.want, c.before.WithName(c.name)); diff != "" {
			t.Errorf("WithName(%q): -want +got\n%s", c.name, diff)
		}
	}
}

func TestPartsMakeTheFullName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, family, want string }{
		{"Ada", "Lovelace", "Ada Lovelace"}, {" Ada ", " ", "Ada"}, {"", "Lovelace", "Lovelace"}, {"", "", ""},
	} {
		if got := (model.Names{Name: "before"}).WithParts(c.given, c.family).Name; got != c.want {
			t.Errorf("WithParts(%q, %q) spells %q, want %q", c.given, c.family, got, c.want)
		}
	}
}

func TestNamesStayConsistentHoweverTheyAreSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[A-Za-zÄé' -]{0,12}`)
		n := model.Names{}.WithParts(word.Draw(t, "given"), word.Draw(t, "family"))
		if again := n.WithName(n.Name); again != n {
			t.Fatalf("setting the name that is there changes %+v to %+v", n, again)
		}
		n = n.WithName(word.Draw(t, "name"))
		if again := n.WithName(n.Name); again != n {
			t.Fatalf("setting the name twice changes %+v to %+v", n, again)
		}
	})
}

// Some words are reserved for administrators; GitLab reserves more for its pages.
func TestUsernamesFollowTheRuleOfTheAPI(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for _, c := range []struct {
		api      model.API
		username string
		want     fault.Code
	}{
		{model.Wekan, "admin", fault.Reserved},
		{model.Wekan, "admina", ""},
		{model.GitLab, "admin", fault.Reserved},
		{model.GitLab, "DashBoard", fault.Reserved},
		{model.GitLab, "ada.l-1_x", ""},
		{model.GitLab, ".ada", ""},
		{model.GitLab, "..ada", fault.Malformed},
		{model.GitLab, "-ada", fault.Malformed},
		{model.GitLab, "ada.git", fault.Malformed},
		{model.GitLab, "adä", fault.Malformed},
		{model.Wekan, "adä", ""},
		{model.Codebase, "bert", ""},
		{model.Wekan, "a/b", fault.Malformed},
		{model.Wekan, "a:b", fault.Malformed},
		{model.Wekan, "a@b", fault.Malformed},
		{model.Wekan, "..", fault.Malformed},
		{model.Wekan, "a b", fault.Malformed},
		{model.Wekan, "a\u00a0b", fault.Malformed},
		{model.Wekan, "a\u2028b", fault.Malformed},
		{model.Wekan, "a\u202eb", fault.Malformed},
		{model.Wekan, "a\x00b", fault.Malformed},
		{model.Wekan, "a\xffb", fault.Malformed},
		{model.Wekan, strings.Repeat("n", 256), fault.TooLong},
		{model.Wekan, " ", fault.Blank},
	} {
		err := register(h, c.api, registration.Input{Username: c.username, Password: "long enough 1"})
		wantFaultOrNone(t, string(c.api)+" "+c.username, err, "username", c.want)
	}
}

// wantFaultOrNone fails unless err is nil for want "", or has this fault.
func wantFaultOrNone(t *testing.T, what string, err error, field string, want fault.Code) {
	t.Helper()
	if want == "" && err != nil {
		t.Errorf("%q was rejected: %v", what, err)
	}
	if want != "" && !fault.Has(err, field, want) {
		t.Errorf("%q: got %v, want %s %s", what, err, field, want)
	}
}

func TestPasswordsFollowTheRuleOfTheAPI(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for i, c := range []struct {
		api      model.API
		password string
		want     fault.Code
	}{
		{model.Wekan, "x", ""},
		{model.Wekan, "", fault.Blank},
		{model.PM415, "abc", fault.TooShort},
		{model.PM415, "abcd", ""},
		{model.GitLab, "seven77", fault.TooShort},
		{model.GitLab, "eight888", ""},
		{model.GitLab, strings.Repeat("p", 129), fault.TooLong},
		{model.Codebase, "seven77", fault.TooShort},
		{model.Console, "seven77", fault.TooShort},
		{model.Console, "äöüäöüßä", ""},
		{model.Console, strings.Repeat("long", 255) + "more", ""},
		{model.Console, strings.Repeat("p", 1025), fault.TooLong},
	} {
		r := registration.Input{Username: "user" + strings.Repeat("x", i), Email: address("user" + strings.Repeat("x", i)), Password: secret.Text(c.password)}
		wantFaultOrNone(t, string(c.api)+" "+c.password, register(h, c.api, r), "password", c.want)
	}
}

func TestMinimumPasswordLengthAppliesToEveryAPI(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.PasswordMinimum = 12 })
	err := register(h, model.Wekan, registration.Input{Username: "ada", Password: "eleven 1111"})
	wantFault(t, err, "password", fault.TooShort)
}

func TestOnlyBareAddressesAreAccepted(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"ada@example.org":                  true,
		"Ada+list@example.org":             true,
		"ada@localhost":                    true,
		"ada@exämple.org":                  true,
		"":                                 false,
		"ada":                              false,
		"Ada <ada@example.org>":            false,
		"ada@example.org, eve@example.org": false,
		"ada@example.org\r\nBcc: eve@example.org": false,
		"ada@example.org (comment)":               false,
		"<ada@example.org>":                       false,
		" ada@example.org":                        false,
		"ada@example.org\u2028":                   false,
		"\"ada eve\"@example.org":                 false,
		strings.Repeat("a", 64) + "@" + strings.Repeat("b", 190) + ".org": false,
	} {
		if got := emailaddress.Valid(address); got != want {
			t.Errorf("ValidAddress(%q) = %v, want %v", address, got, want)
		}
	}
}

func TestSlugIsValidInPathsAndCredentials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Acme": "acme", "Acme & Sons, Ltd.": "acme-sons-ltd", "  Zürich  ": "z-rich", "***": "", "Straße 7": "strasse-7",
	} {
		if got := model.Slug(name); got != want {
			t.Errorf("Slug(%q) = %q, want %q", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		slug := model.Slug(rapid.String().Draw(t, "name"))
		if len(slug) > 63 || strings.Trim(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(slug, "-") != slug {
			t.Fatalf("slug %q", slug)
		}
	})
	if got := model.Slug(strings.Repeat("a", 62) + " b"); got != strings.Repeat("a", 62) {
		t.Errorf("a slug that is cut ends in %q", got[60:])
	}
}

func TestProfileLinksMustBeWebAddresses(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	u := h.AddUser("ada")
	for url, want := range map[string]fault.Code{
		"https://example.org/~ada": "", "example.org:8080": "", "": "",
		"javascript:alert(1)": fault.Malformed, " JavaScript:alert(1)": fault.Malformed,
		"data:text/html,x": fault.Malformed, "vbscript:x": fault.Malformed, "java\tscript:x": fault.Malformed,
	} {
		_, err := h.ChangeUser(t.Context(), operator(), u.ID, directory.UserChange{WebsiteURL: ref(url)})
		wantFaultOrNone(t, url, err, "website_url", want)
	}
}

func TestAllErrorsAreReturnedInOrder(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	n := directory.NewUser{Username: "a/b", Email: "nobody", Password: "x"}
	n.ProjectsLimit, n.ThemeID, n.ColorSchemeID = -1, -1, -1
	for range 20 {
		_, err := h.CreateUser(t.Context(), operator(), n)
		e, ok := err.(*fault.Error)
		if !ok {
			t.Fatalf("got %v", err)
		}
		var fields []string
		for _, f := range e.Fields {
			fields = append(fields, f.Name)
		}
		want := []string{"email", "username", "password", "projects_limit", "theme_id", "color_scheme_id"}
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	}
}

func TestNamesAndAddressesAreUniqueWithoutRegardToCase(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("Ada")
	_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "aDA", Email: "ADA@example.org"})
	wantKind(t, err, fault.Conflict)
	wantFault(t, err, "username", fault.Taken)
	_, err = h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "eve", Email: "ADA@EXAMPLE.org"})
	wantFault(t, err, "email", fault.Taken)
}

func TestExternalAccountBelongsToOneUser(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	id := model.Identity{Provider: "ldap", ExternalUID: "cn=ada"}
	ada := h.AddUser("ada", func(n *directory.NewUser) { n.Identity = id })
	eve := h.AddUser("eve")
	_, err := h.ChangeUser(t.Context(), operator(), eve.ID, directory.UserChange{Identity: &id})
	wantFault(t, err, "extern_uid", fault.Taken)
	other := model.Identity{Provider: "saml", ExternalUID: "cn=ada"}
	if _, err := h.ChangeUser(t.Context(), operator(), eve.ID, directory.UserChange{Identity: &other}); err != nil {
		t.Errorf("the same uid at another provider: %v", err)
	}
	moved, err := h.ChangeUser(t.Context(), operator(), ada.ID, directory.UserChange{Identity: &model.Identity{Provider: "ldap", ExternalUID: "cn=ada2"}})
	h.Must(err)
	if len(moved.Identities) != 1 || moved.Identities[0].ExternalUID != "cn=ada2" {
		t.Errorf("a second uid at one provider leaves %v", moved.Identities)
	}
}
