package directory

import (
	"context"
	"fmt"
	"strings"

	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/throttle"
)

const (
	// The rows of ProbeSpace fill about a hundred pages in SQLite. A created user
	// fills about 25. PostgreSQL has indexes of keys of up to 2,700 bytes.
	spaceRows     = 48
	spaceKeyBytes = 2000
	spacePrefix   = "space:"
)

// CheckStore looks for damage of the data itself.
func (d *Directory) CheckStore(ctx context.Context, actor model.Actor) error {
	if err := d.ops.Can(ctx, actor, model.ServerManage, 0); err != nil {
		return err
	}
	return d.store.Check(ctx)
}

// CheckKeys tries to decrypt every API key and returns how many there are.
func (d *Directory) CheckKeys(ctx context.Context, actor model.Actor) (int, error) {
	checked := 0
	err := d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		var last model.UserID
		for {
			keys, err := tx.APIKeys(last, rekeyBatch)
			if err != nil || len(keys) == 0 {
				return err
			}
			for _, k := range keys {
				if err := d.opens(k); err != nil {
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
func (d *Directory) TryKey(ctx context.Context, actor model.Actor) (inUse string, err error) {
	err = d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		keys, err := tx.APIKeys(0, 1)
		if err == nil && len(keys) > 0 {
			err = d.opens(keys[0])
		}
		if err != nil {
			return err
		}
		inUse, err = d.ops.CheckKey(tx)
		return err
	})
	return inUse, err
}

// opens reports a key that the keyring cannot decrypt.
func (d *Directory) opens(k model.APIKey) error {
	if !credential.CanOpenAPIKey(d.Credentials, k) {
		return fault.New(fault.Conflict, fmt.Sprintf("the API key of user %d cannot be decrypted; bring back the key file that belongs to this database", k.Owner))
	}
	return nil
}

// CheckAdministrators counts the administrators who can log in; none is an error.
func (d *Directory) CheckAdministrators(ctx context.Context, actor model.Actor) (int, error) {
	n := 0
	err := d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) (err error) {
		n, err = tx.LoginAdmins(0)
		return err
	})
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "nobody can administer this server; run 'roster admin create'")
	}
	return n, err
}

// ProbeWrite writes a row and puts it back in the same transaction, to find out whether
// the disk takes it.
func (d *Directory) ProbeWrite(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	return d.ops.Write(ctx, func(tx model.Writer) error {
		i, err := tx.Installation()
		if err != nil {
			return err
		}
		// SQLite writes no page for a row that is overwritten with the same bytes.
		other := i
		other.Anchored = !i.Anchored
		if err := tx.PutInstallation(other); err != nil {
			return err
		}
		return tx.PutInstallation(i)
	})
}

// ProbeSpace commits more pages than a created user does, and deletes their rows again,
// to find out whether users can be created. Where the disk is nearly full, the one page
// of ProbeWrite still fits into space that the database has already.
func (d *Directory) ProbeSpace(ctx context.Context, actor model.Actor) error {
	if !actor.IsOperator() {
		return fault.New(fault.Forbidden, "only the server itself may do this")
	}
	filler := strings.Repeat("x", spaceKeyBytes)
	now := d.ops.Now() // maintenance deletes rows that an interrupted probe left
	err := d.ops.Write(ctx, func(tx model.Writer) error {
		for n := range spaceRows {
			row := throttle.Counter{Key: fmt.Sprintf("%s%d:%s", spacePrefix, n, filler), Since: now, Until: now}
			if err := tx.PutThrottle(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.ops.Write(ctx, func(tx model.Writer) error { return tx.DropThrottles(spacePrefix) })
}

func beginInstallation(tx model.Writer) error {
	_, err := tx.Installation()
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return tx.PutInstallation(model.Installation{UID: secret.NewOpaque(20, secret.LowerAlnum).Reveal()})
}
