package notice

import (
	"time"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/model"
)

const (
	// addressLife is how long a former primary address receives security notices.
	addressLife = 7 * 24 * time.Hour
	// maxAddresses is the maximum number of former primary addresses of a user that receive notices. Later
	// ones receive none, so that many changes do not drop the first address, which is the owner's.
	maxAddresses = 5
)

// Addresses returns the addresses that receive notices: the verified address that recoveries use, and after
// it the former primary addresses. Users without a verified address, invited users and service accounts have
// none.
func (s *Sender) Addresses(tx model.Reader, u model.User) ([]string, error) {
	to, ok := u.RecoveryEmail()
	if !ok || !to.Verified || u.Service || u.IsInvited() {
		return nil, nil
	}
	former, err := s.FormerAddresses(tx, u.ID)
	if err != nil {
		return nil, err
	}
	addresses := []string{to.Address}
	for _, a := range former {
		if !emailaddress.SameMailbox(a.Address, to.Address) {
			addresses = append(addresses, a.Address)
		}
	}
	return addresses, nil
}

// FormerAddresses returns the former primary addresses of a user that still receive notices.
func (s *Sender) FormerAddresses(tx model.Reader, id model.UserID) ([]model.NoticeAddress, error) {
	all, err := tx.NoticeAddresses(id)
	var live []model.NoticeAddress
	for _, a := range all {
		if a.EndsAt.After(s.now()) {
			live = append(live, a)
		}
	}
	return live, err
}

// KeepAddress lets a verified address that is no longer the primary one receive notices for some time: an
// attacker that changes the address and verifies the new one at once would otherwise receive all further notices
// alone. If an administrator entered the new address, the former ones receive nothing more: an administrator that
// returns an account to its owner must not inform the attacker.
func (s *Sender) KeepAddress(tx model.Writer, former, next model.Email) error {
	if !next.Claimed {
		return tx.DropNoticeAddresses(former.User)
	}
	if !former.Verified {
		return nil
	}
	kept, err := tx.NoticeAddresses(former.User)
	if err != nil || len(kept) >= maxAddresses {
		return err
	}
	return tx.PutNoticeAddress(model.NoticeAddress{User: former.User, Address: former.Address, EndsAt: s.now().Add(addressLife)})
}
