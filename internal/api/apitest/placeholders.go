package apitest

import (
	"fmt"
	"regexp"
	"strings"
)

// vars are the values that a story has kept, by name.
type vars map[string]string

var (
	referenceRE          = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)\}`)
	placeholderRE        = regexp.MustCompile(`<<(.*?)>>`)
	placeholderContentRE = regexp.MustCompile(`^(?:([A-Z][A-Z0-9_]*)(?: |$))?(?:(any|int|time)|re:(.+))?$`)
)

// substitute puts kept values in the place of ${NAME}.
func (v vars) substitute(text string) (string, error) {
	var err error
	text = referenceRE.ReplaceAllStringFunc(text, func(ref string) string {
		value, ok := v[ref[2:len(ref)-1]]
		if !ok {
			err = fmt.Errorf("%s was not kept by anything before", ref)
		}
		return value
	})
	return text, err
}

// kinds are the expressions that a placeholder's limit stands for.
var kinds = map[string]string{
	"any":  `(?s:.*)`,
	"int":  `-?\d+`,
	"time": `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`,
}

// hole is a placeholder taken apart.
type placeholder struct {
	name string // "" keeps nothing
	kind string // "any", "int", "time", "re", or "" where none was said
	expr string // the expression of that kind
}

// parseHole reads what stands between << and >>. free is the expression of a
// name that says nothing more.
func parsePlaceholder(inner, free string) (placeholder, error) {
	m := placeholderContentRE.FindStringSubmatch(inner)
	if m == nil || inner == "" {
		return placeholder{}, fmt.Errorf("placeholder <<%s>> is not understood", inner)
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

// match compares a whole text with one that may hold placeholders and
// references, and keeps what placeholders name.
func (v vars) match(want, got string) error {
	ok, err := v.matchAnchored(want, got, kinds["any"], `\A`, `\z`)
	if err == nil && !ok {
		err = fmt.Errorf("want %q, got %q", want, got)
	}
	return err
}

// find does the same with a line that may stand anywhere in got. A name that
// says nothing more ends at the next blank there.
func (v vars) find(want, got string) error {
	ok, err := v.matchAnchored(want, got, `\S+`, "", "")
	if err == nil && !ok {
		err = fmt.Errorf("want %q somewhere in:\n%s", want, got)
	}
	return err
}

// fits reports whether got is as want says, between the anchors begin and end.
// An error means that want cannot be understood.
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
		if h.name != "" && !v.bind(h.name, m[re.SubexpIndex(fmt.Sprintf("hole%d", i))]) {
			return false, nil
		}
	}
	return true, nil
}

// keep stores the value, or compares it with the one kept before.
func (v vars) bind(name, value string) bool {
	if old, ok := v[name]; ok {
		return old == value
	}
	v[name] = value
	return true
}

// pattern turns text into a regular expression: text stands for itself, each
// placeholder for a group "hole0", "hole1" and so on.
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
		fmt.Fprintf(&b, "(?P<hole%d>%s)", len(holes), h.expr)
		holes = append(holes, h)
		at = m[1]
	}
	b.WriteString(regexp.QuoteMeta(text[at:]))
	return b.String(), holes, nil
}
