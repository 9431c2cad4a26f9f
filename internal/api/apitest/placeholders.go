package apitest

import (
	"fmt"
	"regexp"
	"strings"
)

// vars are the stored values by name.
type vars map[string]string

var (
	referenceRE          = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)\}`)
	placeholderRE        = regexp.MustCompile(`<<(.*?)>>`)
	placeholderContentRE = regexp.MustCompile(`^(?:([A-Z][A-Z0-9_]*)(?: |$))?(?:(any|int|time)|re:(.+))?$`)
)

// substitute replaces ${NAME} by the stored values.
func (v vars) substitute(text string) (string, error) {
	var err error
	text = referenceRE.ReplaceAllStringFunc(text, func(ref string) string {
		value, ok := v[ref[2:len(ref)-1]]
		if !ok {
			err = fmt.Errorf("%s was not stored before", ref)
		}
		return value
	})
	return text, err
}

// kinds maps the kinds of placeholders to regular expressions.
var kinds = map[string]string{
	"any":  `(?s:.*)`,
	"int":  `-?\d+`,
	"time": `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`,
}

// placeholder is a parsed placeholder.
type placeholder struct {
	name string // "" stores nothing
	kind string // "any", "int", "time", "re", or "" for none
	expr string // the regular expression
}

// parsePlaceholder parses the text between << and >>. free is the expression for a name without a kind.
func parsePlaceholder(inner, free string) (placeholder, error) {
	m := placeholderContentRE.FindStringSubmatch(inner)
	if m == nil || inner == "" {
		return placeholder{}, fmt.Errorf("invalid placeholder <<%s>>", inner)
	}
	h := placeholder{name: m[1], kind: m[2], expr: kinds[m[2]]}
	switch {
	case m[3] != "":
		h.kind, h.expr = "re", m[3]
	case h.kind == "":
		h.expr = free
	}
	return h, nil
}

// match compares a whole text with an expected text that may contain placeholders and references, and stores the named
// placeholders.
func (v vars) match(want, got string) error {
	ok, err := v.matchAnchored(want, got, kinds["any"], `\A`, `\z`)
	if err == nil && !ok {
		err = fmt.Errorf("want %q, got %q", want, got)
	}
	return err
}

// find searches for an expected line in got. A name without a kind ends at the next whitespace.
func (v vars) find(want, got string) error {
	ok, err := v.matchAnchored(want, got, `\S+`, "", "")
	if err == nil && !ok {
		err = fmt.Errorf("want %q somewhere in:\n%s", want, got)
	}
	return err
}

// matchAnchored reports whether got matches want between the anchors begin and end. It returns an error if want is invalid.
func (v vars) matchAnchored(want, got, free, begin, end string) (bool, error) {
	want, err := v.substitute(want)
	if err != nil {
		return false, err
	}
	expr, holes, err := v.pattern(want, free)
	if err != nil {
		return false, err
	}
	re, err := regexp.Compile(begin + expr + end)
	if err != nil {
		return false, fmt.Errorf("placeholder in %q: %w", want, err)
	}
	m := re.FindStringSubmatch(got)
	if m == nil {
		return false, nil
	}
	for i, h := range holes {
		if h.name != "" && !v.bind(h.name, m[re.SubexpIndex(fmt.Sprintf("placeholder%d", i))]) {
			return false, nil
		}
	}
	return true, nil
}

// bind stores the value, or compares it with the stored one.
func (v vars) bind(name, value string) bool {
	if old, ok := v[name]; ok {
		return old == value
	}
	v[name] = value
	return true
}

// pattern returns a regular expression for text, with a group "placeholder0", "placeholder1" and so on for each placeholder.
func (v vars) pattern(text, free string) (expr string, holes []placeholder, err error) {
	var b strings.Builder
	at := 0
	for _, m := range placeholderRE.FindAllStringSubmatchIndex(text, -1) {
		h, err := parsePlaceholder(text[m[2]:m[3]], free)
		if err != nil {
			return "", nil, err
		}
		if old, ok := v[h.name]; ok && h.name != "" {
			h.expr = regexp.QuoteMeta(old)
		}
		b.WriteString(regexp.QuoteMeta(text[at:m[0]]))
		fmt.Fprintf(&b, "(?P<placeholder%d>%s)", len(holes), h.expr)
		holes = append(holes, h)
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(text[at:]))
	return b.String(), holes, nil
}
