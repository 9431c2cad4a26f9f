package directory_test

import (
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secret"
)

// joined returns names that need invisible characters.
var joined = []string{
	"علی\u200cرضا", "ප්\u200dරියන්ත", "क्\u200d", "Alex 👩\u200d💻", "👩🏽\u200d💻", "🏳\ufe0f\u200d🌈", "❤\ufe0f\u200d🔥",
	"\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", "Sun ☀\ufe0f", "1\ufe0f\u20e3 Ada", "葛\U000E0100城", "Auf\u200clage",
}

// hidden returns names with misleading characters, or without visible ones.
var hidden = []string{
	"\u200cada", "ada\u200d", "ada \u200d b", "a\u200d\u200db", "ada\u202e", "\u2066ada\u2069", "ada\u200b", "a\u00adb", "ada\ufeff", "a\u2060b",
	"\U000E0067ada", "ada\U000E0061\U000E007F", "\U0001F3F4\U000E0067", "\U0001F3F4\U000E007F", "\U0001F3F4" + strings.Repeat("\U000E0061", 9) + "\U000E007F",
	"\u3164", "\u2800\u2800", "\ufe0f", "\u115f \u1160", "\u0301", "a\x00b", "a\xffb", "\u061c\u200f",
	"ada\u034f", "a\u034fda", "ada\u3164lovelace", "ada\u115f", "a\u1160da", "ada\uffa0", "ada\ufe0f", "a\U000E0100da", "ada\u180b", "ada\u17b4",
}

func TestJoinersAreAcceptedInContext(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	changes := func(text string) map[string]directory.UserChange {
		return map[string]directory.UserChange{
			"name": {Name: ref(text)}, "given_name": {GivenName: ref(text)}, "family_name": {FamilyName: ref(text)}, "bio": {Bio: ref("I am\n" + text)},
			"company": {Company: ref(text)},
		}
	}
	for _, text := range joined {
		for field, change := range changes(text) {
			wantFaultOrNone(t, text, h.change(operator(), ada.ID, change), field, "")
		}
		if refusals := h.importRefusals(importer.Entry{Username: "imported", Names: model.Names{Name: text}}); len(refusals) != 0 {
			t.Errorf("import of %+q: %v", text, refusals)
		}
		wantFault(t, register(h, model.Wekan, registration.Input{Username: text, Password: "long enough 1"}), "username", fault.Malformed)
	}
	for _, text := range hidden {
		for field, change := range changes(text) {
			if field == "bio" && (text == "\u2800\u2800" || text == "\u0301") {
				continue // beside other text it does not mislead
			}
			if err := h.change(operator(), ada.ID, change); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s %+q: %v", field, text, err)
			}
		}
		if refusals := h.importRefusals(importer.Entry{Username: "imported", Names: model.Names{Name: text}}); len(refusals) != 1 {
			t.Errorf("import of %+q: %v", text, refusals)
		}
	}
}

func TestOrganizationNamesHaveNoInvisibleDuplicates(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for _, name := range []string{"St\u200caff", "Staff\ufe0f", "Сл\u200dужба", "Staff 1\u200d2", "\u3164"} {
		_, err := h.CreateOrganization(t.Context(), operator(), name)
		wantKind(t, err, fault.Invalid)
	}
	for _, name := range []string{"علی\u200cرضا", "Team 👩\u200d💻"} {
		_, err := h.CreateOrganization(t.Context(), operator(), name)
		h.Must(err)
	}
}

func TestInvalidMailboxesAreRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	long := strings.Repeat("a", 63)
	good := []string{
		"x@example.org", "x+y@example.org", "x@localhost", "x@bücher.example", "x@xn--bcher-kva.example", "x@" + long + ".example",
		strings.Repeat("l", 64) + "@example.org", "józef@example.org", "x@a--b.example", "o'hara@example.org", "x@例え.テスト",
	}
	bad := []string{
		"ro\u00a0ot@example.com", "root\u3000@example.com", "\u3164root@example.com", "ro\u2800ot@example.com", "ro\u200bot@example.com",
		"ro\u200cot@example.com", "ro\u00adot@example.com", "ro\ufe0fot@example.com", "root@exam\u3164ple.com", "root@exam\u2060ple.com", "ro\u2028ot@example.com",
		"x@-example.com", "x@example-.com", "x@example.-com", "x@" + long + "a.example", strings.Repeat("l", 65) + "@example.org",
		"x..y@example.org", ".x@example.org", "x.@example.org", "x@example..org", "x@.example.org", "x@example.org.", "x@exa_mple.org",
		"x@[127.0.0.1]", "x@" + strings.Repeat(long+".", 4) + "example", "x\uff20y@example.org", "x y@example.org", "\"x y\"@example.org",
		"x@xn--\u00fc.example", "x@example.org,y@example.org", "<x@example.org>", "x@", "@example.org", "x\x00@example.org", "x\r\n@example.org", "x@ex\uff0f.org",
	}
	for _, a := range good {
		if !emailaddress.Valid(a) {
			t.Errorf("%+q is rejected", a)
		}
	}
	for _, a := range bad {
		if emailaddress.Valid(a) {
			t.Errorf("%+q is taken", a)
		}
		_, err := h.AddEmail(t.Context(), operator(), ada.ID, a)
		wantKind(t, err, fault.Invalid)
		wantKind(t, register(h, model.Native, registration.Input{Email: a, Password: "long enough 1x"}), fault.Invalid)
		_, err = h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "new", Email: a})
		wantKind(t, err, fault.Invalid)
		if refusals := h.importRefusals(importer.Entry{Username: "new", Emails: []importer.EntryEmail{{Address: address("new")}, {Address: a}}}); len(refusals) != 1 {
			t.Errorf("import of %+q: %v", a, refusals)
		}
		_, err = h.CreateAdministrator(t.Context(), operator(), directory.Administrator{Username: "boss", Email: a, Password: password("boss")})
		wantKind(t, err, fault.Invalid)
		_, err = h.Invite(t.Context(), operator(), invitation.NewInvitation{Org: h.Home.ID, Email: a})
		wantKind(t, err, fault.Invalid)
	}
}

func TestPasswordsAreComparedInComposedForm(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("composed", func(n *directory.NewUser) { n.Password = "m\u00e4rchen wald 7" })
	h.AddUser("apart", func(n *directory.NewUser) { n.Password = "ma\u0308rchen\u00a0wald 7" })
	for _, name := range []string{"composed", "apart"} {
		for _, typed := range []string{"m\u00e4rchen wald 7", "ma\u0308rchen wald 7", "ma\u0308rchen\u3000wald 7"} {
			if _, err := h.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: name, Password: secret.Text(typed)}, model.WekanLogin); err != nil {
				t.Errorf("%s, %+q: %v", name, typed, err)
			}
		}
	}
	_, err := h.LogIn(t.Context(), caller(model.Wekan), login.Attempt{Name: "apart", Password: "marchen wald 7"}, model.WekanLogin)
	wantKind(t, err, fault.Unauthenticated)
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"x@example.org", "x@bücher.example", "\u00a0x@example.org", "x@-a.example", "x..y@a", "x@xn--a", "\xff@a", "x@\u3002a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if !emailaddress.Valid(address) {
			return
		}
		local, domain, _ := strings.Cut(address, "@")
		if len(local) > 64 || local == "" || domain == "" || strings.ContainsAny(address, " \t\r\n\x00\u00a0\u200b\u3164<>,") || strings.Contains(address, "..") {
			t.Errorf("%+q is taken", address)
		}
	})
}

func FuzzDisplayName(f *testing.F) {
	h := newFixture(f)
	for _, seed := range append(joined, hidden...) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		h.T = t
		refusals := h.importRefusals(importer.Entry{Username: "imported", Names: model.Names{Name: name}})
		if len(refusals) == 0 && strings.ContainsAny(name, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\x00\n") {
			t.Errorf("%+q is taken", name)
		}
	})
}
