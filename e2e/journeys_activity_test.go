package e2e

import (
	"net/http"
	"strings"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// consoleActivity reads events, webhooks, emails and the search as an administrator, and as an Admin of an
// organization, who sees nothing of others.
func (b *chromium) consoleActivity() {
	root := b.admin("sonia")
	workshop, other := b.organization("Workshop"), b.organization("Elsewhere")
	b.member("josef", other.ID, 0)
	anni := b.member("anni", workshop.ID, model.RoleAdmin)
	evil := b.member("trudy", workshop.ID, 0)
	name := hostile
	_, err := b.App.Directory.ChangeUser(b.t.Context(), model.Operator(), evil.ID, directory.UserChange{Name: &name})
	b.must(err)

	w := b.open(nil)
	w.signIn("sonia", root.Password)
	w.visit("/console/events")
	w.shows("console-events", http.StatusOK, "Events")
	w.visit("/console/events?user=trudy")
	w.shows("console-events-hostile", http.StatusOK, "Events")
	w.press(`.sidenav a[href$="/console/webhooks"]`)
	w.shows("console-webhooks-empty", http.StatusOK, "Webhooks")
	w.visit("/console/webhooks/new")
	w.shows("console-webhook-new", http.StatusOK, "Create webhook")
	w.press(`.sidenav a[href$="/console/emails"]`)
	w.shows("console-emails", http.StatusOK, "Emails")
	w.visit("/console/search?q=trudy")
	w.shows("console-search-hostile", http.StatusOK, "Search")

	w = b.open(nil)
	w.signIn("anni", anni.Password)
	w.visit("/console/events")
	w.shows("console-events-organization", http.StatusOK, "Events")
	if text := w.only("[data-fragment=events]"); strings.Contains(text, "josef") || strings.Contains(text, "Elsewhere") {
		b.t.Errorf("an Admin sees events of another organization: %s", text)
	}
	w.visit("/console/events?organization=elsewhere")
	w.shows("console-events-other", http.StatusNotFound, "Not found")
	w.visit("/console/webhooks")
	w.shows("console-webhooks-forbidden", http.StatusForbidden, "You may not open this page")
}
