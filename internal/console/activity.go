package console

import (
	"slices"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// activityEndpoints returns the search, and the pages about events, webhooks and emails.
func (p *pages) activityEndpoints() []browser.Endpoint {
	return slices.Concat(p.emailEndpoints(), p.webhookEndpoints(), []browser.Endpoint{
		expensive(p.show(searchPath, model.UsersRead, p.showSearch)),
		expensive(p.show(eventsPath, model.AuditRead, p.showEvents)),
		expensive(p.show(eventsExportPath, model.AuditRead, p.exportEvents)),
	})
}

// activityEntries returns the links to the pages about events, webhooks and emails.
func activityEntries(m *ui.Messages) []navEntry {
	return []navEntry{
		{m.Text("events.title"), "event", eventsPath, model.AuditRead},
		{m.Text("webhooks.title"), "webhook", webhooksPath, model.WebhooksManage},
		{m.Text("emails.title"), "mail", emailsPath, model.ServerManage},
	}
}
