package webhook

import (
	"context"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/webhook/endpoint"
)

const (
	webhookPurpose = "webhook secret"

	formerSecretLife = 24 * time.Hour
)

// sealWebhook encrypts the secrets and writes the webhook.
func (r *Registry) sealWebhook(tx model.Writer, h *model.Webhook, s endpoint.Secrets) error {
	if err := r.ops.UseCurrentKey(tx); err != nil {
		return err
	}
	h.Sealed, _ = r.keyring.Seal(webhookPurpose, int64(h.ID), []byte(s.Encode()))
	return tx.ChangeWebhook(*h)
}

func (r *Registry) openWebhook(h model.Webhook) (endpoint.Secrets, error) {
	plain, err := r.keyring.Open(webhookPurpose, int64(h.ID), h.Sealed)
	if err != nil {
		return endpoint.Secrets{}, fault.NewText(fault.Conflict, fault.Textf("the secret of webhook {id} cannot be decrypted; bring back the key file that belongs to this database, or rotate the secret", "id", h.ID))
	}
	return endpoint.ParseSecrets(string(plain)), nil
}

// CheckWebhooks tries to decrypt the secrets of all webhooks and returns how many
// there are.
func (r *Registry) CheckWebhooks(ctx context.Context, actor model.Actor) (int, error) {
	checked := 0
	err := r.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		all, err := tx.Webhooks()
		if err != nil {
			return err
		}
		for _, h := range all {
			if _, err := r.openWebhook(h); err != nil {
				return err
			}
		}
		checked = len(all)
		return nil
	})
	return checked, err
}

// Reseal encrypts all secrets with the current key. A secret that cannot be decrypted stays,
// and its webhook is disabled.
func Reseal(tx model.Writer, r *Registry, actor model.Actor) error {
	all, err := tx.Webhooks()
	if err != nil {
		return err
	}
	for _, h := range all {
		s, err := r.openWebhook(h)
		if err != nil {
			err = r.disableWebhook(tx, actor, h, operation.KeyLost)
		} else {
			err = r.sealWebhook(tx, &h, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// disableWebhook disables a webhook for a reason of the server.
func (r *Registry) disableWebhook(tx model.Writer, actor model.Actor, h model.Webhook, reason string) error {
	if !h.Enabled {
		return nil
	}
	h.Enabled, h.Reason, h.UpdatedAt = false, reason, r.ops.Now()
	if err := tx.ChangeWebhook(h); err != nil {
		return err
	}
	if _, err := r.deadLetterSome(tx, h.ID); err != nil {
		return err
	}
	return r.recordWebhook(tx, actor, model.WebhookDisable, h.ID, reason)
}
