package console

import (
	"net/http/httptest"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func TestSearchFindsWhatTheActorMaySeeOnly(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	other := b.AddOrganization("Other <b>place</b>")
	b.AddMemberTo(other.ID, 0, "linus")
	b.AddMember("grace")
	b.signInAs(b.AddAdmin("root"))
	b.Want(b.Get("/console/search"), 200, "<h1>Search</h1>", "Keyboard shortcuts", `href="/console/webhooks"`, `id="palette"`)
	b.Want(b.Get("/console/search?q=linus"), 200, "linus Example")
	a := b.Get("/console/search?q=other")
	b.Want(a, 200, "Other &lt;b&gt;place")
	b.Without(a, "<b>place")
	b.Want(b.Get("/console/search?q=zzzz"), 200, "Nothing found")
	r := httptest.NewRequest("GET", "/console/search?q=grace", nil)
	r.Header.Set("Roster-Fragment", "palette")
	a = b.Do(r)
	b.Want(a, 200, `role="option"`, "grace Example")
	b.Without(a, "<html")

	b.signInAs(b.AddMemberTo(b.Home.ID, model.RoleAdmin, "chief"))
	b.Want(b.Get("/console/search?q=grace"), 200, "grace Example")
	for _, q := range []string{"linus", "other"} {
		a := b.Get("/console/search?q=" + q)
		b.Want(a, 200, "Nothing found")
		b.Without(a, "linus Example", "Other &lt;")
	}
	b.Without(b.Get("/console/search"), `href="/console/webhooks"`, `href="/console/emails"`)
}
