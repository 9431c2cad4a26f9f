package rekey

import (
	"context"
	"fmt"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/mailqueue"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

// Rotation encrypts secrets with another key. Its methods are operations of the directory, which embeds it.
type Rotation struct {
	ops         *operation.Runner
	keyring     *secret.Keyring
	mails       *mailqueue.Queue
	webhooks    *webhook.Registry
	factors     *secondfactor.Factors
	credentials *credential.Credentials
}

// Secrets are the rules that encrypt.
type Secrets struct {
	Mails       *mailqueue.Queue
	Webhooks    *webhook.Registry
	Factors     *secondfactor.Factors
	Credentials *credential.Credentials
}

// New returns a Rotation.
func New(ops *operation.Runner, keyring *secret.Keyring, s Secrets) *Rotation {
	return &Rotation{ops, keyring, s.Mails, s.Webhooks, s.Factors, s.Credentials}
}

// rekeyBatch is the number of secrets that one transaction re-encrypts.
const rekeyBatch = 500

// Rekey makes the current key of the keyring the one that all nodes use. It re-encrypts all
// queued emails, second factors and API keys, in batches, and returns the number of API keys. Until it is
// done, API keys under the former key are still found. An API key that cannot be decrypted is
// an error, and its batch stays unchanged.
func (r *Rotation) Rekey(ctx context.Context, actor model.Actor, progress func(done int)) (int, error) {
	// First, so that no other node encrypts with the former key meanwhile.
	err := r.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) error {
		s, err := r.ops.KeySecret(tx)
		if err != nil {
			return err
		}
		if _, err := r.ops.RenewChain(tx, s); err != nil {
			return err
		}
		if err := webhook.Reseal(tx, r.webhooks, actor); err != nil {
			return err
		}
		return r.ops.Record(tx, actor, operation.EventSpec{Verb: model.ServerRekey, Target: "server", Detail: "key " + r.keyring.CurrentID()})
	})
	if err != nil {
		return 0, err
	}
	if err := r.rekeyMails(ctx, actor); err != nil {
		return 0, err
	}
	if err := r.rekeyAuthenticators(ctx, actor); err != nil {
		return 0, err
	}
	done := 0
	var last model.UserID
	for {
		var batch int
		var next model.UserID
		err := r.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
			// The function may run twice, so it must not change last.
			batch, next, err = r.rekeyBatch(tx, actor, last)
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

func (r *Rotation) rekeyBatch(tx model.Writer, actor model.Actor, after model.UserID) (int, model.UserID, error) {
	keys, err := tx.APIKeys(after, rekeyBatch)
	if err != nil {
		return 0, after, err
	}
	changed := 0
	for _, k := range keys {
		after = k.Owner
		if k.KeyID == r.keyring.CurrentID() {
			continue
		}
		if err := credential.ResealAPIKey(tx, r.credentials, k); err != nil {
			return 0, after, err
		}
		changed++
	}
	if changed > 0 {
		err = r.ops.Record(tx, actor, operation.EventSpec{Verb: model.ServerRekey, Target: "server", Detail: fmt.Sprintf("%d keys", changed)})
	}
	return len(keys), after, err
}

func (r *Rotation) rekeyMails(ctx context.Context, actor model.Actor) error {
	var last int64
	for {
		var batch []model.Mail
		err := r.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
			if batch, err = tx.Mails(last, rekeyBatch); err != nil {
				return err
			}
			for _, m := range batch {
				if err := r.mails.Reseal(tx, m); err != nil {
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
func (r *Rotation) rekeyAuthenticators(ctx context.Context, actor model.Actor) error {
	var last model.AuthenticatorID
	for {
		var batch []model.Authenticator
		err := r.ops.Update(ctx, actor, model.ServerManage, 0, func(tx model.Writer, _ model.User) (err error) {
			if batch, err = tx.AuthenticatorsAfter(last, rekeyBatch); err != nil {
				return err
			}
			for _, a := range batch {
				if err := secondfactor.Reseal(tx, r.factors, a); err != nil {
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
