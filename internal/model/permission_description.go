package model

var permissionDescriptions = map[Permission]string{
	Public:              "operations without a credential",
	SelfRead:            "read your own record and keys",
	SelfWrite:           "change your own record and keys",
	SelfCredentials:     "list and create your own API key, tokens and sessions",
	SelfAuthenticators:  "list and change your own second factors, end your own session",
	UsersRead:           "read the users of an organization",
	UsersInvite:         "invite users to an organization",
	UsersManage:         "create, change, block and delete users, on the whole server",
	MembersManage:       "set roles in an organization, and remove its members",
	RolesRead:           "read the roles of an organization",
	RolesManage:         "create and change the roles of an organization",
	ProjectsReadAll:     "read projects without being assigned to them",
	ProjectsManage:      "create projects and assign users",
	OrganizationsCreate: "create an organization",
	OrganizationsManage: "rename and delete an organization",
	ActAsOthers:         "act as another user; events name both users",
	AuditRead:           "read events",
	ServerManage:        "manage settings and keys of the server",
	WebhooksManage:      "manage webhooks",
}
