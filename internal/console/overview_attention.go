package console

import (
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/ui"
)

// attention is one line of what an administrator should look at.
type attention struct {
	Tone, Icon   string
	Text, Detail string
	Link         ui.Link
}

// attentionOf lists what needs attention; it is empty if nothing does.
func attentionOf(m *ui.Messages, counts directory.Statistics, o directory.Overview) []attention {
	var list []attention
	add := func(n int, tone, key, detail, path string) {
		if n > 0 {
			icon := "warn"
			if tone == "info" {
				icon = "info"
			}
			list = append(list, attention{tone, icon, m.Count(key, n), detail, ui.Link{Text: m.Text("overview.review"), Path: path}})
		}
	}
	add(counts.FailedMails, "bad", "overview.failed_emails", "", emailsPath)
	add(o.Waiting.Count, "warn", "overview.waiting_emails", o.Waiting.Reason, emailsPath)
	add(o.StoppedWebhooks, "bad", "overview.stopped_webhooks", "", webhooksPath)
	add(o.WithoutFactor.N, "info", "overview.without_factor", capText(m, o.WithoutFactor), usersPath+"?factor=none&state=active")
	add(o.Dormant.N, "info", "overview.dormant", capText(m, o.Dormant), usersPath+"?seen=dormant&state=active")
	return list
}

// capText says that a number of users is a lower bound.
func capText(m *ui.Messages, c directory.UserCount) string {
	if c.Capped {
		return m.Text("overview.at_least")
	}
	return ""
}
