package directory

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/inputpolicy"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// Me returns the user of the actor.
func (d *Directory) Me(ctx context.Context, actor model.Actor) (model.User, error) {
	own, err := d.Self(ctx, actor, SelfFields{})
	return own.User, err
}

// User returns one user, with the fields that the actor may see. Users that the actor cannot see are
// NotFound.
func (d *Directory) User(ctx context.Context, actor model.Actor, id model.UserID) (model.User, error) {
	return d.lookupUser(ctx, actor, func(tx model.Reader) (model.User, error) { return tx.User(id) })
}

// UserByUID finds a user by Wekan's identifier.
func (d *Directory) UserByUID(ctx context.Context, actor model.Actor, uid string) (model.User, error) {
	return d.lookupUser(ctx, actor, func(tx model.Reader) (model.User, error) { return tx.UserByUID(uid) })
}

// UserByUsername finds a user by username, without regard to case.
func (d *Directory) UserByUsername(ctx context.Context, actor model.Actor, username string) (model.User, error) {
	return d.lookupUser(ctx, actor, func(tx model.Reader) (model.User, error) { return tx.UserByUsername(username) })
}

// UserByEmail finds a user by any spelling of an address that the actor may see of that user. If no
// account has the address, the operator gets the invited user with it; several invited users are a
// Conflict.
func (d *Directory) UserByEmail(ctx context.Context, actor model.Actor, address string) (model.User, error) {
	return d.lookupUser(ctx, actor, func(tx model.Reader) (model.User, error) { return userByAddress(tx, actor, address) })
}

func userByAddress(tx model.Reader, actor model.Actor, address string) (model.User, error) {
	unitext.TrimAll(&address)
	u, err := tx.UserByEmail(address)
	if err == nil {
		return u, requireSeesEmail(tx, actor, u, address)
	}
	if fault.KindOf(err) != fault.NotFound || !actor.IsOperator() {
		return u, err
	}
	key := emailaddress.Key(address)
	at, err := tx.InvitedUsersAt([]string{key})
	if err != nil {
		return u, err
	}
	return singleInvitedUser(tx, at[key])
}

// requireSeesEmail returns NotFound if the address is a further one of another user and the actor sees
// the primary one only: the lookup would reveal it.
func requireSeesEmail(tx model.Reader, actor model.Actor, u model.User, address string) error {
	if e, _ := u.EmailAt(address); e.Primary || actor.IsOperator() || u.ID == actor.UserID() {
		return nil
	}
	self, err := tx.User(actor.UserID())
	if err == nil && !operation.SeesAllFields(actor, self) {
		err = fault.Missing("user")
	}
	return err
}

func singleInvitedUser(tx model.Reader, ids []model.UserID) (model.User, error) {
	switch len(ids) {
	case 0:
		return model.User{}, fault.Missing("user")
	case 1:
		return tx.User(ids[0])
	}
	return model.User{}, fault.NewText(fault.Conflict, fault.Textf("{n} users wait for invitations at this address; name one of them by id", "n", len(ids)),
		fault.Field{Name: "email", Code: fault.Taken})
}

func (d *Directory) lookupUser(ctx context.Context, actor model.Actor, lookup func(model.Reader) (model.User, error)) (model.User, error) {
	s := &userQuery{ops: d.ops, actor: actor, lookup: lookup}
	err := d.store.ReadCached(ctx, s.read)
	return s.found, err
}

// userQuery is one value for the reason that authQuery is.
type userQuery struct {
	ops    *operation.Runner
	actor  model.Actor
	lookup func(model.Reader) (model.User, error)
	found  model.User
}

func (s *userQuery) read(tx model.Reader) error {
	self, err := operation.Authorize(tx, s.actor, model.SelfRead, 0)
	if err != nil {
		return err
	}
	user, err := s.lookup(tx)
	if err != nil {
		return err
	}
	s.found, err = operation.VisibleUser(tx, s.actor, self, user.ID)
	s.ops.RedactUser(s.actor, self, &s.found)
	return err
}

// Users lists the users that the actor can see, with the fields that the actor may see.
// docs/paging.md has the costs of filters and orders.
func (d *Directory) Users(ctx context.Context, actor model.Actor, filter model.UserFilter) (model.Page[model.User], error) {
	var page model.Page[model.User]
	err := d.store.ReadCached(ctx, func(tx model.Reader) error {
		self, err := operation.RequireActive(tx, actor, model.UsersRead)
		if err != nil {
			return err
		}
		if err := d.ops.RevalidateInBatch(tx, actor, filter); err != nil {
			return err
		}
		visibility, err := operation.VisibilityFor(tx, actor, self)
		if err != nil {
			return err
		}
		if filter.Org != 0 && !visibility.All && !slices.Contains(visibility.Orgs, filter.Org) {
			return operation.AuthorizeMember(tx, self.ID, model.UsersRead, filter.Org)
		}
		page, err = listUsers(tx, filter, visibility)
		d.ops.RedactUsers(actor, self, page.Items)
		return err
	})
	return page, err
}

// ManagedUsers lists all users, for administrators (Wekan's list).
func (d *Directory) ManagedUsers(ctx context.Context, actor model.Actor, filter model.UserFilter) (model.Page[model.User], error) {
	var page model.Page[model.User]
	err := d.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		if err := d.ops.RevalidateInBatch(tx, actor, filter); err != nil {
			return err
		}
		page, err = listUsers(tx, filter, model.Visibility{All: true})
		return err
	})
	return page, err
}

// ManagedUser returns one user to administrators, by uid or username (docs/products/wekan.md,
// 4). A text that is the uid of one user and the username of another is an error, and one that is
// a username but for its case means the uid; the prefixes uid: and username: select one.
func (d *Directory) ManagedUser(ctx context.Context, actor model.Actor, uidOrName string) (model.User, error) {
	m := &managedUserQuery{actor: actor, text: uidOrName}
	err := d.store.ReadCached(ctx, m.read)
	return m.found, err
}

// managedUserQuery is one value for the reason that authQuery is.
type managedUserQuery struct {
	actor model.Actor
	text  string
	found model.User
}

func (m *managedUserQuery) read(tx model.Reader) error {
	_, err := operation.Authorize(tx, m.actor, model.UsersManage, 0)
	if err != nil {
		return err
	}
	m.found, err = userNamed(tx, m.actor, m.text, byUID, byUsername)
	return err
}

// MaxSearch is the maximum length of a search in characters. Every name and address is
// shorter, so longer texts match no user, and the store is not called.
const MaxSearch = 2 * inputpolicy.NameLimit

// listUsers returns a page of full user records.
func listUsers(tx model.Reader, filter model.UserFilter, visibility model.Visibility) (model.Page[model.User], error) {
	if err := errors.Join(filter.Check(), checkVisible(filter.Where, visibility)); err != nil {
		return model.Page[model.User]{}, err
	}
	if utf8.RuneCountInString(filter.Search) > MaxSearch {
		return model.Page[model.User]{}, nil
	}
	if filter.After != nil {
		filter.Offset = 0
	}
	ids, err := tx.Users(filter, visibility)
	if err != nil {
		return model.Page[model.User]{}, err
	}
	items, err := tx.UsersByID(ids.Items)
	page := model.Page[model.User]{Items: items, Total: ids.Total, Capped: ids.Capped, Read: len(ids.Items)}
	switch n := len(ids.Items); {
	case n > 0 && filter.Order == model.ByID:
		page.Last = model.Cursor{Order: model.ByID, ID: ids.Items[n-1]}
	case len(items) > 0:
		page.Last = filter.Order.At(items[len(items)-1])
	}
	return page, err
}
