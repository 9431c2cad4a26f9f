package ui

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed messages/*.toml
var messageFiles embed.FS

// Languages are the languages of the pages. The first one is used when a browser accepts none of
// them.
var Languages = []Language{{"en", "English", language.English}, {"de", "Deutsch", language.German}}

// Language is one language of the pages.
type Language struct {
	Code string // of BCP 47: the value of the lang attribute, and the name of the file in messages
	Name string // in the language itself
	tag  language.Tag
}

// Messages are the texts of one language by key. A key is the path in the TOML file, such as
// "form.optional".
type Messages struct {
	Language Language
	texts    map[string]string
}

// readMessages reads the file of one language.
func readMessages(l Language) (*Messages, error) {
	data, err := messageFiles.ReadFile(path.Join("messages", l.Code+".toml"))
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := toml.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("messages in %s: %w", l.Name, err)
	}
	m := &Messages{Language: l, texts: map[string]string{}}
	return m, m.flatten("", tree)
}

// flatten adds the texts of tree, whose keys begin with prefix.
func (m *Messages) flatten(prefix string, tree map[string]any) error {
	for name, value := range tree {
		switch value := value.(type) {
		case string:
			m.texts[prefix+name] = value
		case map[string]any:
			if err := m.flatten(prefix+name+".", value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("messages in %s: %s%s is not a text", m.Language.Name, prefix, name)
		}
	}
	return nil
}

// Text returns the message with the key. The arguments are pairs of a name and a value; each "{name}"
// in the message becomes the value. For an unknown key it returns the key; the test of this package
// reads the code of all pages and fails for such a key.
func (m *Messages) Text(key string, pairs ...any) string {
	text, err := m.Lookup(key, pairs...)
	if err != nil {
		return key
	}
	return text
}

// Lookup is Text with an error for an unknown key or an odd number of arguments.
func (m *Messages) Lookup(key string, pairs ...any) (string, error) {
	text, ok := m.texts[key]
	if !ok {
		return "", errNo("message", key)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("message %q: arguments must be pairs of a name and a value", key)
	}
	replacements := make([]string, 0, len(pairs))
	for i := 0; i < len(pairs); i += 2 {
		replacements = append(replacements, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(replacements...).Replace(text), nil
}

// Count returns the message for n things: key.one or key.other, as the language's plural rules
// (CLDR) say. "{n}" in it becomes the number, with its digits grouped.
func (m *Messages) Count(key string, n int, pairs ...any) string {
	form := "other"
	if plural.Cardinal.MatchPlural(m.Language.tag, n, 0, 0, 0, 0) == plural.One {
		form = "one"
	}
	return m.Text(key+"."+form, append(pairs, "n", m.Number(n))...)
}

// Number returns n with its digits grouped in threes.
func (m *Messages) Number(n int) string {
	separator := ","
	if m.Language.Code == "de" {
		separator = "."
	}
	digits := fmt.Sprint(max(n, -n))
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + separator + digits[at:]
	}
	if n < 0 {
		return "-" + digits
	}
	return digits
}

func errNo(what, name string) error { return fmt.Errorf("there is no %s %q", what, name) }
