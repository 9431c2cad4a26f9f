package model

// OrganizationReader reads organizations, their roles and members.
type OrganizationReader interface {
	Organization(id OrgID) (Organization, error)
	OrganizationBySlug(slug string) (Organization, error) // without regard to case
	OrganizationByName(name string) (Organization, error) // without regard to case
	OrganizationsLike(name string) ([]OrgID, error)       // those with the name, or with one that looks like it; by id
	HomeOrganization() (Organization, error)
	Organizations(after OrgID, limit int) ([]Organization, error) // by id; limit 0 means all
	OrganizationsByName(f OrganizationFilter) ([]Organization, error)
	OrganizationCount() (int, error)
	Member(org OrgID, user UserID) (Member, error)
	MembersIn(org OrgID, users []UserID) ([]Member, error) // those of users that are members; in the order of users, if that is by id
	MemberCount(org OrgID) (int, error)
	OrgAdmins(org OrgID, limit int) ([]OrgAdmin, error)             // the first limit active Admins: those able to log in, then the others, by user id
	Members(org OrgID) ([]Member, error)                            // by user id
	MemberIDs(org OrgID, after UserID, limit int) ([]UserID, error) // by user id
	Memberships(user UserID) ([]Membership, error)                  // by organization id; roles with permissions
	Role(id RoleID) (Role, error)                                   // with permissions
	Roles(org OrgID) ([]Role, error)                                // built-in and custom roles, by id, with Default set
	RoleHeld(org OrgID, id RoleID) (bool, error)                    // whether a member has it
	RoleCounts(org OrgID) (map[RoleID]int, error)                   // the number of members with each role that a member has
}

// OrganizationWriter writes organizations, their roles and members.
type OrganizationWriter interface {
	AddOrganization(o *Organization) error
	ChangeOrganization(o Organization) error
	DropOrganization(id OrgID) error // with its members, roles, projects and invitations
	PutMember(m Member) error        // keeps Since of an existing member
	DropMember(org OrgID, user UserID) error
	AddRole(r *Role) error
	ChangeRole(r Role) error
	DropRole(id RoleID) error
}
