package native

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
)

func (a api) personal(h huma.API) {
	const tag = "personal data"
	for _, p := range places() {
		add(h, operation{id: "exportPersonalData" + p.suffix, class: expensive(), method: "POST", path: p.path + "/personal-data", needs: directory.SelfCredentials, tag: tag, mine: p.mine,
			summary: "Show all that is stored" + p.whose, about: "But for secrets. It is recorded as an event."}, a.personalData)
	}
	add(h, operation{id: "eraseUser", method: "POST", path: "/users/{id}/erase", needs: directory.UsersManage, tag: tag, status: http.StatusNoContent,
		summary: "Erase a person", about: "Deletes the person, with invitations and letters to their proven addresses. Events stay verifiable and name them by id alone."}, a.eraseUser)
	add(h, operation{id: "listDormantUsers", class: expensive(), method: "GET", path: "/users/dormant", needs: directory.UsersManage, tag: tag, first: true,
		summary: "List people who were not active for long", about: "Administrators, programs and people who never came in are none of them."}, a.listDormant)
}

// dossier is all that is stored of a person.
type dossier struct {
	User        user             `json:"user"`
	Memberships []membership     `json:"organizations"`
	Projects    []project        `json:"projects" doc:"To which the person is assigned."`
	Keys        []sshKey         `json:"keys"`
	Tokens      []Token          `json:"tokens"`
	Sessions    []session        `json:"sessions"`
	Invitations []invitation     `json:"invitations" doc:"To any of the person's addresses."`
	Events      []directoryEvent `json:"events" doc:"About the person, or by them."`
}

func (a api) personalData(ctx context.Context, who directory.Actor, in *ByUser) (*body[dossier], error) {
	all, err := a.directory.PersonalData(ctx, who, in.user())
	if err != nil {
		return nil, err
	}
	shown := dossier{
		User: inFull(all.User), Memberships: each(all.Memberships, newMembership), Projects: []project{}, Keys: each(all.Keys, newSSHKey),
		Tokens:      each(all.Tokens, newToken),
		Sessions:    each(all.Sessions, func(s directory.Session) session { return newSession(s, who) }),
		Invitations: each(all.Invitations, newInvitation), Events: each(all.Events, newEvent),
	}
	for _, m := range all.Memberships {
		shown.Projects = append(shown.Projects, each(all.Projects[m.Organization.ID], newProject)...)
	}
	return bodyOf(shown), nil
}

func (a api) eraseUser(ctx context.Context, who directory.Actor, in *ByUser) (*nothing, error) {
	return nil, a.directory.EraseUser(ctx, who, in.user())
}

func (a api) listDormant(ctx context.Context, who directory.Actor, in *struct {
	Days  int `query:"days" required:"true" minimum:"1" maximum:"36500" doc:"Not active for so many days." example:"180"`
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"At most so many."`
}) (*body[list[user]], error) {
	people, err := a.directory.Dormant(ctx, who, time.Duration(in.Days)*24*time.Hour, in.Limit)
	return a.people(ctx, who, people, err)
}
