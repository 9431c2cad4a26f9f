package rekey

import (
	"context"
	"fmt"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/webhook"
)

// DropLostKeys deletes the API keys that cannot be decrypted, for an operator whose key file
// is lost, and returns their number. Their owners need new API keys; everything else stays.
func (r *Rotation) DropLostKeys(ctx context.Context, actor model.Actor) (int, error) {
	dropped := 0
	err := r.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
		if dropped, err = r.dropLostKeys(tx); err != nil {
			return err
		}
		s, err := r.ops.LostChain(tx)
		if err != nil {
			return err
		}
		if _, err := r.ops.RenewChain(tx, s); err != nil {
			return err
		}
		if err := webhook.Reseal(tx, r.webhooks, actor); err != nil {
			return err
		}
		return r.ops.Record(tx, actor, operation.EventSpec{Verb: model.ServerRekey, Target: "server", Detail: fmt.Sprintf("%d lost keys dropped", dropped)})
	})
	return dropped, err
}

func (r *Rotation) dropLostKeys(tx model.Writer) (dropped int, err error) {
	var last model.UserID
	for {
		keys, err := tx.APIKeys(last, rekeyBatch)
		if err != nil || len(keys) == 0 {
			return dropped, err
		}
		for _, k := range keys {
			last = k.Owner
			if credential.CanOpenAPIKey(r.credentials, k) {
				continue
			}
			if err := tx.DropAPIKey(k.Owner); err != nil {
				return dropped, err
			}
			dropped++
		}
	}
}
