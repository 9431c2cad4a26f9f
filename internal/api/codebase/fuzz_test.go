package codebase

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"roster.example/roster/internal/authn"
)

// FuzzXML looks for texts that parseXML should not accept, or that give a result that JSON could
// not.
func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		"", " \n", "\uFEFF<a/>", "<user><first-name>A</first-name><role-id nil=\"true\"/></user>",
		"<users type=\"array\"><user><id type=\"integer\">1</id></user><user/></users>",
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a><![CDATA[<b>]]>&amp;&#x41;</a>",
		"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><a><a>", "<a/><b/>", "a<b/>", strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := parseXML(strings.NewReader(string(body)))
		if err != nil {
			if parseErrorText(err) == "" {
				t.Error("refused without a reason")
			}
			return
		}
		if len(tree) > 1 {
			t.Errorf("%d roots", len(tree))
		}
		checkTree(t, any(tree), 0)
	})
}

func checkTree(t *testing.T, value any, depth int) {
	t.Helper()
	if depth > maxDepth+1 {
		t.Fatalf("%d levels", depth)
	}
	switch value := value.(type) {
	case nil:
	case string:
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unspeakable) {
			t.Errorf("text %q", value)
		}
	case []any:
		for _, item := range value {
			checkTree(t, item, depth)
		}
	case map[string]any:
		for name, member := range value {
			if name == "" || strings.Contains(name, "-") {
				t.Errorf("name %q", name)
			}
			checkTree(t, member, depth+1)
		}
	default:
		t.Errorf("a %T", value)
	}
}

// unspeakable reports whether XML 1.0 cannot hold r.
func unspeakable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF'
}

// FuzzBasic looks for headers from which an incomplete credential, or another one than the header
// has, is read.
func FuzzBasic(f *testing.F) {
	for _, seed := range []string{"home/dan:key", "home/dan/x:k:e:y", "dan:key", "/dan:key", "home/:key", "home/dan:", ":", ""} {
		f.Add("Basic " + base64.StdEncoding.EncodeToString([]byte(seed)))
	}
	f.Add("Bearer abc")
	f.Add("basic aG9tZS9kYW46a2V5")
	f.Add("Basic %%%")
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Authorization": {header}}}
		shown := readClaim(r)
		if shown == (authn.Claim{}) {
			return
		}
		if shown.Account == "" || shown.Username == "" || shown.Secret == "" || strings.Contains(shown.Account, "/") {
			t.Errorf("account %q, username %q", shown.Account, shown.Username)
		}
		whole := shown.Account + "/" + shown.Username + ":" + shown.Secret.Reveal()
		if held, err := base64.StdEncoding.DecodeString(header[len("Basic "):]); err != nil || string(held) != whole {
			t.Errorf("%q was read as %q", header, whole)
		}
	})
}
