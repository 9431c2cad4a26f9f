package directory_test

import (
	"context"
	"fmt"
	"strings"

	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/webhook"
)

// changesOfWebhooks are the changes of webhooks.
func (h *fixture) changesOfWebhooks() []change {
	op := operator()
	var hook model.Webhook
	return []change{
		{"CreateWebhook", func(ctx context.Context) (err error) {
			hook, _, err = h.CreateWebhook(ctx, op, webhook.NewWebhook{URL: "https://eve.example/eve-secret", Description: "for Acme"})
			return err
		}},
		{"ChangeWebhook", func(ctx context.Context) error {
			return none(h.ChangeWebhook(ctx, op, hook.ID, webhook.Change{Description: ref("for eve@example.org")}))
		}},
		{"RotateWebhookSecret", func(ctx context.Context) error { return none(h.RotateWebhookSecret(ctx, op, hook.ID)) }},
		{"TestWebhook", func(ctx context.Context) error { return none(h.TestWebhook(ctx, op, hook.ID)) }},
		{"ReplayDelivery", func(ctx context.Context) error {
			return none(h.ReplayDelivery(ctx, op, hook.ID, h.deliveries(model.DeliveryFilter{Webhook: hook.ID})[0].ID))
		}},
		{"ReplayDead", func(ctx context.Context) error {
			h.Must(h.queue().GiveUp(ctx, h.takes(hook.ID)[0].Delivery, 500, "answered 500"))
			return none(h.ReplayDead(ctx, op, hook.ID))
		}},
		{"DeleteWebhook", func(ctx context.Context) error { return h.DeleteWebhook(ctx, op, hook.ID) }},
	}
}

// changeOfOwnInvitation answers an invitation to the verified address of a new user.
func (h *fixture) changeOfOwnInvitation(method string, answer func(context.Context, model.Actor, model.InvitationID) error) change {
	return change{method, func(ctx context.Context) error {
		u := h.AddUser(strings.ToLower(method))
		h.Must(none(h.SendVerification(ctx, operator(), u.ID, u.Primary().ID)))
		h.Must(none(h.VerifyEmail(ctx, caller(model.Console), h.EmailedToken(u.Primary().Address))))
		sent, err := h.Invite(ctx, operator(), invitation.NewInvitation{Org: h.AddOrganization(method).ID, Email: u.Primary().Address})
		h.Must(err)
		before := len(h.AllEvents())
		if err := answer(ctx, h.Actor(u), sent.Invitation.ID); err != nil || len(h.AllEvents()) == before {
			return fmt.Errorf("answered with %w", err)
		}
		return nil
	}}
}
