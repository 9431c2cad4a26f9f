package model

import "slices"

// Permission is the right to perform a group of operations. Every route declares the one it
// needs. Roles of an organization have some of them, administrators all, and every active user
// the permissions self.* and organizations.create.
type Permission string

// The permissions.
const (
	Public              Permission = "public"               // no credential needed
	SelfRead            Permission = "self.read"            // read the own user and SSH keys
	SelfWrite           Permission = "self.write"           // change the own user, SSH keys and password
	SelfCredentials     Permission = "self.credentials"     // list and create own API key, tokens and sessions
	SelfAuthenticators  Permission = "self.authenticators"  // list and change own second factors, end the own session
	UsersRead           Permission = "users.read"           // read the users of an organization
	UsersInvite         Permission = "users.invite"         // invite users to an organization
	UsersManage         Permission = "users.manage"         // create, change, block and delete users of the whole server
	MembersManage       Permission = "members.manage"       // set roles of members and remove them
	RolesRead           Permission = "roles.read"           // read the roles of an organization
	RolesManage         Permission = "roles.manage"         // create and change roles
	ProjectsReadAll     Permission = "projects.read_all"    // read projects without being assigned
	ProjectsManage      Permission = "projects.manage"      // create projects and assign users
	OrganizationsCreate Permission = "organizations.create" // create an organization
	OrganizationsManage Permission = "organizations.manage" // rename and delete an organization
	ActAsOthers         Permission = "users.act_as"         // sudo
	AuditRead           Permission = "audit.read"           // the events
	WebhooksManage      Permission = "webhooks.manage"      // manage webhooks of the whole server
	ServerManage        Permission = "server.manage"        // manage settings and keys of the server
)

// builtinPermissions holds the permissions of the built-in roles.
var builtinPermissions = map[RoleID][]Permission{
	RoleAdmin: {
		UsersRead, UsersInvite, MembersManage, RolesRead, RolesManage,
		ProjectsReadAll, ProjectsManage, OrganizationsManage, AuditRead,
	},
	RoleMember:  {UsersRead, RolesRead, ProjectsReadAll},
	RolePending: {},
}

// selfPermissions are the permissions of every active user, about that user alone.
var selfPermissions = []Permission{SelfRead, SelfWrite, SelfCredentials, SelfAuthenticators, OrganizationsCreate}

// RolePermissions returns the permissions that a role of an organization can have.
func RolePermissions() []Permission { return slices.Clone(builtinPermissions[RoleAdmin]) }

// AllPermissions returns every permission that a route may declare.
func AllPermissions() []Permission {
	rest := []Permission{Public, UsersManage, ActAsOthers, WebhooksManage, ServerManage}
	return slices.Concat(selfPermissions, builtinPermissions[RoleAdmin], rest)
}

// BuiltinRole returns the permissions of a built-in role, in a slice that is shared. builtin is false
// for other roles.
func BuiltinRole(id RoleID) (held []Permission, builtin bool) {
	held, builtin = builtinPermissions[id]
	return held, builtin
}

// IsSelf reports whether every active user has the permission, about that user alone.
func (p Permission) IsSelf() bool { return slices.Contains(selfPermissions, p) }

// BuiltinPermissions returns the permissions of a built-in role.
func BuiltinPermissions(id RoleID) []Permission { return slices.Clone(builtinPermissions[id]) }

// Scope limits what an access token may be used for, whatever its owner may do. The names are
// GitLab's.
type Scope string

// The scopes.
const (
	ScopeAPI      Scope = "api"       // everything except impersonation
	ScopeReadAPI  Scope = "read_api"  // everything that changes nothing and returns no credential
	ScopeReadUser Scope = "read_user" // read users, including the own one
	ScopeSudo     Scope = "sudo"      // impersonation, in addition to another scope
	// ScopeEnrol is the scope of a session without a second factor whose user needs one: it adds a
	// second factor and ends its session, and permits nothing else in any API. Tokens cannot have it.
	ScopeEnrol Scope = "enrol"
)

// AllScopes returns the scopes that a token can have.
func AllScopes() []Scope { return []Scope{ScopeAPI, ScopeReadAPI, ScopeReadUser, ScopeSudo} }

// Scopes is a set of scopes.
type Scopes []Scope

func FullScopes() Scopes { return Scopes{ScopeAPI, ScopeSudo} }

// Permits reports whether a credential with these scopes may be used for need.
func (s Scopes) Permits(need Permission) bool {
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
	ScopeEnrol:    {SelfAuthenticators},
}

// Within reports whether s permits nothing beyond limit: a credential creates none stronger
// than itself.
func (s Scopes) Within(limit Scopes) bool {
	for _, scope := range s {
		for _, p := range scopePermissions[scope] {
			if !limit.Permits(p) {
				return false
			}
		}
	}
	return true
}

// Description returns what the permission allows.
func (p Permission) Description() string { return permissionDescriptions[p] }

// HeldBy returns who can have the permission: "all_users" about their own user, "roles" of an
// organization, or "administrators" of the server only.
func (p Permission) HeldBy() string {
	switch {
	case p == Public || p.IsSelf():
		return "all_users"
	case slices.Contains(builtinPermissions[RoleAdmin], p):
		return "roles"
	}
	return "administrators"
}
