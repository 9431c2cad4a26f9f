//go:build !race

package e2e

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// hostile is a name that would run a script on a page that does not escape it.
const hostile = `"><img src=x onerror=alert(1)>{{.}}</script><script>alert(1)</script>`

// rows returns the names in the list of users.
func (w *window) rows() []string {
	w.t.Helper()
	return w.texts(".table .cell-main .cut:first-child")
}

// waitForRows waits until the script has replaced the list of users.
func (w *window) waitForRows(want ...string) {
	w.t.Helper()
	for end := time.Now().Add(testTimeout); ; time.Sleep(20 * time.Millisecond) {
		got := w.rows()
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("rows %q, want %q", got, want)
		}
	}
}

// consoleUsers searches, filters and changes users as an administrator, and looks at them as an Admin of an
// organization.
func (b *chromium) consoleUsers() {
	root := b.admin("rosa")
	atelier := b.organization("Atelier")
	for _, name := range []string{"piet", "wassily"} {
		b.member(name, atelier.ID, 0)
	}
	paula := b.member("paula", atelier.ID, model.RoleAdmin)
	evil := b.member("mallory", atelier.ID, 0)
	name := hostile
	_, err := b.App.Directory.ChangeUser(b.t.Context(), model.Operator(), evil.ID, directory.UserChange{Name: &name})
	b.must(err)

	w := b.open(nil)
	w.signIn("rosa", root.Password)
	w.visit("/console")
	w.shows("console-overview-administrator", http.StatusOK, "Overview")
	w.press(`.sidenav a[href$="/console/users"]`)
	w.shows("console-users", http.StatusOK, "Users")
	w.visit("/console/users?org=atelier")
	w.waitForRows(hostile, "Paula Example", "Wassily Example", "Piet Example")
	w.command("fill", document{"fields": document{"#q": "piet"}})
	w.waitForRows("Piet Example")
	w.visit("/console/users?org=atelier&sort=name")
	w.waitForRows(hostile, "Paula Example", "Piet Example", "Wassily Example")
	w.shows("console-users-hostile", http.StatusOK, "Users")
	w.command("click", document{"selector": "tbody tr:nth-child(3) input[type=checkbox]"})
	w.command("click", document{"selector": "tbody tr:nth-child(4) input[type=checkbox]"})
	if got := w.only(".selection [data-selected]"); got != "2 selected" {
		b.t.Errorf("the selection says %q", got)
	}
	w.press(`.selection button[value=block]`)
	w.shows("console-users-blocked", http.StatusOK, "Block users")
	w.press(`.banner button`)
	w.is(http.StatusOK, "Unblock users")
	if got := w.only(".banner"); !strings.HasPrefix(got, "2 users unblocked.") {
		b.t.Errorf("the result says %q", got)
	}
	w.visit("/console/users?q=wassily")
	w.command("click", document{"selector": "tbody input[type=checkbox]"})
	w.press(`.selection button[name=all]`)
	w.shows("console-users-operation", http.StatusOK, "Choose an action")
	w.press(`button[value=delete]`)
	w.shows("console-users-delete", http.StatusOK, "Delete users")
	w.send("main button[type=submit]", "#op_confirm", "1")
	w.is(http.StatusOK, "Delete users")
	w.visit("/console/users?q=wassily")
	w.shows("console-users-empty", http.StatusOK, "Users")

	w.visit("/console/users?q=paula")
	w.press(`.table a.cut`)
	w.shows("console-user", http.StatusOK, "Paula Example")
	user := w.at.Path
	for _, page := range []struct{ below, title string }{
		{"access", "Organizations and projects"}, {"credentials", "Addresses and credentials"}, {"sessions", "Sessions"}, {"history", "History"},
		{"edit", "Edit user"}, {"offboard", "Offboard Paula Example"},
	} {
		w.visit(user + "/" + page.below)
		w.shows("console-user-"+page.below, http.StatusOK, page.title)
	}
	w.visit(user + "/edit")
	if a := b.call(http.MethodPatch, path("/api/v1/users/%d", paula.ID), `{"company":"Navy"}`, bearer(root.Key), "Content-Type: application/json"); a.Status != http.StatusOK {
		b.t.Fatalf("change: %d %s", a.Status, a.Body)
	}
	w.send("main button[type=submit]", "#given_name", "Paola")
	w.shows("console-user-conflict", http.StatusConflict, "Edit user")
	w.press("main button[type=submit]")
	w.is(http.StatusOK, "Paola Example")

	w.visit("/console/users?q=piet")
	w.press(`.table a.cut`)
	w.command("click", document{"selector": "a[data-open]"})
	for end := time.Now().Add(testTimeout); len(w.texts("#opened #confirm")) == 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	w.shows("console-user-offboard-dialog", http.StatusOK, "Piet Example")
	w.send("#opened button[type=submit]", "#opened #confirm", "piet")
	w.shows("console-user-offboarded", http.StatusOK, "Piet Example")

	chief := b.open(document{"locale": "de"})
	chief.looks = "de-"
	chief.signIn("paula", paula.Password)
	chief.visit("/console")
	chief.shows("console-overview-organization", http.StatusOK, "Übersicht")
	chief.visit("/console/users")
	chief.shows("console-users-organization", http.StatusOK, "Benutzer")
	chief.waitForRows(hostile, "Paola Example", "Piet Example")
	chief.press(`.table tbody tr:nth-child(2) a.cut`)
	chief.shows("console-user-organization", http.StatusOK, "Paola Example")
	chief.visit(user + "/access")
	chief.shows("console-user-access-organization", http.StatusOK, "Organisationen und Projekte")
	chief.visit(user + "/credentials")
	chief.shows("console-forbidden", http.StatusForbidden, "Sie dürfen diese Seite nicht öffnen")
	chief.visit("/console/users?org=home")
	chief.is(http.StatusNotFound, "Nicht gefunden")
	chief.visit("/console/users?q=rosa")
	chief.waitForRows()
}

// consoleWithoutScripts blocks a user without JavaScript.
func (b *chromium) consoleWithoutScripts() {
	root := b.admin("roswitha")
	b.member("blaise", 0, 0)
	w := b.open(document{"noscript": true})
	w.signIn("roswitha", root.Password)
	w.visit("/console/users")
	w.send("#filter > button", "#q", "blaise")
	w.command("click", document{"selector": "tbody input[type=checkbox]"})
	w.press(`.selection button[value=block]`)
	w.is(http.StatusOK, "Block users")
	if got := w.only(".banner"); !strings.HasPrefix(got, "1 user blocked.") {
		b.t.Errorf("the result says %q", got)
	}
}
