package mail

import (
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gomail "github.com/wneessen/go-mail"

	"roster.example/roster/internal/model"
)

// folder creates a folder with files by name.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBuiltInTemplatesAreValid(t *testing.T) {
	t.Parallel()
	if err := builtIn.validate(); err != nil {
		t.Error(err)
	}
}

func TestHTMLHasTheSameContentAndNoExternalResources(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		m, err := Render(kind, data())
		if err != nil {
			t.Fatal(err)
		}
		link := `href="https://roster.example/account/?token=abc&amp;x=1"`
		if strings.Count(m.HTML, link) != 2*linksIn(kind) || strings.Count(m.HTML, `class="button"`) != linksIn(kind) {
			t.Errorf("%s: the link is not there as a button and as text:\n%s", kind, m.HTML)
		}
		for _, bad := range []string{"<img", "<script", "<link", "@import", "url(", "src=", "http://"} {
			if strings.Contains(m.HTML, bad) {
				t.Errorf("%s holds %s", kind, bad)
			}
		}
		for _, want := range []string{"Hello “Ada”,", "Text in quotation marks", `name="color-scheme" content="light dark"`, "prefers-color-scheme: dark"} {
			if !strings.Contains(m.HTML, want) {
				t.Errorf("%s lacks %q:\n%s", kind, want, m.HTML)
			}
		}
	}
}

func TestNamesCannotBecomeMarkup(t *testing.T) {
	t.Parallel()
	d := data()
	d.Name, d.Inviter, d.Organization = `<b onclick="x">Ada`, "<script>alert(1)</script>", `"><a href=x>`
	for _, kind := range Kinds() {
		m, err := Render(kind, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<b ", "<script", "<a href=x"} {
			if strings.Contains(m.HTML, bad) {
				t.Errorf("%s holds %s:\n%s", kind, bad, m.HTML)
			}
		}
	}
}

func TestEmailHasTextAndHTML(t *testing.T) {
	t.Parallel()
	m, err := Render(Verify, data())
	if err != nil {
		t.Fatal(err)
	}
	msg, err := m.envelope(&mail.Address{Address: "roster@example.org"}, testTime, gomail.EncodingQP)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := encode(msg)
	if err != nil {
		t.Fatal(err)
	}
	text, page := strings.Index(string(raw), "Content-Type: text/plain"), strings.Index(string(raw), "Content-Type: text/html")
	if !strings.Contains(string(raw), "Content-Type: multipart/alternative") || text < 0 || page < text {
		t.Errorf("the email is\n%s", raw)
	}
}

func TestTemplatesAreReplacedOneByOne(t *testing.T) {
	t.Parallel()
	own, err := LoadTemplates(folder(t, map[string]string{
		"verify.txt":             "Moin {{.Name}}, {{.Link}}\n",
		"recovery.html":          `{{template "begin" .}}<a href="{{.Link}}">neu</a>{{template "end" .}}`,
		"invitation.subject.txt": "{{.Organization}} ruft\n",
		"reset.txt~":             "left by an editor {{",
		".recovery.html.swp":     "too {{",
		"address-changed.txt":    "It is {{.NewAddress}}.",
		"account-created.html":   "<p>hello</p>",
		"verify-address.html":    "<p>{{.Link}}</p>",
		"account-exists.html":    `<a href="{{.Link}}">x</a>`,
		"verify.subject.txt":     "Moin",
		"account-created.txt":    "hello",
		"invitation.txt":         "{{if .Inviter}}{{.Inviter}}: {{end}}{{.Link}} until {{until .Expires}}",
		"address-changed.html":   "<p>It is {{.NewAddress}}.</p>",
		"account-exists.txt":     "{{.Link}}",
		"verify-address.txt":     "{{.Link}}",
		"frame.html":             `{{define "begin"}}<main>{{end}}{{define "link"}}<a href="{{.Link}}">{{.Link}}</a>{{end}}{{define "end"}}</main>{{end}}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	verify, err := own.Render(Verify, data())
	if err != nil || verify.Text != "Moin “Ada”, "+data().Link+"\n" || verify.Subject != "Moin" || !strings.HasPrefix(verify.HTML, "<main>") {
		t.Errorf("%+v, %v", verify, err)
	}
	recovery, err := own.Render(Recovery, data())
	built, _ := Render(Recovery, data())
	if err != nil || recovery.HTML != `<main><a href="https://roster.example/account/?token=abc&amp;x=1">neu</a></main>` {
		t.Errorf("%+v, %v", recovery, err)
	}
	if diff := cmp.Diff([]string{built.Text, built.Subject}, []string{recovery.Text, recovery.Subject}); diff != "" {
		t.Error(diff)
	}
	invited, err := own.Render(Invitation, data())
	if err != nil || invited.Subject != "“Workshop” ruft" {
		t.Errorf("%+v, %v", invited, err)
	}
	mine := Renderer{Base: "https://roster.example", Templates: own}
	if c, err := mine.Render(emailTo("ada@example.org")); err != nil || c.Subject != "Moin" || c.HTML == "" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestErrorsInTemplatesHaveFileAndLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, says string }{
		"not a template":      {"verfy.txt", "x", "verfy.txt is not an email template: the names are account-created.de.html, "},
		"broken text":         {"verify.txt", "a\n\n{{.Link}\n", "verify.txt:3:"},
		"broken HTML":         {"verify.html", "a\n{{if .Link}}", "verify.html:2:"},
		"unknown field":       {"reset.txt", "\n{{.Nmae}} {{.Link}}", "reset.txt:2:"},
		"unknown in HTML":     {"reset.html", "\n\n{{.Nmae}} {{.Link}}", "reset.html:3:"},
		"unknown in subject":  {"reset.subject.txt", "{{.Nmae}}", "reset.subject.txt:1:"},
		"no link":             {"recovery.txt", "hello", "recovery.txt does not show the link"},
		"no link in HTML":     {"recovery.html", "<p>hello", "recovery.html does not show the link"},
		"empty with little":   {"invitation.subject.txt", "{{.Organization}}", "invitation.subject.txt leaves the subject empty"},
		"not UTF-8":           {"verify.txt", "\xff{{.Link}}", "verify.txt is not UTF-8 text"},
		"too long":            {"verify.txt", strings.Repeat("x", maxTemplate+1), "verify.txt is not UTF-8 text"},
		"HTML without a home": {"verify.html", `<a href="{{.Link}}`, "verify.html"},
	} {
		_, err := LoadTemplates(folder(t, map[string]string{c.file: c.text}))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
	if _, err := LoadTemplates(filepath.Join(t.TempDir(), "nowhere")); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a folder that is not there: %v", err)
	}
	_, err := LoadTemplates(folder(t, map[string]string{"verify.txt": "{{", "reset.txt": "{{"}))
	if err == nil || !strings.Contains(err.Error(), "verify.txt:1") || !strings.Contains(err.Error(), "reset.txt:1") {
		t.Errorf("not all is told at once: %v", err)
	}
}

func TestOutboxFilesHaveTextAndHTML(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	box, err := NewOutbox(OutboxOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Render(Recovery, data())
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
	raw, err := os.ReadFile(files[0])
	if err != nil || !strings.Contains(string(raw), "text/html") {
		t.Errorf("%v\n%s", err, raw)
	}
}

func emailTo(address string) model.Message {
	return model.Message{Kind: model.VerifyMessage, To: address, Token: "abc", Expires: testTime}
}
