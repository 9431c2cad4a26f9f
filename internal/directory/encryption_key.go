package directory

import (
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

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
	return d.ops.PutKeyCheck(tx, operation.KeySecret{})
}
