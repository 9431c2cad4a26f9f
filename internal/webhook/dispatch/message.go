package dispatch

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

// payload is the body of a message. It names users and other records by id only. A receiver
// reads more from the API, which checks what it may see.
type payload struct {
	Type      model.Verb `json:"type"`
	Timestamp string     `json:"timestamp"` // of the event; RFC 3339, UTC
	Data      data       `json:"data"`
}

// data is an event. Absent values are null.
type data struct {
	EventID        model.EventID `json:"event_id"`
	ActorID        *int64        `json:"actor_id"`
	RealActorID    *int64        `json:"real_actor_id"`
	Credential     *string       `json:"credential"`
	API            string        `json:"api"`
	Target         string        `json:"target"`
	TargetID       *int64        `json:"target_id"`
	UserID         *int64        `json:"user_id"`
	OrganizationID *int64        `json:"organization_id"`
	Detail         *string       `json:"detail"`
}

func body(e model.Event) ([]byte, error) {
	return json.Marshal(payload{
		Type: e.Verb, Timestamp: e.At.UTC().Format(time.RFC3339Nano),
		Data: data{
			EventID: e.ID, ActorID: orNull(int64(e.Actor)), RealActorID: orNull(int64(e.Impersonator)), Credential: orNull(string(e.Credential)),
			API: string(e.API), Target: e.Target, TargetID: orNull(e.TargetID), UserID: orNull(int64(e.User)),
			OrganizationID: orNull(int64(e.Org)), Detail: orNull(e.Detail),
		},
	})
}

func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// messageID returns the id of a message, which is the same at each attempt, so that receivers
// can ignore duplicates.
func messageID(d webhook.QueuedDelivery) string {
	return fmt.Sprintf("evt_%d_%d", d.Delivery.Event, d.Webhook)
}

// sign returns the header webhook-signature: one signature for each secret, separated by
// spaces (Standard Webhooks, section "Webhook headers").
func sign(secrets []secret.Text, id string, at time.Time, body []byte) (string, error) {
	all := make([]string, 0, len(secrets))
	for _, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Reveal(), "whsec_"))
		if err != nil {
			return "", fmt.Errorf("the webhook secret does not have the form whsec_BASE64; rotate it")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}
