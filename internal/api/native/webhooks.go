package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
	webhooks "roster.example/roster/internal/webhook"
)

// webhook is a URL that receives events.
type webhook struct {
	ID          int64     `json:"id" example:"1"`
	URL         string    `json:"url" example:"https://chat.example.org/hooks/people"`
	Description string    `json:"description" example:"posts to the team chat"`
	Verbs       []string  `json:"verbs" doc:"The events to deliver: verbs, or prefixes that end with a dot. An empty list means all." example:"[\"user.\"]"`
	Enabled     bool      `json:"enabled"`
	Reason      string    `json:"reason" doc:"Why the server disabled the webhook; else empty."`
	CreatedAt   time.Time `json:"created_at" example:"2026-01-02T15:04:05Z"`
	UpdatedAt   time.Time `json:"updated_at" example:"2026-01-02T15:04:05Z"`
}

func newWebhook(h model.Webhook) webhook {
	return webhook{int64(h.ID), h.URL, h.Description, mapSlice(h.Verbs, asText[model.Verb]), h.Enabled, h.Reason, h.CreatedAt, h.UpdatedAt}
}

// webhookSecret is a new secret, which is returned only once.
type webhookSecret struct {
	Secret string `json:"secret" doc:"It is only in this answer." example:"whsec_…"`
}

type webhookWithSecret struct {
	Webhook webhook `json:"webhook"`
	Secret  string  `json:"secret" doc:"Deliveries are signed with it. It is only in this answer." example:"whsec_…"`
}

type createWebhookRequest struct {
	URL         string   `json:"url" minLength:"1" maxLength:"2048" example:"https://chat.example.org/hooks/people"`
	Description string   `json:"description,omitempty" maxLength:"255"`
	Verbs       []string `json:"verbs,omitempty" maxItems:"100" example:"[\"user.\"]"`
}

type updateWebhookRequest struct {
	URL         *string   `json:"url,omitempty" minLength:"1" maxLength:"2048"`
	Description *string   `json:"description,omitempty" nullable:"true" maxLength:"255" example:"posts to the new chat"`
	Verbs       *[]string `json:"verbs,omitempty" maxItems:"100"`
	Enabled     *bool     `json:"enabled,omitempty"`
}

type delivery struct {
	ID        int64      `json:"id" example:"77"`
	Webhook   int64      `json:"webhook_id" example:"1"`
	Event     int64      `json:"event_id" example:"4711"`
	User      int64      `json:"user_id" doc:"The user that the event is about; 0 for none. Events about one user are delivered in order." example:"42"`
	Verb      string     `json:"verb" example:"user.block"`
	State     string     `json:"state" enum:"pending,delivered,dead" doc:"dead: all attempts failed for a day."`
	Attempts  int        `json:"failed_attempts" doc:"The number of failed attempts since the last replay."`
	Status    int        `json:"last_status" doc:"The HTTP status of the last answer; 0 for none."`
	Reason    string     `json:"last_error" doc:"Why the last attempt failed."`
	CreatedAt time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"The earliest time of the next attempt. Absent if the delivery has ended."`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"When it was delivered or became dead."`
}

func newDelivery(d model.Delivery) delivery {
	result := delivery{
		int64(d.ID), int64(d.Webhook), int64(d.Event), int64(d.User), string(d.Verb), string(d.State), d.Attempts, d.Status, d.Reason,
		d.CreatedAt, nil, timeOrNil(d.EndedAt),
	}
	if d.State == model.Pending {
		result.DueAt = timeOrNil(d.DueAt)
	}
	return result
}

// ByWebhook is the input of operations on one webhook.
type ByWebhook struct {
	Webhook int64 `path:"webhook" minimum:"1" doc:"The id of the webhook." example:"1"`
}

func (in ByWebhook) id() model.WebhookID { return model.WebhookID(in.Webhook) }

func (a api) addWebhookOperations(h huma.API) {
	const tag, path, one = "webhooks", "/webhooks", "/webhooks/{webhook}"
	need := model.WebhooksManage
	add(h, operation{id: "listWebhooks", method: "GET", path: path, permission: need, tag: tag,
		summary: "List webhooks"}, a.listWebhooks)
	addKeyed(h, operation{id: "createWebhook", method: "POST", path: path, permission: need, tag: tag, status: http.StatusCreated,
		summary: "Create a webhook",
		description: "Deliveries are signed by the Standard Webhooks conventions with the secret, which is only in this answer. Private network " +
			"addresses are rejected unless the settings allow them."}, a.createWebhook, createdWebhook)
	add(h, operation{id: "getWebhook", method: "GET", path: one, permission: need, tag: tag,
		summary: "Get a webhook"}, a.getWebhook)
	add(h, operation{id: "updateWebhook", method: "PATCH", path: one, permission: need, tag: tag,
		summary: "Update a webhook"}, a.updateWebhook)
	add(h, operation{id: "deleteWebhook", method: "DELETE", path: one, permission: need, tag: tag, status: http.StatusNoContent,
		summary: "Delete a webhook"}, a.deleteWebhook)
	add(h, operation{id: "rotateWebhookSecret", method: "POST", path: one + "/rotate", permission: need, tag: tag,
		summary:     "Rotate a webhook secret",
		description: "For a transition period, deliveries are signed with the previous secret too; see docs/webhooks.md."}, a.rotateWebhookSecret)
	add(h, operation{id: "testWebhook", method: "POST", path: one + "/test", permission: need, tag: tag, status: http.StatusAccepted,
		summary: "Test a webhook", description: "Sends an event webhook.test to this webhook only."}, a.testWebhook)
	add(h, operation{id: "listWebhookDeliveries", method: "GET", path: one + "/deliveries", permission: need, tag: tag,
		summary: "List the deliveries of a webhook", description: "The latest delivery is first."}, a.listWebhookDeliveries)
	add(h, operation{id: "replayDelivery", method: "POST", path: one + "/deliveries/{number}/replay", permission: need, tag: tag,
		summary: "Replay a delivery"}, a.replayDelivery)
	add(h, operation{id: "replayDeadDeliveries", method: "POST", path: one + "/deliveries/replay", permission: need, tag: tag,
		summary: "Replay all dead deliveries"}, a.replayDeadDeliveries)
}

func (a api) listWebhooks(ctx context.Context, actor model.Actor, _ *struct{}) (*body[list[webhook]], error) {
	all, err := a.directory.Webhooks(ctx, actor)
	return listResponse(all, newWebhook, err)
}

func (a api) createWebhook(ctx context.Context, actor model.Actor, in *struct {
	Keyed
	Body createWebhookRequest
}) (idempotency.SecretResult[model.Webhook], error) {
	h, secret, err := a.directory.CreateWebhook(ctx, actor, webhooks.NewWebhook{
		URL: in.Body.URL, Description: in.Body.Description, Verbs: mapSlice(in.Body.Verbs, fromText[model.Verb]),
	})
	if err != nil {
		err = renameFields(err, map[string]string{"verb": "verbs"})
	}
	return idempotency.SecretResult[model.Webhook]{Value: h, Secret: secret}, err
}

func createdWebhook(h idempotency.SecretResult[model.Webhook]) *created[webhookWithSecret] {
	return &created[webhookWithSecret]{Location: apiPath("/webhooks/%d", h.Value.ID), Body: webhookWithSecret{newWebhook(h.Value), h.Secret.Reveal()}}
}

func (a api) getWebhook(ctx context.Context, actor model.Actor, in *ByWebhook) (*body[webhook], error) {
	h, err := a.directory.Webhook(ctx, actor, in.id())
	if err != nil {
		return nil, err
	}
	return bodyOf(newWebhook(h)), nil
}

func (a api) updateWebhook(ctx context.Context, actor model.Actor, in *struct {
	ByWebhook
	Body updateWebhookRequest
}) (*body[webhook], error) {
	change := webhooks.Change{URL: in.Body.URL, Description: in.Body.Description, Enabled: in.Body.Enabled}
	if in.Body.Verbs != nil {
		verbs := mapSlice(*in.Body.Verbs, fromText[model.Verb])
		change.Verbs = &verbs
	}
	h, err := a.directory.ChangeWebhook(ctx, actor, in.id(), change)
	if err != nil {
		return nil, renameFields(err, map[string]string{"verb": "verbs"})
	}
	return bodyOf(newWebhook(h)), nil
}

func (a api) deleteWebhook(ctx context.Context, actor model.Actor, in *ByWebhook) (*noContent, error) {
	return nil, a.directory.DeleteWebhook(ctx, actor, in.id())
}

func (a api) rotateWebhookSecret(ctx context.Context, actor model.Actor, in *ByWebhook) (*body[webhookSecret], error) {
	secret, err := a.directory.RotateWebhookSecret(ctx, actor, in.id())
	if err != nil {
		return nil, err
	}
	return bodyOf(webhookSecret{secret.Reveal()}), nil
}

type webhookTest struct {
	Event int64 `json:"event_id" doc:"The id of the event that is sent." example:"4712"`
}

func (a api) testWebhook(ctx context.Context, actor model.Actor, in *ByWebhook) (*body[webhookTest], error) {
	event, err := a.directory.TestWebhook(ctx, actor, in.id())
	if err != nil {
		return nil, err
	}
	return bodyOf(webhookTest{int64(event)}), nil
}

func (a api) listWebhookDeliveries(ctx context.Context, actor model.Actor, in *struct {
	ByWebhook
	State  string `query:"state" enum:"pending,delivered,dead" doc:"Only deliveries in this state."`
	Cursor int64  `query:"cursor" minimum:"1" doc:"The member next of the previous page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"The number of items on a page."`
}) (*body[list[delivery]], error) {
	if _, err := a.directory.Webhook(ctx, actor, in.id()); err != nil {
		return nil, err
	}
	all, err := a.directory.Deliveries(ctx, actor, model.DeliveryFilter{
		Webhook: in.id(), State: model.DeliveryState(in.State), Before: model.DeliveryID(in.Cursor), Limit: in.Limit + 1, Descending: true,
	})
	if err != nil {
		return nil, err
	}
	var result list[delivery]
	if len(all) > in.Limit {
		all = all[:in.Limit]
		result.Next = strconv.FormatInt(int64(all[in.Limit-1].ID), 10)
	}
	result.Items = mapSlice(all, newDelivery)
	return bodyOf(result), nil
}

func (a api) replayDelivery(ctx context.Context, actor model.Actor, in *struct {
	ByWebhook
	Number int64 `path:"number" minimum:"1" doc:"The id of the delivery." example:"77"`
}) (*body[delivery], error) {
	d, err := a.directory.ReplayDelivery(ctx, actor, in.id(), model.DeliveryID(in.Number))
	if err != nil {
		return nil, err
	}
	return bodyOf(newDelivery(d)), nil
}

type replayResult struct {
	Deliveries int `json:"deliveries" doc:"The number of deliveries that are sent again." example:"3"`
}

func (a api) replayDeadDeliveries(ctx context.Context, actor model.Actor, in *ByWebhook) (*body[replayResult], error) {
	n, err := a.directory.ReplayDead(ctx, actor, in.id())
	if err != nil {
		return nil, err
	}
	return bodyOf(replayResult{n}), nil
}
