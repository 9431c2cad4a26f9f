package directory

import (
	"context"

	"roster.example/roster/internal/model"
)

// Statistics holds counts of the whole server.
type Statistics struct {
	Users, Active, Blocked, Invited int
	Admins                          int // active administrators
	Organizations                   int
	Events                          model.EventID // ever recorded
	FailedMails                     int           // emails that were given up
}

// Statistics returns counts of the whole server. It requires server.manage.
func (d *Directory) Statistics(ctx context.Context, actor model.Actor) (Statistics, error) {
	var s Statistics
	err := d.ops.Read(ctx, actor, model.ServerManage, 0, func(tx model.Reader, _ model.User) error {
		for state, n := range map[model.State]*int{"": &s.Users, model.Active: &s.Active, model.Blocked: &s.Blocked, model.Invited: &s.Invited} {
			page, err := tx.Users(model.UserFilter{State: state, Limit: 1}, model.Visibility{All: true})
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

// Domains lists the domains of primary addresses, by number of users, descending, then by
// domain. It requires users.manage.
func (d *Directory) Domains(ctx context.Context, actor model.Actor) ([]model.DomainCount, error) {
	var counts []model.DomainCount
	err := d.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		counts, err = tx.Domains()
		return err
	})
	return counts, err
}
