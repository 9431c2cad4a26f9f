package directory

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// Nodes that share a database must share the encryption key as well: each would
// seal what the others cannot open. So the database holds a text that the key in
// use sealed. A node that cannot open it has another key, and neither starts nor
// seals anything. One that has several keys seals with the one in use, in
// whatever order they were given to it: so a new key can be handed to one node after
// the other before it comes into use.

const keyCheckPurpose = "key check"

// KeyCheck tells which encryption key is in use, and proves it.
type KeyCheck struct {
	KeyID  string
	Sealed []byte
}

// putKeyCheck makes the current key of this node the one in use.
func (d *Directory) putKeyCheck(tx Writer, s keySecret) error {
	var c KeyCheck
	c.Sealed, c.KeyID = d.keyring.Seal(keyCheckPurpose, 0, s.text())
	return tx.PutKeyCheck(c)
}

// beginKey puts the first check into a database that has none, unless the key
// cannot be the one that secrets in it were sealed with.
func (d *Directory) ensureKeyCheck(tx Writer) error {
	_, err := tx.KeyCheck()
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	sealed, err := tx.APIKeys(0, 1)
	if err != nil || len(sealed) > 0 && d.opens(sealed[0]) != nil {
		return err
	}
	return d.putKeyCheck(tx, keySecret{})
}

// keyFits looks whether this node has the key in use, and says which that is: none
// before the first start.
func (d *Directory) checkKey(tx Reader) (id string, err error) {
	c, err := tx.KeyCheck()
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, err := d.keyring.Open(keyCheckPurpose, 0, c.Sealed)
	if err != nil {
		return "", wrongKeyError(c, err)
	}
	if d.counters.Load() == nil {
		s, err := parseKeySecret(plain)
		if err != nil {
			return "", err
		}
		d.cacheCounterKeys(c, s)
	}
	return c.KeyID, nil
}

// useKey has this node seal with the key in use. Whoever seals calls it first, in
// the same transaction: in one that only reads, it could go back to a former key.
func (d *Directory) useCurrentKey(tx Writer) error {
	id, err := d.checkKey(tx)
	if err == nil && id != "" {
		d.keyring.Prefer(id)
	}
	return err
}

func wrongKeyError(c KeyCheck, err error) error {
	why := "this server has another key of that name"
	if errors.Is(err, secret.ErrNoKey) {
		why = "this server does not have it"
	}
	return &fault.Error{Kind: fault.Unavailable, Err: err, Msg: fmt.Sprintf("secrets in this database are encrypted with the key %s, and %s; "+
		"give it the key file that belongs to the database, or of another node", c.KeyID, why)}
}
