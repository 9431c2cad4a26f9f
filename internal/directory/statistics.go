package directory

import "context"

// Statistics holds counts of the whole server.
type Statistics struct {
	Users, Active, Blocked, Invited int
	Admins                          int // active administrators
	Organizations                   int
	Events                          EventID // ever recorded
	FailedMails                     int     // emails that were given up
}

// Statistics returns counts of the whole server. It requires server.manage.
func (d *Directory) Statistics(ctx context.Context, actor Actor) (Statistics, error) {
	var s Statistics
	err := d.read(ctx, actor, ServerManage, 0, func(tx Reader, _ User) error {
		for state, n := range map[State]*int{"": &s.Users, Active: &s.Active, Blocked: &s.Blocked, Invited: &s.Invited} {
			page, err := tx.Users(UserFilter{State: state, Limit: 1}, Visibility{All: true})
			if err != nil {
				return err
			}
			*n = page.Total
		}
		var err error
		if s.Organizations, err = tx.OrganizationCount(); err != nil {
			return err
		}
		if s.Admins, err = tx.ActiveAdmins(); err != nil {
			return err
		}
		if s.FailedMails, err = tx.FailedMailCount(); err != nil {
			return err
		}
		s.Events, _, err = tx.EventHead()
		return err
	})
	return s, err
}

// DomainCount is the number of users whose primary address is in a domain.
type DomainCount struct {
	Domain string
	Users  int
}

// Domains lists the domains of primary addresses, by number of users, descending, then by
// domain. It requires users.manage.
func (d *Directory) Domains(ctx context.Context, actor Actor) ([]DomainCount, error) {
	var counts []DomainCount
	err := d.read(ctx, actor, UsersManage, 0, func(tx Reader, _ User) (err error) {
		counts, err = tx.Domains()
		return err
	})
	return counts, err
}
