package directory

import (
	"context"
	"fmt"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/webhook"
)

// rekeyBatch is the number of secrets that one transaction re-encrypts.
const rekeyBatch = 500

// Rekey makes the current key of the keyring the one that all nodes use. It re-encrypts all
// queued emails, second factors and API keys, in batches, and returns the number of API keys. Until it is
// done, API keys under the former key are still found. An API key that cannot be decrypted is
// an error, and its batch stays unchanged.
func (d *Directory) Rekey(ctx context.Context, actor model.Actor, progress func(done int)) (int, error) {
	// First, so that no other node encrypts with the former key meanwhile.
	err := d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) error {
		s, err := d.ops.KeySecret(tx)
		if err != nil {
			return err
		}
		if _, err := d.ops.RenewChain(tx, s); err != nil {
			return err
		}
		if err := webhook.Reseal(tx, d.Registry, actor); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ServerRekey, Target: "server", Detail: "key " + d.keyring.CurrentID()})
	})
	if err != nil {
		return 0, err
	}
	if err := d.rekeyMails(ctx, actor); err != nil {
		return 0, err
	}
	if err := d.rekeyAuthenticators(ctx, actor); err != nil {
		return 0, err
	}
	done := 0
	var last model.UserID
	for {
		var batch int
		var next model.UserID
		err := d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
			// The function may run twice, so it must not change last.
			batch, next, err = d.rekeyBatch(tx, actor, last)
			return err
		})
		if err != nil || batch == 0 {
			return done, err
		}
		last = next
		done += batch
		progress(done)
	}
}

func (d *Directory) rekeyBatch(tx model.Writer, actor model.Actor, after model.UserID) (int, model.UserID, error) {
	keys, err := tx.APIKeys(after, rekeyBatch)
	if err != nil {
		return 0, after, err
	}
	changed := 0
	for _, k := range keys {
		after = k.Owner
		if k.KeyID == d.keyring.CurrentID() {
			continue
		}
		if err := credential.ResealAPIKey(tx, d.Credentials, k); err != nil {
			return 0, after, err
		}
		changed++
	}
	if changed > 0 {
		err = d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ServerRekey, Target: "server", Detail: fmt.Sprintf("%d keys", changed)})
	}
	return len(keys), after, err
}

func (d *Directory) rekeyMails(ctx context.Context, actor model.Actor) error {
	var last int64
	for {
		var batch []model.Mail
		err := d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
			if batch, err = tx.Mails(last, rekeyBatch); err != nil {
				return err
			}
			for _, m := range batch {
				if err := d.mails.Reseal(tx, m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		last = batch[len(batch)-1].ID
	}
}

// rekeyAuthenticators re-encrypts the second factors.
func (d *Directory) rekeyAuthenticators(ctx context.Context, actor model.Actor) error {
	var last model.AuthenticatorID
	for {
		var batch []model.Authenticator
		err := d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
			if batch, err = tx.AuthenticatorsAfter(last, rekeyBatch); err != nil {
				return err
			}
			for _, a := range batch {
				if err := secondfactor.Reseal(tx, d.Factors, a); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(batch) == 0 {
			return err
		}
		last = batch[len(batch)-1].ID
	}
}

// DropLostKeys deletes the API keys that cannot be decrypted, for an operator whose key file
// is lost, and returns their number. Their owners need new API keys; everything else stays.
func (d *Directory) DropLostKeys(ctx context.Context, actor model.Actor) (int, error) {
	dropped := 0
	err := d.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
		if dropped, err = d.dropLostKeys(tx); err != nil {
			return err
		}
		s, err := d.ops.LostChain(tx)
		if err != nil {
			return err
		}
		if _, err := d.ops.RenewChain(tx, s); err != nil {
			return err
		}
		if err := webhook.Reseal(tx, d.Registry, actor); err != nil {
			return err
		}
		return d.ops.Record(tx, actor, operation.EventSpec{Verb: model.ServerRekey, Target: "server", Detail: fmt.Sprintf("%d lost keys dropped", dropped)})
	})
	return dropped, err
}

func (d *Directory) dropLostKeys(tx model.Writer) (dropped int, err error) {
	var last model.UserID
	for {
		keys, err := tx.APIKeys(last, rekeyBatch)
		if err != nil || len(keys) == 0 {
			return dropped, err
		}
		for _, k := range keys {
			last = k.Owner
			if credential.CanOpenAPIKey(d.Credentials, k) {
				continue
			}
			if err := tx.DropAPIKey(k.Owner); err != nil {
				return dropped, err
			}
			dropped++
		}
	}
}
