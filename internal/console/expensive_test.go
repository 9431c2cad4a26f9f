package console

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/browser"
)

func TestListsAreExpensiveReadsAndFormsAreNot(t *testing.T) {
	t.Parallel()
	lists := []string{
		usersPath, exportRoute, userRoute + offboardBelow, userRoute + accessBelow, searchPath, eventsPath, eventsExportPath, organizationsPath,
		organizationRoute, organizationRoute + deleteRest, organizationRoute + rolesTab, organizationRoute + roleRoute, organizationRoute + roleRoute + "/delete",
		organizationRoute + projectsTab, organizationRoute + projectRoute, organizationRoute + invitationsTab,
	}
	found := 0
	for _, e := range Endpoints(&browser.Site{}, nil) {
		want := e.Method == http.MethodGet && slices.Contains(lists, e.Path)
		got := e.Class != nil && e.Class(httptest.NewRequest(e.Method, "/", nil)) == admission.ExpensiveReads
		if got != want {
			t.Errorf("%s %s: an expensive read: %t, want %t", e.Method, e.Path, got, want)
		}
		if want {
			found++
		}
	}
	if found != len(lists) {
		t.Errorf("found %d of %d lists", found, len(lists))
	}
}
