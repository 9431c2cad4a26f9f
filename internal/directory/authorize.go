package directory

import (
	"slices"

	"roster.example/roster/internal/fault"
)

// Permission is one thing that an actor may do; every route declares the one it
// needs. Organization roles hold some of them; an instance administrator holds
// all, and everybody the ones about oneself.
type Permission string

// The vocabulary.
const (
	Public              Permission = "public"               // no credential is asked for
	SelfRead            Permission = "self.read"            // one's own record and keys
	SelfWrite           Permission = "self.write"           // one's own record, keys and password
	SelfCredentials     Permission = "self.credentials"     // see or make one's own API key, tokens, sessions
	UsersRead           Permission = "users.read"           // the people of an organization
	UsersInvite         Permission = "users.invite"         // ask people to join an organization
	UsersManage         Permission = "users.manage"         // make, change, block, delete people; the whole server
	MembersManage       Permission = "members.manage"       // roles and removal in an organization
	RolesRead           Permission = "roles.read"           // the roles of an organization
	RolesManage         Permission = "roles.manage"         // make and change them
	ProjectsReadAll     Permission = "projects.read_all"    // projects one is not assigned to
	ProjectsManage      Permission = "projects.manage"      // make projects, assign people
	OrganizationsCreate Permission = "organizations.create" // found an organization
	OrganizationsManage Permission = "organizations.manage" // rename and delete it
	ActAsOthers         Permission = "users.act_as"         // sudo
	AuditRead           Permission = "audit.read"           // the events
	WebhooksManage      Permission = "webhooks.manage"      // who is told of events; the whole server
	ServerManage        Permission = "server.manage"        // settings and keys of the server
)

// memberGrants is what the roles built in hold inside their organization.
// Nothing else in the program decides that.
var builtinPermissions = map[RoleID][]Permission{
	RoleAdmin: {
		UsersRead, UsersInvite, MembersManage, RolesRead, RolesManage,
		ProjectsReadAll, ProjectsManage, OrganizationsManage, AuditRead,
	},
	RoleMember:  {UsersRead, RolesRead, ProjectsReadAll},
	RolePending: {},
}

// everybody is what each active person holds, about oneself.
var selfPermissions = []Permission{SelfRead, SelfWrite, SelfCredentials, OrganizationsCreate}

// RolePermissions are those that a role of an organization can hold.
func RolePermissions() []Permission { return slices.Clone(builtinPermissions[RoleAdmin]) }

// Vocabulary lists every permission that a route may declare.
func AllPermissions() []Permission {
	rest := []Permission{Public, UsersManage, ActAsOthers, WebhooksManage, ServerManage}
	return slices.Concat(selfPermissions, builtinPermissions[RoleAdmin], rest)
}

// BuiltinPermissions is what one of the three built-in roles holds.
func BuiltinPermissions(id RoleID) []Permission { return slices.Clone(builtinPermissions[id]) }

// Scope narrows what a credential may be used for, whoever holds it. The names
// are GitLab's.
type Scope string

// The scopes.
const (
	ScopeAPI      Scope = "api"       // everything but acting as others
	ScopeReadAPI  Scope = "read_api"  // everything that changes nothing and shows no credential
	ScopeReadUser Scope = "read_user" // people and oneself, read only
	ScopeSudo     Scope = "sudo"      // act as others, on top of another scope
)

// AllScopes lists the scopes that a token can be given.
func AllScopes() []Scope { return []Scope{ScopeAPI, ScopeReadAPI, ScopeReadUser, ScopeSudo} }

// Scopes is a set of scopes.
type Scopes []Scope

func fullScopes() Scopes { return Scopes{ScopeAPI, ScopeSudo} }

// permits reports whether a credential with these scopes may be used for need.
func (s Scopes) permits(need Permission) bool {
	for _, scope := range s {
		if slices.Contains(scopePermissions[scope], need) {
			return true
		}
	}
	return need == Public
}

var readPermissions = []Permission{SelfRead, UsersRead, RolesRead, ProjectsReadAll, AuditRead}

var scopePermissions = map[Scope][]Permission{
	ScopeAPI:      slices.Concat(selfPermissions, builtinPermissions[RoleAdmin], []Permission{UsersManage, WebhooksManage, ServerManage}),
	ScopeReadAPI:  readPermissions,
	ScopeReadUser: {SelfRead, UsersRead},
	ScopeSudo:     {ActAsOthers},
}

// within reports whether every scope of s is also one of limit: a credential
// mints none stronger than itself.
func (s Scopes) within(limit Scopes) bool {
	for _, scope := range s {
		for _, p := range scopePermissions[scope] {
			if !limit.permits(p) {
				return false
			}
		}
	}
	return true
}

// allow decides whether who may do need, inside org where need is about an
// organization, and gives the person who acts as the transaction sees them: a
// credential outlives neither a block nor a deletion.
func authorize(tx Reader, actor Actor, need Permission, org OrgID) (User, error) {
	self, err := requireActive(tx, actor, need)
	if err != nil || actor.isOperator() || self.Admin || slices.Contains(selfPermissions, need) {
		return self, err
	}
	if org == 0 {
		return self, fault.New(fault.Forbidden, "only an administrator may do this", fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return self, authorizeMember(tx, self.ID, need, org)
}

// present wants a credential of sufficient scope whose owner is still active.
func requireActive(tx Reader, actor Actor, need Permission) (User, error) {
	switch {
	case actor.isOperator():
		return User{Admin: true, State: Active}, nil
	case actor.Anonymous():
		return User{}, unauthenticated()
	case !actor.scopes.permits(need):
		return User{}, insufficientScope(need)
	}
	return activeUser(tx, actor)
}

func activeUser(tx Reader, actor Actor) (User, error) {
	self, err := tx.User(actor.user)
	if fault.KindOf(err) == fault.NotFound || err == nil && self.State != Active {
		return User{}, unauthenticated()
	}
	if err != nil || actor.impersonator == actor.user {
		return self, err
	}
	// Acting as another ends when the real actor may no longer do it.
	behind, err := tx.User(actor.impersonator)
	if fault.KindOf(err) == fault.NotFound || err == nil && (behind.State != Active || !behind.Admin) {
		return User{}, unauthenticated()
	}
	return self, err
}

func authorizeMember(tx Reader, me UserID, need Permission, org OrgID) error {
	member, err := tx.Member(org, me)
	if err != nil {
		return hideOrganization(err)
	}
	held, err := permissionsOfRole(tx, member.Role)
	if err != nil {
		return err
	}
	if !slices.Contains(held, need) {
		return fault.New(fault.Forbidden, "this needs the permission "+string(need)+"; ask an Admin of the organization",
			fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return nil
}

// hideOrganization answers the same for an organization that is not there and
// for one that the actor does not belong to.
func hideOrganization(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return fault.Missing("organization")
	}
	return err
}

func permissionsOfRole(tx Reader, id RoleID) ([]Permission, error) {
	if held, ok := builtinPermissions[id]; ok {
		return held, nil
	}
	role, err := tx.Role(id)
	return role.Permissions, err
}

// mayGrant wants that who holds everything that role would give: nobody grants
// more than they hold.
func requireCanGrantRole(tx Reader, actor Actor, self User, org OrgID, role RoleID) error {
	if actor.isOperator() || self.Admin {
		return nil
	}
	mine, err := tx.Member(org, self.ID)
	if err != nil {
		return hideOrganization(err)
	}
	held, err := permissionsOfRole(tx, mine.Role)
	if err != nil {
		return err
	}
	given, err := permissionsOfRole(tx, role)
	if err != nil {
		return err
	}
	return requirePermissions(held, given)
}

// mayRule wants that who is as strong as a member whom who changes or removes: the role
// in the organization holds no more and, in the home organization, the member
// administers the server only if who does.
func requireCanManageMember(tx Reader, actor Actor, self User, m Member) error {
	if actor.isOperator() || self.Admin {
		return nil
	}
	if err := requireCanGrantRole(tx, actor, self, m.Org, m.Role); err != nil {
		return err
	}
	home, err := tx.HomeOrganization()
	if err != nil || home.ID != m.Org || m.User == self.ID {
		return err
	}
	target, err := tx.User(m.User)
	if err == nil && target.Admin {
		err = fault.New(fault.Forbidden, "only an administrator of the server changes or removes another one in the home organization",
			fault.Field{Name: "actor", Code: fault.NotAdmin})
	}
	return err
}

func requirePermissions(held, given []Permission) error {
	for _, p := range given {
		if !slices.Contains(held, p) {
			return fault.New(fault.Forbidden, "nobody grants more than they hold: this role has "+string(p),
				fault.Field{Name: "role", Code: fault.NotAdmin})
		}
	}
	return nil
}

// sightOf works out which people who may see: an administrator all, others the
// organizations where their role lets them, and always themselves.
func visibilityFor(tx Reader, actor Actor, self User) (Visibility, error) {
	if actor.isOperator() || self.Admin {
		return Visibility{All: true, PublicOnly: !actor.isOperator() && !actor.scopes.permits(UsersManage)}, nil
	}
	visibility := Visibility{Self: self.ID, PublicOnly: true}
	memberships, err := tx.Memberships(self.ID)
	for _, m := range memberships {
		if slices.Contains(m.Role.Permissions, UsersRead) {
			visibility.Orgs = append(visibility.Orgs, m.Organization.ID)
		}
	}
	return visibility, err
}

func unauthenticated() *fault.Error {
	return fault.New(fault.Unauthenticated, "this needs a valid credential; log in or send a token")
}

func insufficientScope(need Permission) *fault.Error {
	return fault.New(fault.Forbidden, "the scope of this credential does not cover "+string(need),
		fault.Field{Name: "scope", Code: fault.SmallScope})
}

// mintsFull wants that who carries a credential of full scope, for deeds whose
// result is as good as one: a credential mints none stronger than itself.
func requireFullScope(actor Actor) error {
	if actor.isOperator() || fullScopes().within(actor.scopes) {
		return nil
	}
	return fault.New(fault.Forbidden, "this needs a credential of full scope: a token with the scopes api and sudo, a login or the API key",
		fault.Field{Name: "scope", Code: fault.SmallScope})
}
