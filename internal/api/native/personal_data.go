package native

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func (a api) addPersonalDataOperations(h huma.API) {
	const tag = "personal data"
	for _, p := range ownerPaths() {
		add(h, operation{id: "export" + p.infix + "PersonalData", class: expensive(), method: "POST", path: p.path + "/personal-data", permission: model.SelfCredentials, tag: tag, self: p.self,
			summary: "Export personal data" + p.owner, description: "Returns everything that is stored about the user, without secrets. Each export is recorded as an event."}, a.exportPersonalData)
	}
	add(h, operation{id: "eraseUser", method: "POST", path: "/users/{id}/erase", permission: model.UsersManage, tag: tag, status: http.StatusNoContent,
		summary: "Erase a user",
		description: "Deletes the user, and the invitations and emails to verified addresses of the user. Events are kept, can still be verified, and " +
			"refer to the user by id only. A session needs a recent authentication. An administrator needs a credential of full scope without " +
			"expiry, and your own account what POST /me/erase needs."}, a.eraseUser)
	add(h, operation{id: "listDormantUsers", class: expensive(), method: "GET", path: "/users/dormant", permission: model.UsersManage, tag: tag, first: true,
		summary: "List dormant users",
		description: "Returns users who were not active for a number of days. Administrators, service accounts and users who never signed in are " +
			"omitted."}, a.listDormantUsers)
}

// personalData is everything that is stored about a user.
type personalData struct {
	User            user            `json:"user"`
	Memberships     []membership    `json:"organizations"`
	Projects        []project       `json:"projects" doc:"The projects that the user is assigned to."`
	Keys            []sshKey        `json:"keys"`
	Tokens          []Token         `json:"tokens"`
	Sessions        []session       `json:"sessions"`
	Authenticators  []Authenticator `json:"authenticators" doc:"The second factors."`
	Preferences     preferences     `json:"preferences"`
	NoticeAddresses []noticeAddress `json:"notice_addresses" doc:"Former primary addresses that receive security notices for some days."`
	Invitations     []Invitation    `json:"invitations" doc:"Invitations to the verified addresses of the user."`
	Events          []event         `json:"events" doc:"The latest events about the user or by the user."`
}

func (a api) exportPersonalData(ctx context.Context, actor model.Actor, in *ByUserID) (*body[personalData], error) {
	all, err := a.directory.PersonalData(ctx, actor, in.user())
	if err != nil {
		return nil, err
	}
	return bodyOf(newPersonalData(all, actor)), nil
}

func newPersonalData(all directory.PersonalData, actor model.Actor) personalData {
	data := personalData{
		User: newUser(all.User), Memberships: mapSlice(all.Memberships, newMembership), Projects: []project{}, Keys: mapSlice(all.Keys, newSSHKey),
		Tokens:         mapSlice(all.Tokens, newToken),
		Sessions:       mapSlice(all.Sessions, func(s model.Session) session { return newSession(s, actor) }),
		Authenticators: mapSlice(all.Authenticators, newAuthenticator),
		Preferences:    preferencesOf(all.Preferences), NoticeAddresses: mapSlice(all.NoticeAddresses, newNoticeAddress),
		Invitations: mapSlice(all.Invitations, newInvitation), Events: mapSlice(all.Events, newEvent),
	}
	for _, m := range all.Memberships {
		data.Projects = append(data.Projects, mapSlice(all.Projects[m.Organization.ID], newProject)...)
	}
	return data
}

// WritePersonalData writes the response of POST /api/v1/users/{id}/personal-data, indented, for callers without HTTP. The
// actor is the operator.
func WritePersonalData(w io.Writer, data directory.PersonalData) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(newPersonalData(data, model.Operator()))
}

func (a api) eraseUser(ctx context.Context, actor model.Actor, in *ByUserID) (*noContent, error) {
	return nil, a.directory.EraseUser(ctx, actor, in.user())
}

func (a api) listDormantUsers(ctx context.Context, actor model.Actor, in *struct {
	Days  int `query:"days" required:"true" minimum:"1" maximum:"36500" doc:"Users who were not active for this number of days." example:"180"`
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The maximal number of users."`
}) (*body[list[user]], error) {
	users, err := a.directory.DormantUsers(ctx, actor, time.Duration(in.Days)*24*time.Hour, in.Limit)
	return listResponse(users, newUser, err)
}
