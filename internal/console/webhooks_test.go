package console

import (
	"strings"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func TestWebhookIsCreatedChangedTestedAndDeleted(t *testing.T) {
	t.Parallel()
	b := newFixture(t, directory.Options{})
	b.signInAs(b.AddAdmin("root"))
	b.Want(b.Get("/console/webhooks"), 200, "No webhook", "Create webhook")
	b.Want(b.Get("/console/webhooks/new"), 200, "<h1>Create webhook</h1>", `name="verb"`)
	b.Want(b.Send("/console/webhooks/new", "url", "http://127.0.0.1/x"), 422, "<h1>Create webhook</h1>", "http://127.0.0.1/x")
	b.Want(b.Send("/console/webhooks/new", "url", "https://hooks.example/x", "verb", "user. no.verb"), 422, "user. no.verb")
	made := b.Send("/console/webhooks/new", "url", "https://hooks.example/x", "verb", "user. member.add", "description", "<img src=x onerror=alert(1)>")
	b.Want(made, 200, "whsec_", "it is not shown again", "<h1>Webhook 1</h1>")
	a := b.Get("/console/webhooks/1")
	b.Want(a, 200, "member.add user.", "No delivery", "&lt;img")
	b.Without(a, "whsec_", "<img")
	b.Want(b.Get("/console/webhooks"), 200, "https://hooks.example/x", "Enabled")

	b.LeadsTo(b.Send("/console/webhooks/1/test"), "/console/webhooks/1?done=webhook-tested")
	b.Want(b.Get("/console/webhooks/1?done=webhook-tested"), 200, "Webhook tested", "Waiting", "No answer", "1 delivery shown")
	b.Want(b.Get("/console/webhooks/1?state=delivered"), 200, "No delivery")

	before := strings.Count(made.Body, "whsec_")
	rotated := b.Send("/console/webhooks/1/rotate")
	b.Want(rotated, 200, "whsec_")
	if rotated.Body == made.Body || strings.Count(rotated.Body, "whsec_") != before {
		t.Error("the page does not show another secret once")
	}
	b.LeadsTo(b.Send("/console/webhooks/1", "url", "https://hooks.example/x", "verb", "", "enabled_shown", "yes"), "/console/webhooks/1?done=webhook-saved")
	b.Want(b.Get("/console/webhooks/1"), 200, "Disabled", "Given up", "Send all again that were given up")
	b.Want(b.Send("/console/webhooks/1/replay"), 409)
	b.LeadsTo(b.Send("/console/webhooks/1", "url", "https://hooks.example/x", "verb", "", "enabled", "yes"), "/console/webhooks/1?done=webhook-saved")
	b.LeadsTo(b.Send("/console/webhooks/1/deliveries/1/replay"), "/console/webhooks/1?done=deliveries-replayed")
	b.Want(b.Get("/console/webhooks/1"), 200, "Waiting")
	b.LeadsTo(b.Send("/console/webhooks/1/replay"), "/console/webhooks/1?done=deliveries-replayed")
	b.Want(b.Send("/console/webhooks/1", "url", "http://127.0.0.1/", "enabled", "yes"), 422, "<h1>Webhook 1</h1>")

	b.Want(b.Get("/console/webhooks/1/delete"), 200, "receives no further event")
	b.LeadsTo(b.Send("/console/webhooks/1/delete"), "/console/webhooks?done=webhook-deleted")
	b.Want(b.Get("/console/webhooks/1"), 404)
	b.Want(b.Send("/console/webhooks/1/rotate"), 404)
	b.signInAs(b.AddMemberTo(b.Home.ID, model.RoleAdmin, "chief"))
	for _, path := range []string{"/console/webhooks", "/console/webhooks/new", "/console/webhooks/1", "/console/webhooks/1/delete"} {
		b.Want(b.Get(path), 403)
	}
}
