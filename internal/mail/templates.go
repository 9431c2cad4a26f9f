package mail

import (
	"embed"
	"errors"
	"fmt"
	"html"
	htmltemplate "html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

//go:embed templates
var templateFiles embed.FS

// builtIn contains the built-in templates. A test renders all of them.
var builtIn = must(newTemplates(nil))

func must(t *Templates, err error) *Templates {
	if err != nil {
		panic(err)
	}
	return t
}

// Templates are the templates of all emails: KIND.txt, KIND.html, and optionally
// KIND.subject.txt. Their data is [Data]; the function until formats a time.
type Templates struct {
	texts *template.Template
	pages *htmltemplate.Template
}

// frame contains the parts that the built-in HTML templates share.
const frame = "frame.html"

// maxTemplate is the maximum size of a template.
const maxTemplate = 256 << 10

// LoadTemplates returns templates in which the files of a folder replace the built-in templates
// of the same name. It renders all of them with sample data. Every error names its file, and
// the line if there is one.
func LoadTemplates(folder string) (*Templates, error) {
	files, err := readTemplates(folder)
	if err != nil {
		return nil, err
	}
	t, err := newTemplates(files)
	if err == nil {
		err = t.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("the mail templates in %s cannot be used: %w", folder, err)
	}
	return t, nil
}

func readTemplates(folder string) (map[string]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the mail templates: %w", err)
	}
	files, faults := map[string]string{}, []error(nil)
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") {
			continue // backup files of editors
		}
		if !slices.Contains(templateNames(), name) {
			faults = append(faults, fmt.Errorf("%s is not an email template: the names are %s", name, strings.Join(templateNames(), ", ")))
			continue
		}
		text, err := readTemplate(filepath.Join(folder, name))
		files[name], faults = text, append(faults, err)
	}
	return files, errors.Join(faults...)
}

func readTemplate(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxTemplate+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	if len(text) > maxTemplate || !utf8.Valid(text) {
		return "", fmt.Errorf("%s is not UTF-8 text of at most %d bytes", filepath.Base(path), maxTemplate)
	}
	return string(text), nil
}

// templateNames lists the valid names of template files.
func templateNames() []string {
	names := []string{frame}
	for _, kind := range Kinds() {
		names = append(names, string(kind)+".html", string(kind)+".subject.txt", string(kind)+".txt")
	}
	slices.Sort(names)
	return names
}

// newTemplates parses files, and the built-in templates for all other names.
func newTemplates(files map[string]string) (*Templates, error) {
	functions := map[string]any{
		"until": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
	}
	t := &Templates{template.New("").Funcs(functions), htmltemplate.New("").Funcs(functions)}
	var faults []error
	for _, name := range templateNames() {
		text, replaced := files[name]
		if !replaced {
			builtIn, err := templateFiles.ReadFile("templates/" + name)
			if err != nil {
				continue // subjects have no built-in templates
			}
			text = string(builtIn)
		}
		faults = append(faults, t.parse(name, text))
	}
	return t, errors.Join(faults...)
}

func (t *Templates) parse(name, text string) error {
	if strings.HasSuffix(name, ".html") {
		_, err := t.pages.New(name).Parse(text)
		return err
	}
	_, err := t.texts.New(name).Parse(text)
	return err
}

// execute renders an email. The subject is empty if it has no template.
func (t *Templates) execute(kind Kind, data Data) (Message, error) {
	m := Message{To: data.Address, Link: data.Link}
	var text, page, subject strings.Builder
	if err := t.texts.ExecuteTemplate(&text, string(kind)+".txt", data); err != nil {
		return m, err
	}
	if err := t.pages.ExecuteTemplate(&page, string(kind)+".html", data); err != nil {
		return m, err
	}
	m.Text, m.HTML = text.String(), page.String()
	own := t.texts.Lookup(string(kind) + ".subject.txt")
	if own == nil {
		return m, nil
	}
	err := own.Execute(&subject, data)
	m.Subject = oneLine(subject.String())
	return m, err
}

// validate renders every kind with complete and with minimal data.
func (t *Templates) validate() error {
	var faults []error
	for _, kind := range Kinds() {
		sample := Sample(kind)
		for _, data := range []Data{sample, {Address: sample.Address, Link: sample.Link}} {
			if err := t.validateKind(kind, data); err != nil {
				faults = append(faults, err)
				break
			}
		}
	}
	return errors.Join(faults...)
}

// validateKind returns an error if the rendered email lacks its link.
func (t *Templates) validateKind(kind Kind, data Data) error {
	m, err := t.Render(kind, data)
	if err != nil {
		return err
	}
	own := t.texts.Lookup(string(kind) + ".subject.txt")
	switch needed := !linkOptional(kind); {
	case own != nil && t.emptySubject(own, data):
		return fmt.Errorf("%s.subject.txt leaves the subject empty", kind)
	case needed && !strings.Contains(m.Text, data.Link):
		return fmt.Errorf("%s.txt does not show the link: write {{.Link}} where it belongs", kind)
	case needed && !strings.Contains(m.HTML, html.EscapeString(data.Link)):
		return fmt.Errorf(`%s.html does not show the link: write <a href="{{.Link}}"> where it belongs`, kind)
	}
	return m.check()
}

func (t *Templates) emptySubject(own *template.Template, data Data) bool {
	var subject strings.Builder
	return own.Execute(&subject, data) == nil && oneLine(subject.String()) == ""
}

// Sample returns sample data.
func Sample(kind Kind) Data {
	d := Data{
		Site: "Roster", Organization: "Analytical Engines", Name: "Ada Lovelace", Inviter: "Charles Babbage",
		Link: "https://roster.example/account/?token=sample", Address: "ada@example.org",
		Expires: time.Date(2026, 12, 10, 12, 0, 0, 0, time.UTC),
	}
	if kind == AddressChanged {
		d.Inviter, d.NewAddress, d.Kept = "", "ada@example.net", true
	}
	if kind == SecondFactor {
		d.Inviter, d.Link, d.Factor = "", "https://roster.example"+FactorPath, "passkey_added"
	}
	if kind == SecurityNotice {
		d.Change, d.Item, d.Link = "ssh_key_added", "laptop", "https://roster.example"+SecurityPath
	}
	return d
}
