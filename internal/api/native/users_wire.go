package native

import (
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// user is a user as returned by the API.
type user struct {
	ID          int64      `json:"id" doc:"Never reused, even after a deletion." example:"42"`
	UID         string     `json:"uid" doc:"An opaque, unique identifier of the user." example:"7sK3mQ9xTbW2pLcRd"`
	Username    string     `json:"username" doc:"Empty while the invitation of the user is open." example:"ada"`
	Name        string     `json:"name" example:"Ada Lovelace"`
	GivenName   string     `json:"given_name" example:"Ada"`
	FamilyName  string     `json:"family_name" example:"Lovelace"`
	State       string     `json:"state" enum:"active,blocked,invited,deactivated" doc:"Only active users can sign in." example:"active"`
	Service     bool       `json:"service" doc:"Whether this is a service account: it has tokens and no password."`
	Admin       bool       `json:"admin" doc:"Whether the user is an administrator of the server."`
	Email       string     `json:"email" doc:"The primary email address, or empty." example:"ada@example.org"`
	Bio         string     `json:"bio" example:"Writes notes on engines."`
	Company     string     `json:"company"`
	WebsiteURL  string     `json:"website_url"`
	LinkedIn    string     `json:"linkedin"`
	Skype       string     `json:"skype"`
	Twitter     string     `json:"twitter"`
	TimeZone    string     `json:"time_zone" doc:"The name of a time zone in Rails." example:"London"`
	CreatedAt   time.Time  `json:"created_at" example:"2026-01-02T15:04:05Z"`
	UpdatedAt   time.Time  `json:"updated_at" example:"2026-01-02T15:04:05Z"`
	ActivatedAt *time.Time `json:"activated_at,omitempty" doc:"When the user signed in for the first time. Absent until then."`

	*PrivateFields
}

// PrivateFields are absent if the directory returned the public fields only.
type PrivateFields struct {
	Emails         []email    `json:"emails" required:"false" doc:"All email addresses, the primary one first. Only for the user and administrators."`
	Identities     []identity `json:"identities" required:"false" doc:"External accounts. Only for the user and administrators."`
	HasPassword    bool       `json:"has_password" required:"false" doc:"Only for the user and administrators."`
	ProjectsLimit  int64      `json:"projects_limit" required:"false" doc:"The limit of GitLab's API. Only for the user and administrators." example:"10"`
	CanCreateGroup bool       `json:"can_create_group" required:"false" doc:"The permission of GitLab's API. Only for the user and administrators."`
	LastActivity   *time.Time `json:"last_activity_at,omitempty" doc:"With a precision of one minute. Absent if never. Only for the user and administrators."`
}

type identity struct {
	Provider string `json:"provider" minLength:"1" maxLength:"255" example:"ldap"`
	UID      string `json:"uid" minLength:"1" maxLength:"255" doc:"The id of the user at the provider." example:"uid=ada,ou=people"`
}

func newUser(u model.User) user {
	result := user{
		ID: int64(u.ID), UID: u.UID, Username: u.Username, Name: u.Name, GivenName: u.GivenName, FamilyName: u.FamilyName,
		State: string(u.Shown()), Service: u.Service, Admin: u.Admin, Email: u.Primary().Address, Bio: u.Bio, Company: u.Company,
		WebsiteURL: u.WebsiteURL, LinkedIn: u.LinkedIn, Skype: u.Skype, Twitter: u.Twitter, TimeZone: u.TimeZone,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, ActivatedAt: timeOrNil(u.ActivatedAt),
	}
	if u.Fields == model.AllFields {
		result.PrivateFields = &PrivateFields{
			Emails: mapSlice(u.Emails, newEmail), Identities: mapSlice(u.Identities, newIdentity), HasPassword: u.HasPassword,
			ProjectsLimit: u.ProjectsLimit, CanCreateGroup: u.CanCreateGroup, LastActivity: timeOrNil(u.LastActivity),
		}
	}
	return result
}

func newIdentity(i model.Identity) identity { return identity{i.Provider, i.ExternalUID} }

// createUserRequest is the body that creates a user.
type createUserRequest struct {
	Username       string    `json:"username,omitempty" maxLength:"255" doc:"Unique without regard to case." example:"grace"`
	Name           string    `json:"name,omitempty" maxLength:"255" doc:"The full name. given_name and family_name are derived from it." example:"Grace Hopper"`
	GivenName      string    `json:"given_name,omitempty" maxLength:"255"`
	FamilyName     string    `json:"family_name,omitempty" maxLength:"255"`
	Email          string    `json:"email,omitempty" maxLength:"254" doc:"The primary email address. Required if there is no username." example:"grace@example.org"`
	Password       string    `json:"password,omitempty" maxLength:"1024" doc:"If absent, the user has no password."`
	Admin          bool      `json:"admin,omitempty" doc:"Whether the user is an administrator of the server."`
	Service        bool      `json:"service,omitempty" doc:"Create a service account, with a username and without a password."`
	Bio            string    `json:"bio,omitempty"`
	Company        string    `json:"company,omitempty"`
	WebsiteURL     string    `json:"website_url,omitempty"`
	LinkedIn       string    `json:"linkedin,omitempty"`
	Skype          string    `json:"skype,omitempty"`
	Twitter        string    `json:"twitter,omitempty"`
	TimeZone       string    `json:"time_zone,omitempty"`
	ProjectsLimit  *int64    `json:"projects_limit,omitempty" minimum:"0"`
	CanCreateGroup *bool     `json:"can_create_group,omitempty"`
	Organization   int64     `json:"organization_id,omitempty" minimum:"1" doc:"The organization of the user. If absent, the home organization."`
	Role           int64     `json:"role_id,omitempty" minimum:"1" doc:"The role in the organization. If absent, its default role."`
	Identity       *identity `json:"identity,omitempty"`
	Notify         bool      `json:"notify,omitempty" doc:"Email the user that the account was created."`
}

func (n createUserRequest) newUser() directory.NewUser {
	names := model.Names{}.WithParts(n.GivenName, n.FamilyName)
	if n.Name != "" {
		names = names.WithName(n.Name)
	}
	input := directory.NewUser{
		Username: n.Username, Names: names, Email: n.Email, Password: secretText(n.Password), Admin: n.Admin, Service: n.Service,
		Profile: model.Profile{
			Bio: n.Bio, Company: n.Company, WebsiteURL: n.WebsiteURL, LinkedIn: n.LinkedIn, Skype: n.Skype, Twitter: n.Twitter, TimeZone: n.TimeZone,
		},
		Limits: model.DefaultLimits(), Org: model.OrgID(n.Organization), Role: model.RoleID(n.Role), Notify: n.Notify,
	}
	if n.ProjectsLimit != nil {
		input.ProjectsLimit = *n.ProjectsLimit
	}
	if n.CanCreateGroup != nil {
		input.CanCreateGroup = *n.CanCreateGroup
	}
	if n.Identity != nil {
		input.Identity = model.Identity{Provider: n.Identity.Provider, ExternalUID: n.Identity.UID}
	}
	return input
}

// Profile holds the members that users can change themselves; null clears a member. It is part of updates by administrators
// too.
type Profile struct {
	GivenName  *string `json:"given_name,omitempty" nullable:"true" maxLength:"255"`
	FamilyName *string `json:"family_name,omitempty" nullable:"true" maxLength:"255"`
	Bio        *string `json:"bio,omitempty" nullable:"true" example:"Writes compilers."`
	Company    *string `json:"company,omitempty" nullable:"true"`
	WebsiteURL *string `json:"website_url,omitempty" nullable:"true"`
	LinkedIn   *string `json:"linkedin,omitempty" nullable:"true"`
	Skype      *string `json:"skype,omitempty" nullable:"true"`
	Twitter    *string `json:"twitter,omitempty" nullable:"true"`
	TimeZone   *string `json:"time_zone,omitempty" nullable:"true"`
}

func (p Profile) profileChange() directory.ProfileChange {
	return directory.ProfileChange{
		Bio: p.Bio, Company: p.Company, WebsiteURL: p.WebsiteURL, LinkedIn: p.LinkedIn, Skype: p.Skype, Twitter: p.Twitter, TimeZone: p.TimeZone,
	}
}

// updateUserRequest is the body of an update by an administrator.
type updateUserRequest struct {
	Profile
	Username        *string   `json:"username,omitempty" maxLength:"255"`
	Name            *string   `json:"name,omitempty" maxLength:"255"`
	Email           *string   `json:"email,omitempty" maxLength:"254" doc:"The primary email address."`
	Password        *string   `json:"password,omitempty" maxLength:"1024" doc:"The new password. Other sessions of the user end."`
	Admin           *bool     `json:"admin,omitempty" doc:"The last administrator cannot lose this."`
	ProjectsLimit   *int64    `json:"projects_limit,omitempty" minimum:"0"`
	CanCreateGroup  *bool     `json:"can_create_group,omitempty"`
	Identity        *identity `json:"identity,omitempty" doc:"Replaces the identity at the same provider."`
	CurrentPassword string    `json:"current_password,omitempty" maxLength:"1024" doc:"The current password of the caller, for changes of the caller's own record. A new password needs it, unless the session verified the password recently."`
}

func (c updateUserRequest) userChange() directory.UserChange {
	change := directory.UserChange{
		Username: c.Username, Email: c.Email, Name: c.Name, Password: secretTextOrNil(c.Password), Admin: c.Admin,
		GivenName: c.GivenName, FamilyName: c.FamilyName,
		Bio: c.Bio, Skype: c.Skype, LinkedIn: c.LinkedIn, Twitter: c.Twitter, WebsiteURL: c.WebsiteURL, Company: c.Company,
		TimeZone: c.TimeZone, ProjectsLimit: c.ProjectsLimit, CanCreateGroup: c.CanCreateGroup,
	}
	change.CurrentPassword = secretText(c.CurrentPassword)
	if c.Identity != nil {
		change.Identity = &model.Identity{Provider: c.Identity.Provider, ExternalUID: c.Identity.UID}
	}
	return change
}
