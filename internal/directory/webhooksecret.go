package directory

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

const (
	webhookPurpose   = "webhook secret"
	webhookPrefix    = "whsec_" // Standard Webhooks, section "Signature scheme"
	formerSecretLife = 24 * time.Hour
)

// newWebhookSecret is 32 random bytes as Standard Webhooks write them.
func newWebhookSecret() secret.Text {
	key := make([]byte, 32)
	rand.Read(key)
	return secret.Text(webhookPrefix + base64.StdEncoding.EncodeToString(key))
}

// webhookSecrets is what is sealed: after a rotation, the former one is good for a
// while.
type webhookSecrets struct {
	current, former secret.Text
	until           time.Time // of former
}

func (s webhookSecrets) text() string {
	if s.former == "" {
		return s.current.Reveal()
	}
	return s.current.Reveal() + " " + s.former.Reveal() + " " + strconv.FormatInt(s.until.Unix(), 10)
}

func readWebhookSecrets(text string) webhookSecrets {
	words := strings.Fields(text)
	if len(words) != 3 {
		return webhookSecrets{current: secret.Text(text)}
	}
	until, _ := strconv.ParseInt(words[2], 10, 64) // we wrote it; 0 ends the former one
	return webhookSecrets{secret.Text(words[0]), secret.Text(words[1]), time.Unix(until, 0)}
}

// good are the secrets that sign now.
func (s webhookSecrets) good(now time.Time) []secret.Text {
	if s.former == "" || !s.until.After(now) {
		return []secret.Text{s.current}
	}
	return []secret.Text{s.current, s.former}
}

// sealWebhook writes a webhook with these secrets.
func (d *Directory) sealWebhook(tx Writer, h *Webhook, s webhookSecrets) error {
	if err := d.useCurrentKey(tx); err != nil {
		return err
	}
	h.Sealed, _ = d.keyring.Seal(webhookPurpose, int64(h.ID), []byte(s.text()))
	return tx.ChangeWebhook(*h)
}

func (d *Directory) openWebhook(h Webhook) (webhookSecrets, error) {
	plain, err := d.keyring.Open(webhookPurpose, int64(h.ID), h.Sealed)
	if err != nil {
		return webhookSecrets{}, fault.New(fault.Conflict, fmt.Sprintf("the secret of webhook %d cannot be decrypted; bring back the key file that belongs to this database, or rotate the secret", h.ID))
	}
	return readWebhookSecrets(string(plain)), nil
}

// CheckWebhooks tries to decrypt the secrets of all webhooks and returns how many
// there are.
func (d *Directory) CheckWebhooks(ctx context.Context, actor Actor) (int, error) {
	checked := 0
	err := d.read(ctx, actor, ServerManage, 0, func(tx Reader, _ User) error {
		all, err := tx.Webhooks()
		if err != nil {
			return err
		}
		for _, h := range all {
			if _, err := d.openWebhook(h); err != nil {
				return err
			}
		}
		checked = len(all)
		return nil
	})
	return checked, err
}

// rekeyWebhooks encrypts all secrets anew. One that nobody can read any more it
// leaves, with its webhook disabled.
func (d *Directory) rekeyWebhooks(tx Writer, actor Actor) error {
	all, err := tx.Webhooks()
	if err != nil {
		return err
	}
	for _, h := range all {
		s, err := d.openWebhook(h)
		if err != nil {
			err = d.disableWebhook(tx, actor, h, mailKeyLost)
		} else {
			err = d.sealWebhook(tx, &h, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// disableWebhook is what the server does about a webhook that cannot be served.
func (d *Directory) disableWebhook(tx Writer, actor Actor, h Webhook, reason string) error {
	if !h.Enabled {
		return nil
	}
	h.Enabled, h.Reason, h.UpdatedAt = false, reason, d.now()
	if err := tx.ChangeWebhook(h); err != nil {
		return err
	}
	if _, err := d.burySome(tx, h.ID); err != nil {
		return err
	}
	return d.recordWebhook(tx, actor, WebhookDisable, h.ID, reason)
}
