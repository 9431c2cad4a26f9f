package mail

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/model"
)

func TestEveryEmailHasATemplateInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, language := range model.Languages() {
		for _, name := range baseNames() {
			_, _, ok := templateText(nil, language, name)
			if subject := strings.HasSuffix(name, ".subject.txt"); ok == subject {
				t.Errorf("%s in %s: built in %v", name, language, ok)
			}
		}
	}
}

// changes are the values of Data.Factor and Data.Change.
func changes(kind Kind) []Data {
	all := map[Kind][]string{
		SecondFactor:   {"app_added", "app_removed", "passkey_added", "passkey_removed", "recovery_codes_replaced", "recovery_code_used", "reset", "revoked"},
		SecurityNotice: {"password_changed", "ssh_key_added", "token_created", "api_key_rotated", "signed_in", "wrong_codes", "passkey_copied", "sign_in_notice_off"},
	}
	sample := Sample(kind)
	sample.Former, sample.From = true, "192.0.2.7"
	samples := []Data{sample}
	for _, value := range all[kind] {
		next := sample
		next.Factor, next.Change = value, value
		samples = append(samples, next)
		next.ByOther, next.Name, next.Item, next.Inviter, next.From, next.Former = true, "", "", "", "", false
		samples = append(samples, next)
	}
	return samples
}

func TestGermanEmailsAreGerman(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{}
	for _, kind := range Kinds() {
		for _, d := range changes(kind) {
			d.Language = "de"
			m, err := Render(kind, d)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{m.Text, m.HTML} {
				if !strings.Contains(text, "Guten Tag") || strings.Contains(text, "\n\n\n") || strings.Contains(text, " .") || strings.Contains(text, "  ") {
					t.Errorf("%s:\n%s", kind, text)
				}
			}
			for _, english := range []string{"Hello", "your ", "account", "until", "chosen by", "<html lang=\"en\""} {
				if strings.Contains(m.Subject+m.Text, " "+english) || strings.Contains(m.HTML, english+" ") {
					t.Errorf("%s has %q:\n%s\n%s", kind, english, m.Subject, m.Text)
				}
			}
			texts[m.Text] = true
		}
	}
	if len(texts) < 30 {
		t.Errorf("%d different emails", len(texts))
	}
}

func TestTimesInEmailsAreInTheZoneOfTheRecipient(t *testing.T) {
	t.Parallel()
	message := emailTo("ada@example.org")
	message.Expires = time.Date(2026, 3, 5, 14, 3, 0, 0, time.UTC)
	for _, c := range []struct{ language, zone, want string }{
		{"", "", "until 5 March 2026, 14:03 UTC."},
		{"en", "Europe/Berlin", "until 5 March 2026, 15:03 CET."},
		{"de", "Europe/Berlin", "bis 5. März 2026, 15:03 Uhr (CET)."},
		{"de", "", "bis 5. März 2026, 14:03 Uhr (UTC)."},
		{"fr", "Mars/Olympus", "until 5 March 2026, 14:03 UTC."},
	} {
		message.Language, message.TimeZone = c.language, c.zone
		m, err := Renderer{Base: "https://roster.example"}.Render(message)
		if err != nil || !strings.Contains(m.Text, c.want) {
			t.Errorf("%+v: %v\n%s", c, err, m.Text)
		}
	}
	message.Language = ""
	m, err := Renderer{Base: "https://roster.example", Language: "de"}.Render(message)
	if err != nil || m.Subject != "[Roster] Bitte bestätigen Sie Ihre Adresse" {
		t.Errorf("%v: %s", err, m.Subject)
	}
	message.API = model.PM415
	if m, err := (Renderer{Base: "https://roster.example", Language: "de"}).Render(message); err != nil || m.Subject != "[PM415] confirmation required" {
		t.Errorf("%v: %s", err, m.Subject)
	}
}

func TestTemplatesAreReplacedInOneLanguageOrInAll(t *testing.T) {
	t.Parallel()
	own, err := LoadTemplates(folder(t, map[string]string{
		"verify.txt": "Both {{.Link}}", "reset.txt": "English {{.Link}}", "reset.de.txt": "Deutsch {{.Link}}", "invitation.subject.de.txt": "Komm",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind           Kind
		language, want string
	}{{Verify, "en", "Both "}, {Verify, "de", "Both "}, {Reset, "en", "English "}, {Reset, "de", "Deutsch "}, {Recovery, "de", "Guten Tag"}} {
		d := data()
		d.Language = c.language
		if m, err := own.Render(c.kind, d); err != nil || !strings.HasPrefix(m.Text, c.want) {
			t.Errorf("%+v: %v\n%s", c, err, m.Text)
		}
	}
	d := data()
	d.Language = "de"
	if m, err := own.Render(Invitation, d); err != nil || m.Subject != "Komm" {
		t.Errorf("%v: %s", err, m.Subject)
	}
	_, err = LoadTemplates(folder(t, map[string]string{"reset.de.txt": "no link"}))
	if err == nil || !strings.Contains(err.Error(), "in the language de") {
		t.Errorf("got %v", err)
	}
	if !slices.Contains(templateNames(), "frame.de.html") {
		t.Error("the frame cannot be replaced in one language")
	}
}
