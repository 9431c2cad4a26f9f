//go:build !race

package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// examplesEach is how many inputs each operation gets beyond those at the edges of
// its schema: as many as fit into two minutes of two busy cores.
const examplesEach = "6"

// What is not asked for by a machine that makes inputs up, and why.
func leftOut() []string {
	return []string{
		"streamEvents", // has no end; see its own tests
		"importUsers",  // reads CSV and JSON Lines, whose form no schema of OpenAPI can tell; see its own tests
	}
}

func TestGeneratedRequestsMatchTheOpenAPIDescription(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"login.account_failures": "100000", "login.address_failures": "1000000"})
	admin := s.admin("root")
	ada := s.member("ada", 0, 0)
	for range 20 { // for small numbers, which made-up input likes, to find
		s.accessToken(ada, time.Time{})
	}
	token := s.accessToken(admin, time.Time{}) // one of the operations replaces the caller's API key
	seen := s.driveWith("schema.py", append([]string{s.URL, examplesEach}, leftOut()...), "CLIENT_TOKEN="+token)
	if report, _ := seen["report"].(string); part(seen, "status") != any(json.Number("0")) || !strings.Contains(report, "No issues found") {
		t.Errorf("schemathesis found this:\n%s", report)
	}
	// One of the inputs could have ended the credential, and all after it would have been refused.
	if a := s.call(http.MethodGet, "/api/v1/me", "", bearer(token)); a.Status != http.StatusOK || !strings.Contains(a.Body, `"admin":true`) {
		t.Errorf("in the end: %d %s", a.Status, a.Body)
	}
}
