package directory

import (
	"errors"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Nodes that share a database must share the encryption key as well: otherwise one could not
// decrypt what another encrypted. So the database holds a text that is encrypted with the key
// in use. A node that cannot decrypt it has another key, and neither starts nor encrypts
// anything. A node with several keys encrypts with the one in use, whatever their order: so a
// new key can be given to one node after the other before it comes into use.

const keyCheckPurpose = "key check"

// putKeyCheck makes the current key of this node the one in use.
func (d *Directory) putKeyCheck(tx model.Writer, s keySecret) error {
	var c model.KeyCheck
	c.Sealed, c.KeyID = d.keyring.Seal(keyCheckPurpose, 0, s.text())
	return tx.PutKeyCheck(c)
}

// ensureKeyCheck stores the first key check, unless existing secrets were encrypted with
// another key.
func (d *Directory) ensureKeyCheck(tx model.Writer) error {
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

// checkKey returns the id of the key in use, or an error if this node does not have it. The id
// is "" before the first start.
func (d *Directory) checkKey(tx model.Reader) (id string, err error) {
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

// useCurrentKey makes this node encrypt with the key in use. Operations call it before they
// encrypt, in the same transaction: in a read-only one it could return to a former key.
func (d *Directory) useCurrentKey(tx model.Writer) error {
	id, err := d.checkKey(tx)
	if err == nil && id != "" {
		d.keyring.Prefer(id)
	}
	return err
}

func wrongKeyError(c model.KeyCheck, err error) error {
	why := "this server has another key of that name"
	if errors.Is(err, secret.ErrNoKey) {
		why = "this server does not have it"
	}
	return &fault.Error{Kind: fault.Unavailable, Err: err, Msg: fmt.Sprintf("secrets in this database are encrypted with the key %s, and %s; "+
		"give it the key file that belongs to the database, or of another node", c.KeyID, why)}
}
