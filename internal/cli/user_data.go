package cli

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"roster.example/roster/internal/directory"
)

type userData struct {
	userArg
	Output string `short:"o" help:"File to write, with mode 0600. Default: standard output." placeholder:"FILE" json:"-"`
}

// Help is shown below the flags.
func (userData) Help() string {
	return `Writes the same JSON as POST /api/v1/users/ID/personal-data: profile, email addresses,
identities, organizations, projects, keys, tokens and sessions without secrets, invitations,
and the latest 10,000 events. The request is recorded as an event.

Examples:
  roster user data grace -o grace.json
  roster user data grace | jq .sessions`
}

// Run writes the data to a file or to standard output.
func (c *userData) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	if isStdout(c.Output) {
		return e.executeWith(cfg, "user data", c)
	}
	return replaceFile(c.Output, func(out io.Writer) error { return e.executeOn(cfg, "user data", c, nil, out) })
}

func (c *userData) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	u, err := c.find(ctx, d)
	if err != nil {
		return err
	}
	all, err := d.PersonalData(ctx, directory.Operator(), u.ID)
	if err != nil {
		return explain(err)
	}
	to := json.NewEncoder(out)
	to.SetEscapeHTML(false)
	to.SetIndent("", "  ")
	return to.Encode(newPersonalData(all))
}

// personalData has the shape that our own API gives it, which the scripts of the tests hold
// it to.
type personalData struct {
	User        userRecord      `json:"user"`
	Memberships []membership    `json:"organizations"`
	Projects    []projectRecord `json:"projects"`
	Keys        []sshKey        `json:"keys"`
	Tokens      []accessToken   `json:"tokens"`
	Sessions    []session       `json:"sessions"`
	Invitations []invitation    `json:"invitations"`
	Events      []event         `json:"events"`
}

func newPersonalData(all directory.PersonalData) personalData {
	shown := personalData{
		User: newUserRecord(all.User), Memberships: mapSlice(all.Memberships, newMembership), Projects: []projectRecord{},
		Keys: mapSlice(all.Keys, newSSHKey), Tokens: mapSlice(all.Tokens, newToken), Sessions: mapSlice(all.Sessions, newSession),
		Invitations: mapSlice(all.Invitations, newInvitation), Events: mapSlice(all.Events, newEvent),
	}
	for _, m := range all.Memberships {
		shown.Projects = append(shown.Projects, mapSlice(all.Projects[m.Organization.ID], newProjectRecord)...)
	}
	return shown
}

// mapSlice never returns nil, so that an empty list is [] in JSON.
func mapSlice[From, To any](all []From, one func(From) To) []To {
	made := make([]To, 0, len(all))
	for _, from := range all {
		made = append(made, one(from))
	}
	return made
}

func asText[T ~string](v T) string { return string(v) }

type userRecord struct {
	ID             int64           `json:"id"`
	UID            string          `json:"uid"`
	Username       string          `json:"username"`
	Name           string          `json:"name"`
	GivenName      string          `json:"given_name"`
	FamilyName     string          `json:"family_name"`
	State          directory.State `json:"state"`
	Service        bool            `json:"service"`
	Admin          bool            `json:"admin"`
	Email          string          `json:"email"`
	Bio            string          `json:"bio"`
	Company        string          `json:"company"`
	WebsiteURL     string          `json:"website_url"`
	LinkedIn       string          `json:"linkedin"`
	Skype          string          `json:"skype"`
	Twitter        string          `json:"twitter"`
	TimeZone       string          `json:"time_zone"`
	CreatedAt      time.Time       `json:"created_at"`
	UpdatedAt      time.Time       `json:"updated_at"`
	ActivatedAt    time.Time       `json:"activated_at,omitzero"`
	Emails         []email         `json:"emails"`
	Identities     []identity      `json:"identities"`
	HasPassword    bool            `json:"has_password"`
	ProjectsLimit  int64           `json:"projects_limit"`
	CanCreateGroup bool            `json:"can_create_group"`
	LastActivity   time.Time       `json:"last_activity_at,omitzero"`
}

func newUserRecord(u directory.User) userRecord {
	return userRecord{
		ID: int64(u.ID), UID: u.UID, Username: u.Username, Name: u.Name, GivenName: u.GivenName, FamilyName: u.FamilyName,
		State: u.Shown(), Service: u.Service, Admin: u.Admin, Email: u.Primary().Address, Bio: u.Bio, Company: u.Company,
		WebsiteURL: u.WebsiteURL, LinkedIn: u.LinkedIn, Skype: u.Skype, Twitter: u.Twitter, TimeZone: u.TimeZone,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, ActivatedAt: u.ActivatedAt,
		Emails: mapSlice(u.Emails, newEmail), Identities: mapSlice(u.Identities, newIdentity), HasPassword: u.HasPassword,
		ProjectsLimit: u.ProjectsLimit, CanCreateGroup: u.CanCreateGroup, LastActivity: u.LastActivity,
	}
}

type email struct {
	ID        int64     `json:"id"`
	Address   string    `json:"address"`
	Primary   bool      `json:"primary"`
	Verified  bool      `json:"verified"`
	CreatedAt time.Time `json:"created_at"`
}

func newEmail(e directory.Email) email {
	return email{int64(e.ID), e.Address, e.Primary, e.Verified, e.CreatedAt}
}

type identity struct {
	Provider string `json:"provider"`
	UID      string `json:"uid"`
}

func newIdentity(i directory.Identity) identity { return identity{i.Provider, i.ExternalUID} }

type membership struct {
	Organization organization `json:"organization"`
	Role         role         `json:"role"`
}

func newMembership(m directory.Membership) membership {
	return membership{newOrganization(m.Organization), newRole(m.Role)}
}

type organization struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Slug        string    `json:"slug"`
	Home        bool      `json:"home"`
	DefaultRole int64     `json:"default_role_id"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func newOrganization(o directory.Organization) organization {
	return organization{int64(o.ID), o.Name, o.Slug, o.Home, int64(o.Default), o.CreatedAt, o.UpdatedAt}
}

type role struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Builtin     bool      `json:"builtin"`
	Default     bool      `json:"default"`
	Permissions []string  `json:"permissions"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
}

// newRole omits the creation time of built-in roles.
func newRole(r directory.Role) role {
	shown := role{ID: int64(r.ID), Name: r.Name, Builtin: r.Org == 0, Default: r.Default, Permissions: mapSlice(r.Permissions, asText[directory.Permission])}
	if r.Org != 0 {
		shown.CreatedAt = r.CreatedAt
	}
	return shown
}

// projectRecord is a project to which the user is assigned.
type projectRecord struct {
	ID           int64                   `json:"id"`
	Organization int64                   `json:"organization_id"`
	Name         string                  `json:"name"`
	Permalink    string                  `json:"permalink"`
	Group        string                  `json:"group"`
	Status       directory.ProjectStatus `json:"status"`
	Overview     string                  `json:"overview"`
	CreatedAt    time.Time               `json:"created_at"`
}

func newProjectRecord(p directory.Project) projectRecord {
	return projectRecord{int64(p.ID), int64(p.Org), p.Name, p.Permalink, p.Group, p.Status, p.Overview, p.CreatedAt}
}

type sshKey struct {
	ID          int64     `json:"id"`
	Owner       int64     `json:"user_id"`
	Title       string    `json:"title"`
	Key         string    `json:"key"`
	Fingerprint string    `json:"fingerprint"`
	Type        string    `json:"type"`
	Bits        int       `json:"bits"`
	Usage       string    `json:"usage"`
	CreatedAt   time.Time `json:"created_at"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	LastUsedAt  time.Time `json:"last_used_at,omitzero"`
}

func newSSHKey(k directory.SSHKey) sshKey {
	return sshKey{int64(k.ID), int64(k.Owner), k.Title, k.Public, k.Fingerprint, k.Type, k.Bits, string(k.Usage), k.CreatedAt, k.ExpiresAt, k.LastUsedAt}
}

type accessToken struct {
	ID         int64     `json:"id"`
	Owner      int64     `json:"user_id"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes"`
	CreatedAt  time.Time `json:"created_at"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
	RevokedAt  time.Time `json:"revoked_at,omitzero"`
}

func newToken(t directory.AccessToken) accessToken {
	return accessToken{int64(t.ID), int64(t.Owner), t.Name, mapSlice(t.Scopes, asText[directory.Scope]), t.CreatedAt, t.ExpiresAt, t.LastUsedAt, t.RevokedAt}
}

type session struct {
	ID        int64     `json:"id"`
	Kind      string    `json:"kind"`
	Current   bool      `json:"current"` // never: the operator has none
	Address   string    `json:"address"`
	Agent     string    `json:"user_agent"`
	CreatedAt time.Time `json:"created_at"`
	LastSeen  time.Time `json:"last_seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func newSession(s directory.Session) session {
	return session{int64(s.ID), string(s.Kind), false, s.Address, s.Agent, s.CreatedAt, s.LastUsedAt, s.ExpiresAt}
}

type invitation struct {
	ID           int64     `json:"id"`
	Organization int64     `json:"organization_id"`
	Email        string    `json:"email"`
	Role         int64     `json:"role_id"`
	Inviter      int64     `json:"inviter_id"`
	State        string    `json:"state"`
	CreatedAt    time.Time `json:"created_at"`
	ExpiresAt    time.Time `json:"expires_at"`
	AcceptedAt   time.Time `json:"accepted_at,omitzero"`
	RevokedAt    time.Time `json:"revoked_at,omitzero"`
}

func newInvitation(i directory.Invitation) invitation {
	return invitation{
		ID: int64(i.ID), Organization: int64(i.Org), Email: i.Email, Role: int64(i.Role), Inviter: int64(i.Inviter), State: string(i.Status),
		CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, AcceptedAt: i.AcceptedAt, RevokedAt: i.RevokedAt,
	}
}

type event struct {
	ID           int64     `json:"id"`
	At           time.Time `json:"at"`
	Verb         string    `json:"verb"`
	Actor        int64     `json:"actor_id"`
	Real         int64     `json:"real_actor_id"`
	Credential   string    `json:"credential"`
	Target       string    `json:"target"`
	TargetID     int64     `json:"target_id"`
	User         int64     `json:"user_id"`
	Organization int64     `json:"organization_id"`
	API          string    `json:"api"`
	Address      string    `json:"address"`
	Detail       string    `json:"detail"`
	Previous     string    `json:"previous"`
	Hash         string    `json:"hash"`
}

func newEvent(e directory.Event) event {
	return event{
		ID: int64(e.ID), At: e.At, Verb: string(e.Verb), Actor: int64(e.Actor), Real: int64(e.Impersonator), Credential: string(e.Credential),
		Target: e.Target, TargetID: e.TargetID, User: int64(e.User), Organization: int64(e.Org), API: string(e.API), Address: e.Address,
		Detail: e.Detail, Previous: hex.EncodeToString(e.Previous), Hash: hex.EncodeToString(e.Hash),
	}
}
