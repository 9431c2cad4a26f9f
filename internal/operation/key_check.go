package operation

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
// anything. A node with several keys encrypts with the one in use, in any order of its keys. So a
// new key can be added to one node after the other before it is used.

const keyCheckPurpose = "key check"

// PutKeyCheck makes the current key of this node the one in use.
func (r *Runner) PutKeyCheck(tx model.Writer, s KeySecret) error {
	var c model.KeyCheck
	c.Sealed, c.KeyID = r.keyring.Seal(keyCheckPurpose, 0, s.text())
	return tx.PutKeyCheck(c)
}

// CheckKey returns the id of the key in use, or an error if this node does not have it. The id
// is "" before the first start.
func (r *Runner) CheckKey(tx model.Reader) (id string, err error) {
	c, err := tx.KeyCheck()
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, err := r.keyring.Open(keyCheckPurpose, 0, c.Sealed)
	if err != nil {
		return "", wrongKeyError(c, err)
	}
	if r.counters.Load() == nil {
		s, err := parseKeySecret(plain)
		if err != nil {
			return "", err
		}
		r.cacheCounterKeys(c, s)
	}
	return c.KeyID, nil
}

// UseCurrentKey makes this node encrypt with the key in use. Operations call it before they
// encrypt, in the same transaction: in a read-only one it could return to a former key.
func (r *Runner) UseCurrentKey(tx model.Writer) error {
	id, err := r.CheckKey(tx)
	if err == nil && id != "" {
		r.keyring.Prefer(id)
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
