package cli_test

import (
	"encoding/json"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// compareExports compares two exports of one user. The second also contains the event of the first.
func compareExports(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: compare-exports FILE FILE")
	}
	first, second := exported(ts, args[0]), exported(ts, args[1])
	delete(second, "$schema") // only in the API
	events, _ := second["events"].([]any)
	if len(events) == 0 {
		ts.Fatalf("%s has no events", args[1])
	}
	second["events"] = events[:len(events)-1]
	if diff := cmp.Diff(first, second); diff != "" {
		ts.Fatalf("they differ (-%s +%s):\n%s", args[0], args[1], diff)
	}
	who, _ := first["user"].(map[string]any)
	for name, list := range map[string]any{
		"identities": who["identities"], "organizations": first["organizations"], "projects": first["projects"], "keys": first["keys"],
		"tokens": first["tokens"], "sessions": first["sessions"], "invitations": first["invitations"],
	} {
		if all, _ := list.([]any); len(all) == 0 {
			ts.Fatalf("there are no %s to compare", name)
		}
	}
}

func exported(ts *testscript.TestScript, name string) map[string]any {
	all := map[string]any{}
	from := json.NewDecoder(strings.NewReader(ts.ReadFile(name)))
	from.UseNumber()
	ts.Check(from.Decode(&all))
	return all
}
