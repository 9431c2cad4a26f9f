package client

import (
	"context"
	"net/http"
)

// PersonalData is everything that is stored about a user, without secrets.
type PersonalData struct {
	User            User            `json:"user"`
	Organizations   []Membership    `json:"organizations"`
	Projects        []Project       `json:"projects"` // that the user is assigned to
	Keys            []Key           `json:"keys"`
	Tokens          []Token         `json:"tokens"`
	Sessions        []Session       `json:"sessions"`
	Authenticators  []Authenticator `json:"authenticators"`
	Preferences     Preferences     `json:"preferences"`
	NoticeAddresses []NoticeAddress `json:"notice_addresses"` // former primary addresses that receive security notices
	Invitations     []Invitation    `json:"invitations"`      // to verified addresses of the user
	Events          []Event         `json:"events"`           // about the user or by the user
}

// ExportPersonalData returns everything that is stored about a user. The export is recorded as an event.
func (s Users) ExportPersonalData(ctx context.Context, id int64) (PersonalData, error) {
	return post[PersonalData](ctx, s.c, path("/users/%d/personal-data", id), nil)
}

// ExportPersonalData returns everything that is stored about the caller. The export is recorded as an event.
func (s Me) ExportPersonalData(ctx context.Context) (PersonalData, error) {
	return post[PersonalData](ctx, s.c, "/me/personal-data", nil)
}

// Erase deletes a user, and the invitations and emails to verified addresses of the user. Events are kept, can still be
// verified, and refer to the user by id only.
func (s Users) Erase(ctx context.Context, id int64) error {
	_, err := s.c.do(ctx, request{method: http.MethodPost, path: path("/users/%d/erase", id)}, nil)
	return err
}
