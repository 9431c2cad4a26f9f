package directory

import (
	"context"
	"encoding/hex"
	"fmt"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
)

// EventNames holds the users, organizations and roles of events. It lacks those that were deleted, and those
// that the actor cannot see.
type EventNames struct {
	Users         map[model.UserID]model.User
	Organizations map[model.OrgID]model.Organization
	Roles         map[model.RoleID]string // by id
}

// RoleChange returns the roles of an event [model.MemberChange] or [model.MemberAdd]. before is 0 if the
// event does not name it.
func RoleChange(e model.Event) (after, before model.RoleID, ok bool) {
	if e.Verb != model.MemberChange && e.Verb != model.MemberAdd {
		return 0, 0, false
	}
	n, _ := fmt.Sscanf(e.Detail, "role %d, before %d", &after, &before)
	return after, before, n > 0
}

// NamesOfEvents returns the names in events that [Directory.Events] returned to the actor.
func (d *Directory) NamesOfEvents(ctx context.Context, actor model.Actor, events []model.Event) (EventNames, error) {
	var names EventNames
	err := d.ops.Read(ctx, actor, model.SelfRead, 0, func(tx model.Reader, self model.User) error {
		names = EventNames{map[model.UserID]model.User{}, map[model.OrgID]model.Organization{}, map[model.RoleID]string{}}
		r := eventNameReader{ops: d.ops, tx: tx, actor: actor, self: self, names: names}
		for _, e := range events {
			if err := r.add(e); err != nil {
				return err
			}
		}
		return nil
	})
	return names, err
}

// eventNameReader reads names of events once each.
type eventNameReader struct {
	ops   *operation.Runner
	tx    model.Reader
	actor model.Actor
	self  model.User
	names EventNames
	seen  map[string]bool
}

func (r *eventNameReader) add(e model.Event) error {
	for _, id := range []model.UserID{e.Actor, e.Impersonator, e.User} {
		if err := r.once("user", int64(id), func() error { return r.addUser(id) }); err != nil {
			return err
		}
	}
	if err := r.once("organization", int64(e.Org), func() error { return r.addOrganization(e.Org) }); err != nil {
		return err
	}
	after, before, _ := RoleChange(e)
	for _, id := range []model.RoleID{after, before} {
		if err := r.once("role", int64(id), func() error { return r.addRole(id, e.Org) }); err != nil {
			return err
		}
	}
	return nil
}

// once calls read for the first time that it gets an id. A record that is not found is no error.
func (r *eventNameReader) once(kind string, id int64, read func() error) error {
	key := fmt.Sprint(kind, id)
	if id == 0 || r.seen[key] {
		return nil
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[key] = true
	return fault.IgnoreNotFound(read())
}

func (r *eventNameReader) addUser(id model.UserID) error {
	u, err := operation.VisibleUser(r.tx, r.actor, r.self, id)
	if err == nil {
		r.ops.RedactUser(r.actor, r.self, &u)
		r.names.Users[id] = u
	}
	return err
}

func (r *eventNameReader) addOrganization(id model.OrgID) error {
	org, err := r.tx.Organization(id)
	if err == nil && !r.self.Admin {
		_, err = r.tx.Member(id, r.self.ID)
	}
	if err == nil {
		r.names.Organizations[id] = org
	}
	return err
}

// addRole reads a role of an organization that is in the names already.
func (r *eventNameReader) addRole(id model.RoleID, org model.OrgID) error {
	role, err := r.tx.Role(id)
	_, visible := r.names.Organizations[org]
	if err == nil && (visible || r.self.Admin) {
		r.names.Roles[id] = role.Name
	}
	return err
}

// HeadText returns the hash of a head as 'roster events --head' and 'roster doctor --head' write it.
func HeadText(head model.EventHead) string { return hex.EncodeToString(head.Hash) }
