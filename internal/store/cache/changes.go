package cache

import (
	"context"

	"roster.example/roster/internal/model"
)

// changes records what one transaction changed.
type changes struct {
	tags  []tag
	orgs  bool // an organization, a role or a project changed
	lists []listChange
	// version is the last event of the chain at the commit. It orders changes of the
	// same list. Zero without other nodes, where changes arrive in their order.
	version model.EventID
	id      messageID // of the message
	// webhooks reports that the transaction changed webhooks.
	webhooks bool
}

func (c *changes) addUser(id model.UserID) { c.tags = append(c.tags, userTag(id)) }

func (c *changes) addList(what listChange) { c.lists = append(c.lists, what) }

func (c *changes) isEmpty() bool { return len(c.tags) == 0 && !c.orgs && len(c.lists) == 0 }

// listChange is the new state of one user in the lists. Applying it twice has no further
// effect.
type listChange struct {
	op    listOp
	user  model.UserID
	org   model.OrgID
	state model.State
}

type listOp byte

const (
	opUpsert    listOp = 'l' // the user exists, in this state
	opDelete    listOp = 'g' // the user was deleted
	opAdd       listOp = 'j' // the user is a member of org
	opRemove    listOp = 'x' // the user is not a member of org
	opDeleteOrg listOp = 'd' // the organization was deleted
)

// writer records the changes that are made through it. Each method of [model.Writer] is
// either overridden here or changes nothing that is cached; a test checks all methods.
type writer struct {
	model.Writer
	changes *changes
	store   *Store
	ctx     context.Context
}

// record calls add if the write succeeded.
func (w writer) record(err error, add func(*changes)) error {
	if err == nil {
		add(w.changes)
	}
	return err
}

func (w writer) recordUser(id model.UserID, err error) error {
	if err == nil {
		w.changes.addUser(id)
	}
	return err
}

func (w writer) recordOrganizations(err error) error {
	w.changes.orgs = w.changes.orgs || err == nil
	return err
}

func (w writer) AddUser(u *model.User) error {
	err := w.Writer.AddUser(u)
	if err == nil {
		w.changes.addList(listChange{op: opUpsert, user: u.ID, state: u.State})
	}
	return err
}

func (w writer) ChangeUser(u model.User) error {
	return w.record(w.Writer.ChangeUser(u), func(c *changes) {
		c.addUser(u.ID)
		c.addList(listChange{op: opUpsert, user: u.ID, state: u.State})
	})
}

func (w writer) DropUser(id model.UserID) error {
	return w.record(w.Writer.DropUser(id), func(c *changes) {
		c.addUser(id)
		c.orgs = true // counts of members and assignments change
		c.addList(listChange{op: opDelete, user: id})
	})
}

func (w writer) PutPassword(id model.UserID, hash string) error {
	return w.recordUser(id, w.Writer.PutPassword(id, hash))
}

func (w writer) AddEmail(e *model.Email) error {
	return w.recordUser(e.User, w.Writer.AddEmail(e))
}

func (w writer) ChangeEmail(e model.Email) error {
	return w.recordUser(e.User, w.Writer.ChangeEmail(e))
}

func (w writer) DropEmail(owner model.UserID, id model.EmailID) error {
	return w.recordUser(owner, w.Writer.DropEmail(owner, id))
}

func (w writer) PutIdentity(id model.Identity) error {
	return w.recordUser(id.User, w.Writer.PutIdentity(id))
}

func (w writer) DropIdentity(user model.UserID, provider string) error {
	return w.recordUser(user, w.Writer.DropIdentity(user, provider))
}

func (w writer) RecordLastUse(seen []model.LastUse) error {
	return w.record(w.Writer.RecordLastUse(seen), func(c *changes) {
		for _, s := range seen {
			c.addUser(s.User)
		}
	})
}

func (w writer) AddOrganization(o *model.Organization) error {
	return w.recordOrganizations(w.Writer.AddOrganization(o))
}

func (w writer) ChangeOrganization(o model.Organization) error {
	return w.recordOrganizations(w.Writer.ChangeOrganization(o))
}

func (w writer) DropOrganization(id model.OrgID) error {
	return w.record(w.Writer.DropOrganization(id), func(c *changes) {
		c.orgs = true
		c.addList(listChange{op: opDeleteOrg, org: id})
	})
}

func (w writer) PutMember(m model.Member) error {
	return w.record(w.Writer.PutMember(m), func(c *changes) {
		c.addUser(m.User)
		c.tags = append(c.tags, membersTag(m.Org))
		c.addList(listChange{op: opAdd, user: m.User, org: m.Org})
	})
}

func (w writer) DropMember(org model.OrgID, user model.UserID) error {
	return w.record(w.Writer.DropMember(org, user), func(c *changes) {
		c.addUser(user)
		c.tags = append(c.tags, membersTag(org))
		c.addList(listChange{op: opRemove, user: user, org: org})
	})
}

func (w writer) AddRole(r *model.Role) error {
	return w.recordOrganizations(w.Writer.AddRole(r))
}

func (w writer) ChangeRole(r model.Role) error {
	return w.recordOrganizations(w.Writer.ChangeRole(r))
}

func (w writer) DropRole(id model.RoleID) error {
	return w.recordOrganizations(w.Writer.DropRole(id))
}

func (w writer) AddProject(p *model.Project) error {
	return w.recordOrganizations(w.Writer.AddProject(p))
}

func (w writer) ChangeProject(p model.Project) error {
	return w.recordOrganizations(w.Writer.ChangeProject(p))
}

func (w writer) DropProject(id model.ProjectID) error {
	return w.recordOrganizations(w.Writer.DropProject(id))
}

func (w writer) PutAssigned(project model.ProjectID, users []model.UserID) error {
	return w.recordOrganizations(w.Writer.PutAssigned(project, users))
}

func (w writer) AddAssigned(project model.ProjectID, user model.UserID) error {
	return w.recordUser(user, w.Writer.AddAssigned(project, user))
}

func (w writer) DropAssigned(project model.ProjectID, user model.UserID) error {
	return w.recordUser(user, w.Writer.DropAssigned(project, user))
}

func (w writer) DropAssignments(org model.OrgID, user model.UserID) error {
	return w.recordUser(user, w.Writer.DropAssignments(org, user))
}

func (w writer) AddKey(k *model.SSHKey) error {
	return w.recordUser(k.Owner, w.Writer.AddKey(k))
}

func (w writer) DropKey(owner model.UserID, id model.KeyID) error {
	return w.recordUser(owner, w.Writer.DropKey(owner, id))
}
