package naming_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

func TestUsernamesHaveOneScript(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	ada := h.AddUser("ada")
	for _, name := range []string{"bⲟb", "bоb", "bοb", "bᎾb", "Ꭺda", "ꓮda", "bo\u0665", "ad\u034fa", "ad\u3164a", "ada\ufe0f", "ɑdа"} {
		wantFault(t, register(h, model.Wekan, registration.Input{Username: name, Password: "correct horse 7"}), "username", fault.Malformed)
		_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: name})
		wantFault(t, err, "username", fault.Malformed)
		wantFault(t, h.change(operator(), ada.ID, directory.UserChange{Username: ref(name)}), "username", fault.Malformed)
		if refusals := h.importRefusals(importer.Entry{Username: name}); len(refusals) != 1 {
			t.Errorf("import of %q: %v", name, refusals)
		}
	}
}

func TestUsernamesThatLookAlikeAreTaken(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("coco")
	h.AddUser("ХОР") // Cyrillic
	eve := h.AddUser("eve")
	for _, name := range []string{"сосо", "СОСО", "ⲥⲟⲥⲟ", "xop", "XOP", "хор"} {
		wantFault(t, register(h, model.Wekan, registration.Input{Username: name, Password: "correct horse 7"}), "username", fault.Taken)
		_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: name})
		wantFault(t, err, "username", fault.Taken)
		if explained := strings.Contains(err.Error(), "looks like the username of another user"); explained != (name != "хор") {
			t.Errorf("%q: got %v", name, err)
		}
		wantFault(t, h.change(operator(), eve.ID, directory.UserChange{Username: ref(name)}), "username", fault.Taken)
		if refusals := h.importRefusals(importer.Entry{Username: name}); len(refusals) != 1 {
			t.Errorf("import of %q: %v", name, refusals)
		}
	}
	for _, pair := range [][2]string{{"еее", "eee"}, {"ppp", "ррр"}, {"οοο", "ооо"}, {"ІСЕ", "ice"}} {
		if refusals := h.importRefusals(importer.Entry{Username: pair[0]}, importer.Entry{Username: pair[1]}); len(refusals) != 1 || refusals[0].Line != 2 {
			t.Errorf("import of %q: %v", pair, refusals)
		}
	}
	for _, name := range []string{"кокос", "хорь", "山田", "bill", "biil", "müller", "muller"} {
		h.Must(register(h, model.Wekan, registration.Input{Username: name, Password: "correct horse 7"}))
	}
	h.Must(h.change(operator(), eve.ID, directory.UserChange{Username: ref("сосна")}))
	h.Must(h.change(operator(), eve.ID, directory.UserChange{Username: ref("СОСНА")}))
}

// The current name of the user also looks like the new one.
func TestAUsernameThatLooksLikeSeveralIsTaken(t *testing.T) {
	t.Parallel()
	for _, others := range [][2]string{{"ice", "lce"}, {"lce", "ice"}} {
		h := newFixture(t)
		self := h.AddUser(others[0])
		h.Must(h.change(operator(), self.ID, directory.UserChange{Username: ref("ІСЕ")}))
		h.Must(h.change(operator(), self.ID, directory.UserChange{Username: ref(others[0])}))
		h.AddUser(others[1])
		wantFault(t, h.change(operator(), self.ID, directory.UserChange{Username: ref("ІСЕ")}), "username", fault.Taken)
	}
}

func TestFormerUsernamesAreReservedWithTheirLookAlikes(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.ReserveNames = 1000 * 3600e9 })
	coco := h.AddUser("coco")
	h.Must(h.change(operator(), coco.ID, directory.UserChange{Username: ref("paul")}))
	_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "сосо"})
	wantFault(t, err, "username", fault.Taken)
	if refusals := h.importRefusals(importer.Entry{Username: "сосо"}); len(refusals) != 1 {
		t.Errorf("import: %v", refusals)
	}
	h.Must(h.change(operator(), coco.ID, directory.UserChange{Username: ref("сосо")}))
}

func TestOrganizationsThatLookAlikeAreTaken(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddOrganization("Staff A")
	other := h.AddOrganization("СОК")
	for _, name := range []string{"Ѕtaff A", "staff А", "Staff  A", "Staff\u00a0A", "Ｓｔａｆｆ Ａ", "𝐒taff A", "Sta\ufb00 A", "Staff A ", "COK"} {
		_, err := h.CreateOrganization(t.Context(), operator(), name)
		wantFault(t, err, "organization", fault.Taken)
		if name != "COK" {
			_, err = h.RenameOrganization(t.Context(), operator(), other.ID, name)
			wantFault(t, err, "organization", fault.Taken)
		}
	}
	for _, name := range []string{"Stäff A", "Staff B", "Staff-A", "Отдел IT"} {
		_, err := h.CreateOrganization(t.Context(), operator(), name)
		h.Must(err)
	}
	for _, name := range []string{"Сок", "COK", "СОК", "Сокол"} {
		_, err := h.RenameOrganization(t.Context(), operator(), other.ID, name)
		h.Must(err)
	}
}

func TestWordsOfOrganizationNamesHaveOneScript(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	eve := h.Actor(h.AddUser("eve", func(n *directory.NewUser) { n.Role = model.RoleMember }))
	for _, name := range []string{"Ѕtaff", "Team оne", "Ꮪtaff", "Plⲟt"} {
		_, err := h.CreateOrganization(t.Context(), eve, name)
		wantFault(t, err, "organization", fault.Malformed)
	}
	for _, name := range []string{"Отдел IT", "東京Office", "Größe & Söhne"} {
		_, err := h.CreateOrganization(t.Context(), eve, name)
		h.Must(err)
	}
}

// An earlier version allowed names that this one rejects. A client that sends the whole
// record with an unchanged username changes the other fields.
func TestAnExistingUsernameStaysValid(t *testing.T) {
	t.Parallel()
	h := newFixture(t, func(o *directory.Options) { o.ReserveNames = time.Hour })
	mixed, alike := h.AddUser("mixed"), h.AddUser("alike")
	h.AddUser("coco")
	h.raw(fmt.Sprintf("UPDATE users SET username = 'bⲟb', username_key = 'bⲟb' WHERE id = %d", mixed.ID))
	h.raw(fmt.Sprintf("UPDATE users SET username = 'сосо', username_key = 'сосо' WHERE id = %d", alike.ID))
	for id, username := range map[model.UserID]string{mixed.ID: "bⲟb", alike.ID: "сосо"} {
		if err := h.change(operator(), id, directory.UserChange{Username: &username, Bio: ref("writes")}); err != nil {
			t.Errorf("%s: %v", username, err)
		}
	}
	wantFault(t, h.change(operator(), mixed.ID, directory.UserChange{Username: ref("cⲟb")}), "username", fault.Malformed)
}
