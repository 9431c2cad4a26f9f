package codebase

import (
	"strings"
	"testing"
)

func TestDeclarationsOfUTF8AndASCIIAreAcceptedInAnySpelling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		encoding, text string
		good           bool
	}{
		{"utf-8", "Zoë", true}, {"UTF-8", "Zoë", true}, {"utf8", "Zoë", true}, {"UTF8", "Zoë", true}, {"Utf_8", "Zoë", true},
		{"us-ascii", "Zoe", true}, {"US-ASCII", "Zoe", true}, {"ascii", "Zoe", true}, {"us-ascii", "Zo&#235;", true},
		{"us-ascii", "Zoë", false}, {"ascii", "Zo\xeb", false}, {"utf8", "Zo\xeb", false},
		{"iso-8859-1", "Zoe", false}, {"utf-16", "Zoe", false}, {"utf-7", "Zoe", false}, {"", "Zoe", true},
	} {
		body := `<?xml version='1.0' encoding='` + c.encoding + `'?>` + "\n<user>" + c.text + "</user>"
		if tree, err := parseXML(strings.NewReader(body)); (err == nil) != c.good {
			t.Errorf("%s, %q: %v, %v", c.encoding, c.text, tree, err)
		}
	}
}

func TestXMLWithTooManyElementsIsRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		good bool
	}{
		"a few":                {"<a>" + strings.Repeat("<b/>", 100) + "</a>", true},
		"the most":             {"<a>" + strings.Repeat("<b/>", maxElements-1) + "</a>", true},
		"one more":             {"<a>" + strings.Repeat("<b/>", maxElements) + "</a>", false},
		"many, nested":         {"<a>" + strings.Repeat("<b><c/></b>", maxElements/2) + "</a>", false},
		"many attributes":      {"<a>" + strings.Repeat(`<b c="1" d="2"/>`, maxElements/2) + "</a>", false},
		"attributes of one":    {"<a " + strings.Repeat(`b="1" `, maxElements) + "/>", false},
		"too deep":             {strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1), false},
		"a byte order mark":    {"\uFEFF<a>b</a>", true},
		"a mark before a line": {"\uFEFF<?xml version=\"1.0\" encoding=\"utf-8\"?><a>b</a>", true},
	} {
		if _, err := parseXML(strings.NewReader(c.body)); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
