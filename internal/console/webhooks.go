package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/webhook"
)

const (
	webhooksPath    = browser.StartPath + "/webhooks"
	newWebhookPath  = webhooksPath + "/new"
	oneWebhookRoute = webhooksPath + "/{id}"
	// deliveryRows is the number of deliveries on a page.
	deliveryRows = 25
)

// webhookEndpoints returns the pages about webhooks.
func (p *pages) webhookEndpoints() []browser.Endpoint {
	need := model.WebhooksManage
	return []browser.Endpoint{
		p.show(webhooksPath, need, p.showWebhooks),
		p.show(newWebhookPath, need, p.showNewWebhook),
		p.form(newWebhookPath, need, p.createWebhook),
		p.show(oneWebhookRoute, need, p.showWebhook),
		p.form(oneWebhookRoute, need, p.changeWebhook),
		p.form(oneWebhookRoute+"/rotate", need, p.rotateWebhook),
		p.form(oneWebhookRoute+"/test", need, p.testWebhook),
		p.form(oneWebhookRoute+"/replay", need, p.replayDeliveries),
		p.form(oneWebhookRoute+"/deliveries/{delivery}/replay", need, p.replayDelivery),
		p.show(oneWebhookRoute+"/delete", need, p.showDeleteWebhook),
		p.form(oneWebhookRoute+"/delete", need, p.deleteWebhook),
	}
}

func webhookPath(id model.WebhookID, rest string) string {
	return webhooksPath + "/" + strconv.FormatInt(int64(id), 10) + rest
}

// webhooksBody is the content of the list of webhooks.
type webhooksBody struct {
	Rows  []webhookRow
	Empty ui.Empty
}

// webhookRow is one webhook of the list.
type webhookRow struct {
	model.Webhook
	Path   string
	Events string // the events that it receives, in words
	State  ui.Badge
}

func (p *pages) showWebhooks(w http.ResponseWriter, r *http.Request, a admin) error {
	all, err := p.Directory.Webhooks(r.Context(), a.Actor)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	body := webhooksBody{Empty: ui.Empty{Icon: "webhook", Title: m.Text("webhooks.none"), Text: m.Text("webhooks.none_text"),
		Link: ui.Link{Text: m.Text("webhooks.create"), Path: newWebhookPath}}}
	for _, h := range all {
		body.Rows = append(body.Rows, newWebhookRow(m, h))
	}
	page := p.page(r, a, m.Text("webhooks.title"), webhooksPath)
	page.Body = body
	return p.UI.Write(w, r, http.StatusOK, "webhooks", page)
}

func newWebhookRow(m *ui.Messages, h model.Webhook) webhookRow {
	row := webhookRow{Webhook: h, Path: webhookPath(h.ID, ""), Events: verbsText(h.Verbs), State: ui.Badge{Text: m.Text("webhooks.enabled"), Tone: "ok"}}
	if row.Events == "" {
		row.Events = m.Text("webhooks.all_events")
	}
	if !h.Enabled {
		row.State = ui.Badge{Text: m.Text("webhooks.disabled")}
		if h.Reason != "" {
			row.State.Tone = "bad"
		}
	}
	return row
}

func verbsText(verbs []model.Verb) string {
	words := make([]string, 0, len(verbs))
	for _, v := range verbs {
		words = append(words, string(v))
	}
	return strings.Join(words, " ")
}

// webhookInput is the input of the forms of a webhook.
type webhookInput struct {
	url, description, verbs string
	enabled                 bool
}

// list returns the verbs, which spaces or commas separate.
func (n webhookInput) list() []model.Verb {
	verbs := []model.Verb{}
	for _, word := range strings.FieldsFunc(n.verbs, func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\r' }) {
		verbs = append(verbs, model.Verb(word))
	}
	return verbs
}

func readWebhook(in *ui.Input) (webhookInput, error) {
	n := webhookInput{in.Line("url"), in.Line("description"), in.Line("verb"), in.Text("enabled") != ""}
	return n, in.Err()
}

func webhookFields(m *ui.Messages, n webhookInput) []ui.Field {
	return []ui.Field{
		{Name: "url", Label: m.Text("webhooks.url"), Type: "url", Autocomplete: "off", Value: n.url, Hint: m.Text("webhooks.url_hint")},
		{Name: "description", Label: m.Text("webhooks.description"), Type: "text", Autocomplete: "off", Value: n.description, Optional: true},
		{Name: "verb", Label: m.Text("webhooks.events"), Type: "text", Autocomplete: "off", Value: n.verbs, Optional: true, Hint: m.Text("webhooks.events_hint")},
	}
}

func (p *pages) newWebhookPage(r *http.Request, a admin, n webhookInput) ui.Page {
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("webhooks.create"), webhooksPath, ui.Link{Text: m.Text("webhooks.title"), Path: webhooksPath})
	page.Wide, page.Lead = false, m.Text("webhooks.create_text")
	page.Form = &ui.Form{Action: newWebhookPath, Submit: m.Text("webhooks.create"), Small: true, Fields: webhookFields(m, n)}
	return page
}

func (p *pages) showNewWebhook(w http.ResponseWriter, r *http.Request, a admin) error {
	return p.UI.Write(w, r, http.StatusOK, "console-form", p.newWebhookPage(r, a, webhookInput{}))
}

func (p *pages) createWebhook(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	n, err := readWebhook(in)
	if err != nil {
		return err
	}
	made, fresh, err := p.Directory.CreateWebhook(r.Context(), a.Actor, webhook.NewWebhook{URL: n.url, Description: n.description, Verbs: n.list()})
	if err != nil {
		return p.rejectForm(w, r, "console-form", p.newWebhookPage(r, a, n), err)
	}
	return p.writeWebhook(w, r, a, made, fresh)
}

// webhookBody is the content of the page about one webhook.
type webhookBody struct {
	webhookRow
	Secret     string // a new secret; "" for none
	Filter     ui.Field
	Deliveries []deliveryRow
	Pager      ui.Pager
	Empty      ui.Empty
	Dead       bool // whether the page shows deliveries that were given up
}

// deliveryRow is one delivery of the list.
type deliveryRow struct {
	model.Delivery
	Event  string // in words
	Badge  ui.Badge
	Replay string // path of the form that sends it again; "" for none
}

func (p *pages) showWebhook(w http.ResponseWriter, r *http.Request, a admin) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	return p.writeWebhook(w, r, a, h, "")
}

func (p *pages) webhookOf(r *http.Request, a admin) (model.Webhook, error) {
	id, err := pathID[model.WebhookID](r, "id", "webhook")
	if err != nil {
		return model.Webhook{}, err
	}
	return p.Directory.Webhook(r.Context(), a.Actor, id)
}

// writeWebhook writes the page about a webhook. fresh is its new secret, which no other page shows.
func (p *pages) writeWebhook(w http.ResponseWriter, r *http.Request, a admin, h model.Webhook, fresh secret.Text) error {
	page, err := p.webhookPage(r, a, h, webhookInput{h.URL, h.Description, verbsText(h.Verbs), h.Enabled})
	if err != nil {
		return err
	}
	body, ok := page.Body.(webhookBody)
	if ok && fresh != "" {
		body.Secret = fresh.Reveal()
		page.Body = body
	}
	return p.UI.Write(w, r, http.StatusOK, "webhook", page)
}

func (p *pages) webhookPage(r *http.Request, a admin, h model.Webhook, n webhookInput) (ui.Page, error) {
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("webhooks.one", "id", int64(h.ID)), webhooksPath, ui.Link{Text: m.Text("webhooks.title"), Path: webhooksPath})
	page.Form = &ui.Form{Action: webhookPath(h.ID, ""), Submit: m.Text("webhooks.save"), Small: true, Fields: append(webhookFields(m, n),
		ui.Field{Name: "enabled", Label: m.Text("webhooks.enabled"), Type: "checkbox", Checked: n.enabled, Hint: m.Text("webhooks.enabled_hint")})}
	in, err := ui.ReadQuery(r)
	if err != nil {
		return page, err
	}
	view := ui.NewQuery(webhookPath(h.ID, ""), url.Values{"state": {in.Line("state")}, "before": {in.Line("before")}})
	if err := in.Err(); err != nil {
		return page, err
	}
	body := webhookBody{webhookRow: newWebhookRow(m, h)}
	if err := p.addDeliveries(r, a, h, view, &body); err != nil {
		return page, err
	}
	page.Body = body
	return page, nil
}

// addDeliveries adds a page of deliveries, newest first.
func (p *pages) addDeliveries(r *http.Request, a admin, h model.Webhook, view ui.Query, body *webhookBody) error {
	m := p.UI.MessagesFor(r)
	states := []model.DeliveryState{model.Pending, model.Delivered, model.Dead}
	f := model.DeliveryFilter{Webhook: h.ID, Limit: deliveryRows + 1, Descending: true}
	body.Filter = ui.Field{Name: "state", Label: m.Text("webhooks.state"), Type: "select", Options: []ui.Option{{Label: m.Text("webhooks.any_state")}}}
	for _, state := range states {
		chosen := view.Get("state") == string(state)
		if chosen {
			f.State = state
		}
		body.Filter.Options = append(body.Filter.Options, ui.Option{Value: string(state), Label: stateText(m, state), Selected: chosen})
	}
	before, _ := decimal.ParseID(view.Get("before"))
	f.Before = model.DeliveryID(before)
	all, err := p.Directory.Deliveries(r.Context(), a.Actor, f)
	if err != nil {
		return err
	}
	if len(all) > deliveryRows {
		all = all[:deliveryRows]
		body.Pager.Next = view.With("before", strconv.FormatInt(int64(all[deliveryRows-1].ID), 10))
	}
	if before != 0 {
		body.Pager.Previous = view.With("before", "")
	}
	body.Pager.Count = m.Count("webhooks.shown", len(all))
	body.Empty = ui.Empty{Icon: "webhook", Title: m.Text("webhooks.no_delivery"), Text: m.Text("webhooks.no_delivery_text")}
	for _, d := range all {
		body.Deliveries = append(body.Deliveries, newDeliveryRow(m, d))
	}
	body.Dead = slices.ContainsFunc(all, func(d model.Delivery) bool { return d.State == model.Dead })
	return nil
}

func newDeliveryRow(m *ui.Messages, d model.Delivery) deliveryRow {
	row := deliveryRow{Delivery: d, Event: browser.VerbText(m, d.Verb), Badge: ui.Badge{Text: stateText(m, d.State)}}
	switch d.State {
	case model.Delivered:
		row.Badge.Tone = "ok"
	case model.Dead:
		row.Badge.Tone = "bad"
	case model.Pending:
		row.Badge.Tone = "warn"
	}
	if d.State != model.Pending {
		row.Replay = webhookPath(d.Webhook, "/deliveries/"+strconv.FormatInt(int64(d.ID), 10)+"/replay")
	}
	return row
}

func stateText(m *ui.Messages, s model.DeliveryState) string {
	switch s {
	case model.Pending:
		return m.Text("webhooks.pending")
	case model.Delivered:
		return m.Text("webhooks.delivered")
	case model.Dead:
		return m.Text("webhooks.dead")
	}
	return string(s)
}

func (p *pages) changeWebhook(w http.ResponseWriter, r *http.Request, a admin, in *ui.Input) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	n, err := readWebhook(in)
	if err != nil {
		return err
	}
	verbs := n.list()
	_, err = p.Directory.ChangeWebhook(r.Context(), a.Actor, h.ID, webhook.Change{URL: &n.url, Description: &n.description, Verbs: &verbs, Enabled: &n.enabled})
	if err == nil {
		return p.backTo(w, webhookPath(h.ID, ""), "webhook-saved")
	}
	page, pageErr := p.webhookPage(r, a, h, n)
	if pageErr != nil {
		return pageErr
	}
	return p.rejectForm(w, r, "webhook", page, err)
}

func (p *pages) rotateWebhook(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	fresh, err := p.Directory.RotateWebhookSecret(r.Context(), a.Actor, h.ID)
	if err != nil {
		return err
	}
	return p.writeWebhook(w, r, a, h, fresh)
}

func (p *pages) testWebhook(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	if _, err := p.Directory.TestWebhook(r.Context(), a.Actor, h.ID); err != nil {
		return err
	}
	return p.backTo(w, webhookPath(h.ID, ""), "webhook-tested")
}

// replayDeliveries sends all deliveries again that were given up.
func (p *pages) replayDeliveries(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	if _, err := p.Directory.ReplayDead(r.Context(), a.Actor, h.ID); err != nil {
		return err
	}
	return p.backTo(w, webhookPath(h.ID, ""), "deliveries-replayed")
}

func (p *pages) replayDelivery(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	id, err := pathID[model.DeliveryID](r, "delivery", "delivery")
	if err != nil {
		return err
	}
	if _, err := p.Directory.ReplayDelivery(r.Context(), a.Actor, h.ID, id); err != nil {
		return err
	}
	return p.backTo(w, webhookPath(h.ID, ""), "deliveries-replayed")
}

func (p *pages) showDeleteWebhook(w http.ResponseWriter, r *http.Request, a admin) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	m := p.UI.MessagesFor(r)
	page := p.page(r, a, m.Text("webhooks.delete"), webhooksPath, ui.Link{Text: m.Text("webhooks.title"), Path: webhooksPath})
	page.Wide, page.Lead = false, m.Text("webhooks.delete_text", "url", h.URL)
	page.Form = &ui.Form{Action: webhookPath(h.ID, "/delete"), Submit: m.Text("webhooks.delete"), Small: true, Danger: true}
	return p.UI.Write(w, r, http.StatusOK, "console-form", page)
}

func (p *pages) deleteWebhook(w http.ResponseWriter, r *http.Request, a admin, _ *ui.Input) error {
	h, err := p.webhookOf(r, a)
	if err != nil {
		return err
	}
	if err := p.Directory.DeleteWebhook(r.Context(), a.Actor, h.ID); err != nil {
		return err
	}
	return p.backTo(w, webhooksPath, "webhook-deleted")
}
