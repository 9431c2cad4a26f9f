package directory

import (
	"roster.example/roster/internal/credential"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/newuser"
)

// importRules are the rules of the directory for imported users.
type importRules struct{ directory *Directory }

func (r importRules) NewUser(names model.Names, state model.State) model.User {
	return r.directory.users.New(names, state)
}

func (r importRules) CheckNewUser(actor model.Actor, e importer.Entry) fault.List {
	return r.directory.newUserFaults(actor, newUserOf(e))
}

func (r importRules) ParseKey(n model.NewKey) (model.SSHKey, error) {
	return credential.ParseKey(r.directory.Credentials, 0, n)
}

func (importRules) InitialRole(u model.User, org model.Organization, role model.RoleID) model.RoleID {
	return newuser.InitialRole(u, org, role)
}

func (importRules) YieldsEmail(u model.User, e model.Email) bool { return yieldsEmail(u, e) }

func (r importRules) TakeClaim(tx model.Writer, actor model.Actor, id model.UserID, address string) error {
	_, err := r.directory.takeClaim(tx, actor, id, address)
	return err
}

func (r importRules) ReplaceInvitedUser(tx model.Writer, actor model.Actor, id model.UserID) error {
	return r.directory.users.DeleteInvited(tx, actor, id, replacedByAdministrator)
}

// newUserOf returns the fields that an entry shares with [NewUser], for the same checks.
func newUserOf(e importer.Entry) NewUser {
	n := NewUser{Username: e.Username, Names: e.Names, Admin: e.Admin, Service: e.Service, Profile: e.Profile, Limits: e.Limits}
	if len(e.Emails) > 0 {
		n.Email = e.Emails[0].Address
	}
	return n
}
