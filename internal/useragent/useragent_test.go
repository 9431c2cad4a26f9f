package useragent_test

import (
	"testing"

	"roster.example/roster/internal/useragent"
)

func TestDevicesAreNamed(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": "Edge · Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":    "Safari · macOS",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36":              "Chrome · Android",
		"curl/8.5.0": "curl", "": "", "python-requests/2.32": "python-requests", "x": "x",
	} {
		if got, _ := useragent.Describe(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
