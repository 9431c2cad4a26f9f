package sqldb

import (
	"slices"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

// DropInvitationsAndMailTo compares the keys of the addresses. Emails store their recipient as it was
// entered and are compared here, because the case folding of a database depends on its build. There
// are few of them at any time.
func (w *writer) DropInvitationsAndMailTo(addresses []string) error {
	keys := make([]string, len(addresses))
	for i, address := range addresses {
		keys[i] = emailaddress.Key(address)
		if err := w.drop("invitation", `DELETE FROM invitations WHERE address_key = $1`, keys[i]); err != nil {
			return err
		}
	}
	letters, err := list(w.reader, "mail", func(from row) (m model.Mail, err error) {
		err = from.Scan(&m.ID, &m.To)
		return m, err
	}, `SELECT id, recipient FROM mails`)
	if err != nil {
		return err
	}
	for _, m := range letters {
		if !slices.Contains(keys, emailaddress.Key(m.To)) {
			continue
		}
		if err := w.drop("mail", `DELETE FROM mails WHERE id = $1`, m.ID); err != nil {
			return err
		}
	}
	return nil
}
