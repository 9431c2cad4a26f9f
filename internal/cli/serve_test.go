package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"roster.example/roster/internal/app"
)

func TestStartPrintsWhereTheServerIsReached(t *testing.T) {
	t.Parallel()
	const last = "roster: listening on http://localhost:80\n"
	for name, c := range map[string]struct {
		info app.ServerInfo
		want []string
	}{
		"loopback":      {app.ServerInfo{}, nil},
		"all addresses": {app.ServerInfo{Wildcard: true}, []string{"all addresses of this machine"}},
		"base_url":      {app.ServerInfo{BaseURL: "https://people.example.org"}, []string{"https://people.example.org (base_url)"}},
		"both": {app.ServerInfo{Wildcard: true, BaseURL: "https://people.example.org"},
			[]string{"https://people.example.org (base_url)", "all addresses of this machine"}},
	} {
		var out bytes.Buffer
		e := &environment{stdout: &out, stderr: io.Discard}
		c.info.URL = "http://localhost:80"
		e.printStartup(c.info)
		text, found := strings.CutSuffix(out.String(), last)
		if !found || strings.Count(text, "\n") != len(c.want) {
			t.Errorf("%s: got %q", name, out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q lacks %q", name, text, want)
			}
		}
	}
}
