package directory

import (
	"context"

	"roster.example/roster/internal/model"
)

// OffersPasskeys reports whether browsers can use passkeys at the address of this server.
func (d *Directory) OffersPasskeys(_ context.Context, _ model.Actor) bool {
	_, err := d.relyingParty()
	return err == nil
}
