package rekey

import (
	"context"
	"fmt"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// EnsureKeyCheck stores the first key check, unless existing secrets were encrypted with
// another key.
func EnsureKeyCheck(tx model.Writer, r *Rotation) error {
	_, err := tx.KeyCheck()
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	sealed, err := tx.APIKeys(0, 1)
	if err != nil || len(sealed) > 0 && r.opens(sealed[0]) != nil {
		return err
	}
	return r.ops.PutKeyCheck(tx, operation.KeySecret{})
}

// CheckKeys tries to decrypt every API key and returns how many there are.
func (r *Rotation) CheckKeys(ctx context.Context, actor model.Actor) (int, error) {
	checked := 0
	err := r.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		var last model.UserID
		for {
			keys, err := tx.APIKeys(last, rekeyBatch)
			if err != nil || len(keys) == 0 {
				return err
			}
			for _, k := range keys {
				if err := r.opens(k); err != nil {
					return err
				}
				last = k.Owner
			}
			checked += len(keys)
		}
	})
	return checked, err
}

// TryKey checks the encryption key, also on one of the API keys, so that a wrong key is noticed at the
// start. It returns the id of the key in use.
func (r *Rotation) TryKey(ctx context.Context, actor model.Actor) (inUse string, err error) {
	err = r.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		keys, err := tx.APIKeys(0, 1)
		if err == nil && len(keys) > 0 {
			err = r.opens(keys[0])
		}
		if err != nil {
			return err
		}
		inUse, err = r.ops.CheckKey(tx)
		return err
	})
	return inUse, err
}

// opens reports a key that the keyring cannot decrypt.
func (r *Rotation) opens(k model.APIKey) error {
	if !credential.CanOpenAPIKey(r.credentials, k) {
		return fault.New(fault.Conflict, fmt.Sprintf("the API key of user %d cannot be decrypted; bring back the key file that belongs to this database", k.Owner))
	}
	return nil
}
