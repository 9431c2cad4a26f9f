package dataset

import (
	"context"
	"time"

	"roster.example/roster/internal/model"
)

// batch is the number of users per transaction. The journal of its savepoint grows
// with it, and each statement reads the journal from the start, so larger batches are slower.
const batch = 250

// Fill writes the users into a store, as members of the home organization, each
// with a verified address. It checks no rules and records no events.
func Fill(ctx context.Context, store model.Store, size Size, progress func(done int)) error {
	var home model.Organization
	err := store.Read(ctx, func(tx model.Reader) (err error) {
		home, err = tx.HomeOrganization()
		return err
	})
	if err != nil {
		return err
	}
	for first := 0; first < int(size); first += batch {
		err := store.Update(ctx, func(tx model.Writer) error {
			return tx.AddUsers(size.users(first, min(first+batch, int(size)), home.ID))
		})
		if err != nil {
			return err
		}
		progress(min(first+batch, int(size)))
	}
	return nil
}

// born is the creation time of all users.
func born() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// users returns the users from first to before end.
func (c Size) users(first, end int, org model.OrgID) []model.NewUserRecord {
	all := make([]model.NewUserRecord, 0, end-first)
	for i := first; i < end; i++ {
		p := c.User(i)
		all = append(all, model.NewUserRecord{
			User: &model.User{
				UID: UID(i), Username: p.Username, Names: model.Names{}.WithName(p.Name()),
				State: model.Active, Limits: model.DefaultLimits(), CreatedAt: born(), UpdatedAt: born(), ActivatedAt: born(),
				Emails: []model.Email{{Address: p.Email, Primary: true, Verified: true, CreatedAt: born()}},
			},
			Members: []model.Member{{Org: org, Role: model.RoleMember, Since: born()}},
		})
	}
	return all
}
