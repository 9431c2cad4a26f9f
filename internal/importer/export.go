package importer

import (
	"context"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// Export holds the options of an export.
type Export struct {
	// PasswordHashes includes password hashes, which can be attacked offline. Only the
	// operator may set it.
	PasswordHashes bool
}

// exportPage is the number of users that are read at once.
const exportPage = 500

// Export calls each for every user, by id, and returns their number. It requires users.manage, and a session
// needs a recent authentication when the export begins.
// Invited users and unconfirmed sign-ups are left out: they have no account yet.
//
// Users are read in pages, each from one snapshot: a concurrent change is included or not, and
// no user occurs twice. An error of each ends the export, and so does the loss of the actor's
// credential or permission, at the next page.
func (m *Importer) Export(ctx context.Context, actor model.Actor, x Export, each func(Entry) error) (int64, error) {
	var last model.UserID
	var count int64
	for {
		entries, next, err := m.exportAfter(ctx, actor, x, last)
		if err != nil || next == 0 {
			return count, err
		}
		for _, e := range entries {
			if err := each(e); err != nil {
				return count, err
			}
			count++
		}
		last = next
	}
}

// exportAfter reads one page. next is 0 after the last one.
func (m *Importer) exportAfter(ctx context.Context, actor model.Actor, x Export, last model.UserID) (entries []Entry, next model.UserID, err error) {
	err = m.ops.ReadBatch(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) error {
		if x.PasswordHashes && !actor.IsOperator() {
			return fault.New(fault.Forbidden, "only the operator may export password hashes; run 'roster export' on the server", fault.Field{Name: "actor", Code: fault.NotAdmin})
		}
		if last == 0 {
			if err := m.ops.RequireRecentAuthentication(tx, actor); err != nil {
				return err
			}
		}
		states, err := tx.UserStates(last, exportPage)
		if err != nil || len(states) == 0 {
			return err
		}
		next = states[len(states)-1].ID
		var ids []model.UserID
		for _, s := range states {
			if s.State != model.Invited {
				ids = append(ids, s.ID)
			}
		}
		entries, err = exportUsers(tx, x, ids)
		return err
	})
	return entries, next, err
}

func exportUsers(tx model.Reader, x Export, ids []model.UserID) ([]Entry, error) {
	users, err := tx.UsersByID(ids)
	if err != nil {
		return nil, err
	}
	keys, err := keysByOwner(tx, ids)
	if err != nil {
		return nil, err
	}
	memberships, err := membershipsByUser(tx, ids)
	if err != nil {
		return nil, err
	}
	hashes := map[model.UserID]string{}
	if x.PasswordHashes {
		if hashes, err = tx.PasswordHashes(ids); err != nil {
			return nil, err
		}
	}
	entries := make([]Entry, 0, len(users))
	for _, u := range users {
		if u.Username == "" && len(u.Emails) == 0 {
			continue // a sign-up that was blocked before it got its address
		}
		e := entryOf(u)
		e.Keys, e.Memberships, e.PasswordHash = keys[u.ID], memberships[u.ID], secret.Text(hashes[u.ID])
		entries = append(entries, e)
	}
	return entries, nil
}

func entryOf(u model.User) Entry {
	e := Entry{Username: u.Username, Names: u.Names, State: u.State, Admin: u.Admin, Service: u.Service, Deactivated: u.Deactivated,
		Profile: u.Profile, Limits: u.Limits}
	for _, address := range u.Emails {
		e.Emails = append(e.Emails, EntryEmail{Address: address.Address, Verified: address.Verified, Claimed: address.Claimed && !address.Verified})
	}
	for _, id := range u.Identities {
		e.Identities = append(e.Identities, model.Identity{Provider: id.Provider, ExternalUID: id.ExternalUID})
	}
	return e
}

func keysByOwner(tx model.Reader, ids []model.UserID) (map[model.UserID][]model.NewKey, error) {
	keys, err := tx.KeysOf(ids)
	held := map[model.UserID][]model.NewKey{}
	for _, k := range keys {
		line := k.Public
		if k.Comment != "" {
			line += " " + k.Comment
		}
		held[k.Owner] = append(held[k.Owner], model.NewKey{Title: k.Title, Key: line, Usage: k.Usage, ExpiresAt: k.ExpiresAt})
	}
	return held, err
}

// membershipsByUser returns the memberships of users with slugs and role names.
func membershipsByUser(tx model.Reader, ids []model.UserID) (map[model.UserID][]EntryMembership, error) {
	members, err := tx.MembersOf(ids)
	if err != nil {
		return nil, err
	}
	held := map[model.UserID][]EntryMembership{}
	places := map[model.OrgID]exportOrganization{}
	for _, m := range members {
		at, known := places[m.Org]
		if !known {
			if at, err = readExportOrganization(tx, m.Org); err != nil {
				return nil, err
			}
			places[m.Org] = at
		}
		held[m.User] = append(held[m.User], EntryMembership{Organization: at.slug, Role: at.roles[m.Role]})
	}
	return held, nil
}

// exportOrganization is an organization as export files name it.
type exportOrganization struct {
	slug  string
	roles map[model.RoleID]string
}

func readExportOrganization(tx model.Reader, id model.OrgID) (exportOrganization, error) {
	org, err := tx.Organization(id)
	if err != nil {
		return exportOrganization{}, err
	}
	roles, err := tx.Roles(id)
	at := exportOrganization{slug: org.Slug, roles: map[model.RoleID]string{}}
	for _, role := range roles {
		at.roles[role.ID] = role.Name
	}
	return at, err
}
