package config

import (
	"strings"
	"testing"
)

// With a domain in which others can register hosts, the sign-in page would lead to pages that look like
// it, and would give them a cookie.
func TestForwardAuthDomainBelongsToOneOrganization(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, domain, fault string }{
		{"https://people.example.org", "", ""},
		{"https://people.example.org", "example.org", ""},
		{"https://people.example.org", "people.example.org", ""},
		{"https://people.example.org", "Example.ORG", ""},
		{"https://people.example.co.uk", "example.co.uk", ""},
		{"https://people.corp.test", "corp.test", ""},
		{"http://people.lab.internal:8080/x", "lab.internal", ""},
		{"https://www.ck", "www.ck", ""}, // an exception of the list
		{"https://people.xn--bcher-kva.example", "xn--bcher-kva.example", ""},

		{"https://people.example.org", "org", "public suffix"},
		{"https://people.example.org", "ORG", "public suffix"},
		{"https://people.corp.test", "test", "public suffix"},
		{"https://people", "people", "public suffix"},
		{"http://localhost:8080", "localhost", "public suffix"},
		{"https://people.example.co.uk", "co.uk", "public suffix"},
		{"https://people.example.co.uk", "uk", "public suffix"},
		{"https://people.github.io", "github.io", "public suffix"},
		{"https://people.example.ck", "example.ck", "public suffix"}, // *.ck
		{"https://people.xn--fiqs8s", "xn--fiqs8s", "public suffix"},
		{"http://127.0.0.1", "127.0.0.1", "IP address"},
		{"http://127.0.0.1", "0.0.1", "IP address"},
		{"http://127.0.0.1", "1", "IP address"},
		{"http://[::1]:8080", "::1", "IP address"},
		{"https://people.example.org", "other.org", "must be in this domain"},
		{"https://people.example.org", "ple.org", "must be in this domain"},
		{"", "example.org", "must be in this domain"},
	} {
		_, err := Load(Sources{Flags: map[string]string{"base_url": c.base, "session.forward_auth_domain": c.domain}})
		switch {
		case c.fault == "" && err != nil:
			t.Errorf("%s at %s: %v", c.domain, c.base, err)
		case c.fault != "" && (err == nil || !strings.Contains(err.Error(), "session.forward_auth_domain") || !strings.Contains(err.Error(), c.fault)):
			t.Errorf("%s at %s: got %v, want %q", c.domain, c.base, err, c.fault)
		}
	}
}
