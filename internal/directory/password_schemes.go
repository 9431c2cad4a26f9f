package directory

import (
	"context"

	"roster.example/roster/internal/secret"
)

// schemesBatch is the number of password hashes that are read at once.
const schemesBatch = 1000

// learnPasswordSchemes finds the formats of stored password hashes of other products, so that
// logins with unknown names cost the same as with these: see [secret.Hasher.Imitate].
func (d *Directory) learnPasswordSchemes(ctx context.Context) error {
	samples := map[string]string{}
	for after := UserID(0); ; {
		var page []ForeignHash
		err := d.store.Read(ctx, func(tx Reader) (err error) {
			page, err = tx.ForeignHashes(after, schemesBatch)
			return err
		})
		if err != nil {
			return err
		}
		for _, h := range page {
			after = h.User
			samples[secret.Scheme(h.Hash)] = h.Hash
		}
		if len(page) < schemesBatch {
			break
		}
	}
	d.hasher.Imitate(samples)
	return nil
}
