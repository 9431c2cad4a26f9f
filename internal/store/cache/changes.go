package cache

import (
	"context"

	"roster.example/roster/internal/directory"
)

// changes are what one transaction was about.
type changes struct {
	about []topic
	orgs  bool // an organization, a role or a project
	lists []listChange
	// version is the last event of the chain when this was committed: of two
	// changes of the same list, the one with the greater is the later. Zero where
	// nobody else commits, and they are heard of in their order.
	version directory.EventID
	from    echoed // whose note it was
	// webhooks says that what this transaction sees of them, nobody else does yet.
	webhooks bool
}

func (c *changes) user(id directory.UserID) { c.about = append(c.about, aboutUser(id)) }

func (c *changes) list(what listChange) { c.lists = append(c.lists, what) }

func (c *changes) none() bool { return len(c.about) == 0 && !c.orgs && len(c.lists) == 0 }

// listChange says what is true of a person since, and not what was done: to hear
// it twice does no harm.
type listChange struct {
	verb  listVerb
	user  directory.UserID
	org   directory.OrgID
	state directory.State
}

type listVerb byte

const (
	stands    listVerb = 'l' // the person is there, in this state
	gone      listVerb = 'g' // the person was deleted
	joined    listVerb = 'j' // the person is a member of org
	left      listVerb = 'x' // the person is no member of org
	dissolved listVerb = 'd' // org was deleted
)

// writer takes down what is changed through it. Whatever a [directory.Writer] can
// change either is taken down here, or is nothing that is kept in memory: a test
// goes through all its methods.
type writer struct {
	directory.Writer
	did   *changes
	store *Store
	ctx   context.Context
}

// after takes the change down if it was made.
func (w writer) after(err error, changed func(*changes)) error {
	if err == nil {
		changed(w.did)
	}
	return err
}

func (w writer) aboutUser(id directory.UserID, err error) error {
	if err == nil {
		w.did.user(id)
	}
	return err
}

func (w writer) aboutOrganizations(err error) error {
	w.did.orgs = w.did.orgs || err == nil
	return err
}

func (w writer) AddUser(u *directory.User) error {
	err := w.Writer.AddUser(u)
	if err == nil {
		w.did.list(listChange{verb: stands, user: u.ID, state: u.State})
	}
	return err
}

func (w writer) ChangeUser(u directory.User) error {
	return w.after(w.Writer.ChangeUser(u), func(c *changes) {
		c.user(u.ID)
		c.list(listChange{verb: stands, user: u.ID, state: u.State})
	})
}

func (w writer) DropUser(id directory.UserID) error {
	return w.after(w.Writer.DropUser(id), func(c *changes) {
		c.user(id)
		c.orgs = true // some have a member less, and projects too
		c.list(listChange{verb: gone, user: id})
	})
}

func (w writer) PutPassword(id directory.UserID, hash string) error {
	return w.aboutUser(id, w.Writer.PutPassword(id, hash))
}

func (w writer) AddEmail(e *directory.Email) error {
	return w.aboutUser(e.User, w.Writer.AddEmail(e))
}

func (w writer) ChangeEmail(e directory.Email) error {
	return w.aboutUser(e.User, w.Writer.ChangeEmail(e))
}

func (w writer) DropEmail(owner directory.UserID, id directory.EmailID) error {
	return w.aboutUser(owner, w.Writer.DropEmail(owner, id))
}

func (w writer) PutIdentity(id directory.Identity) error {
	return w.aboutUser(id.User, w.Writer.PutIdentity(id))
}

func (w writer) DropIdentity(user directory.UserID, provider string) error {
	return w.aboutUser(user, w.Writer.DropIdentity(user, provider))
}

func (w writer) Touch(seen []directory.Seen) error {
	return w.after(w.Writer.Touch(seen), func(c *changes) {
		for _, s := range seen {
			c.user(s.User)
		}
	})
}

func (w writer) AddOrganization(o *directory.Organization) error {
	return w.aboutOrganizations(w.Writer.AddOrganization(o))
}

func (w writer) ChangeOrganization(o directory.Organization) error {
	return w.aboutOrganizations(w.Writer.ChangeOrganization(o))
}

func (w writer) DropOrganization(id directory.OrgID) error {
	return w.after(w.Writer.DropOrganization(id), func(c *changes) {
		c.orgs = true
		c.list(listChange{verb: dissolved, org: id})
	})
}

func (w writer) PutMember(m directory.Member) error {
	return w.after(w.Writer.PutMember(m), func(c *changes) {
		c.user(m.User)
		c.about = append(c.about, aboutMembers(m.Org))
		c.list(listChange{verb: joined, user: m.User, org: m.Org})
	})
}

func (w writer) DropMember(org directory.OrgID, user directory.UserID) error {
	return w.after(w.Writer.DropMember(org, user), func(c *changes) {
		c.user(user)
		c.about = append(c.about, aboutMembers(org))
		c.list(listChange{verb: left, user: user, org: org})
	})
}

func (w writer) AddRole(r *directory.Role) error {
	return w.aboutOrganizations(w.Writer.AddRole(r))
}

func (w writer) ChangeRole(r directory.Role) error {
	return w.aboutOrganizations(w.Writer.ChangeRole(r))
}

func (w writer) DropRole(id directory.RoleID) error {
	return w.aboutOrganizations(w.Writer.DropRole(id))
}

func (w writer) AddProject(p *directory.Project) error {
	return w.aboutOrganizations(w.Writer.AddProject(p))
}

func (w writer) ChangeProject(p directory.Project) error {
	return w.aboutOrganizations(w.Writer.ChangeProject(p))
}

func (w writer) DropProject(id directory.ProjectID) error {
	return w.aboutOrganizations(w.Writer.DropProject(id))
}

func (w writer) PutAssigned(project directory.ProjectID, users []directory.UserID) error {
	return w.aboutOrganizations(w.Writer.PutAssigned(project, users))
}

func (w writer) DropAssignments(org directory.OrgID, user directory.UserID) error {
	return w.aboutUser(user, w.Writer.DropAssignments(org, user))
}

func (w writer) AddKey(k *directory.SSHKey) error {
	return w.aboutUser(k.Owner, w.Writer.AddKey(k))
}

func (w writer) DropKey(owner directory.UserID, id directory.KeyID) error {
	return w.aboutUser(owner, w.Writer.DropKey(owner, id))
}
