package postgres

import (
	"context"
	"errors"
)

// IsEmpty reports whether the database at url contains no directory of any version. It changes
// nothing.
func IsEmpty(ctx context.Context, url string) (bool, error) {
	link, err := parse(url)
	if err != nil {
		return false, err
	}
	db := link.openForMigrating()
	var vacant bool
	err = db.QueryRowContext(ctx, "SELECT to_regclass('event_head') IS NULL").Scan(&vacant)
	return vacant, errors.Join(explainConnect(err), db.Close())
}
