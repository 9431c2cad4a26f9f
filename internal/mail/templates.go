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

	"roster.example/roster/internal/model"
)

//go:embed templates/*.txt templates/*.html templates/de
var templateFiles embed.FS

// builtIn contains the built-in templates. A test renders all of them.
var builtIn = must(newTemplates(nil))

func must(t *Templates, err error) *Templates {
	if err != nil {
		panic(err)
	}
	return t
}

// Templates are the templates of all emails, by language.
type Templates struct{ languages map[string]*templateSet }

// in returns the templates of a language.
func (t *Templates) in(language string) *templateSet {
	if set := t.languages[language]; set != nil {
		return set
	}
	return t.languages[model.Languages()[0]]
}

// templateSet has the templates of one language: KIND.txt, KIND.html, and optionally KIND.subject.txt.
// Their data is [Data]; the function until formats a time.
type templateSet struct {
	texts *template.Template
	pages *htmltemplate.Template
}

// frame contains the parts that the built-in HTML templates share.
const frame = "frame.html"

// maxTemplate is the maximum size of a template.
const maxTemplate = 256 << 10

// LoadTemplates returns templates in which the files of a folder replace the built-in templates
// of the same name. A file for a language other than the first has it before the extension, such as
// verify.de.txt; without one, the file for the first language replaces the template of all languages. It renders all of them with sample data. Every error names its file, and
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

// baseNames lists the names of templates in one language.
func baseNames() []string {
	names := []string{frame}
	for _, kind := range Kinds() {
		names = append(names, string(kind)+".html", string(kind)+".subject.txt", string(kind)+".txt")
	}
	return names
}

// templateNames lists the valid names of template files.
func templateNames() []string {
	var names []string
	for _, language := range model.Languages() {
		for _, name := range baseNames() {
			names = append(names, nameIn(language, name))
		}
	}
	slices.Sort(names)
	return names
}

// nameIn returns the name of the file of a template in a language.
func nameIn(language, name string) string {
	if language == model.Languages()[0] {
		return name
	}
	extension := filepath.Ext(name)
	return strings.TrimSuffix(name, extension) + "." + language + extension
}

// newTemplates parses files, and the built-in templates for all other names.
func newTemplates(files map[string]string) (*Templates, error) {
	t := &Templates{map[string]*templateSet{}}
	var faults []error
	for _, language := range model.Languages() {
		set := newTemplateSet(language)
		t.languages[language] = set
		for _, name := range baseNames() {
			if file, text, ok := templateText(files, language, name); ok {
				faults = append(faults, set.parse(name, file, text))
			}
		}
		if err := errors.Join(faults...); err != nil {
			return t, err
		}
	}
	return t, nil
}

func newTemplateSet(language string) *templateSet {
	functions := map[string]any{"until": func(t time.Time) string { return formatTime(language, t) }}
	return &templateSet{template.New("").Funcs(functions), htmltemplate.New("").Funcs(functions)}
}

// templateText returns the text of a template and the name of its file, for errors. ok is false for a subject
// without a file: subjects have no built-in templates.
func templateText(files map[string]string, language, name string) (file, text string, ok bool) {
	for _, file := range []string{nameIn(language, name), name} {
		if text, ok := files[file]; ok {
			return file, text, true
		}
	}
	folder := "templates/"
	if language != model.Languages()[0] {
		folder += language + "/"
	}
	builtIn, err := templateFiles.ReadFile(folder + name)
	return name, string(builtIn), err == nil
}

// formatTime formats a time in its own zone.
func formatTime(language string, t time.Time) string {
	if language == "de" {
		months := strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
		return t.Format("2. ") + months[t.Month()-1] + t.Format(" 2006, 15:04 Uhr (MST)")
	}
	return t.Format("2 January 2006, 15:04 MST")
}

// parse parses the template of that name from a file.
func (t *templateSet) parse(name, file, text string) (err error) {
	if strings.HasSuffix(name, ".html") {
		_, err = t.pages.New(name).Parse(text)
	} else {
		_, err = t.texts.New(name).Parse(text)
	}
	if err != nil && file != name {
		return fmt.Errorf("%s: %w", file, err)
	}
	return err
}

// execute renders an email. The subject is empty if it has no template.
func (t *templateSet) execute(kind Kind, data Data) (Message, error) {
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

// validate renders every kind in every language with complete and with minimal data.
func (t *Templates) validate() error {
	for i, language := range model.Languages() {
		err := t.validateLanguage(language)
		switch {
		case err != nil && i > 0:
			return fmt.Errorf("in the language %s: %w", language, err)
		case err != nil:
			return err
		}
	}
	return nil
}

func (t *Templates) validateLanguage(language string) error {
	var faults []error
	for _, kind := range Kinds() {
		sample := Sample(kind)
		sample.Language = language
		for _, data := range []Data{sample, {Address: sample.Address, Link: sample.Link, Language: language}} {
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
	own := t.in(data.Language).texts.Lookup(string(kind) + ".subject.txt")
	switch needed := !linkOptional(kind); {
	case own != nil && emptySubject(own, data):
		return fmt.Errorf("%s.subject.txt leaves the subject empty", kind)
	case needed && !strings.Contains(m.Text, data.Link):
		return fmt.Errorf("%s.txt does not show the link: write {{.Link}} where it belongs", kind)
	case needed && !strings.Contains(m.HTML, html.EscapeString(data.Link)):
		return fmt.Errorf(`%s.html does not show the link: write <a href="{{.Link}}"> where it belongs`, kind)
	}
	return m.check()
}

func emptySubject(own *template.Template, data Data) bool {
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
	if kind == AccountErased {
		d.Inviter, d.Link, d.From = "", "", "192.0.2.7"
	}
	if kind == SecurityNotice {
		d.Change, d.Item, d.Link = "ssh_key_added", "laptop", "https://roster.example"+SecurityPath
	}
	return d
}
