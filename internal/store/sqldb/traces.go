package sqldb

import "roster.example/roster/internal/directory"

// DropTraces goes by the folded addresses. Letters keep their recipient as it was
// given; there are few of them at any time.
func (w *writer) DropTraces(addresses []string) error {
	for _, address := range addresses {
		if err := w.drop("invitation", `DELETE FROM invitations WHERE address_key = $1`, directory.Fold(address)); err != nil {
			return err
		}
		if err := w.drop("mail", `DELETE FROM mails WHERE lower(recipient) = lower($1)`, address); err != nil {
			return err
		}
	}
	return nil
}
