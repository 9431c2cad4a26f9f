package client

import (
	"context"
	"net/http"
)

// PersonalData is all that is stored of a person, but for secrets.
type PersonalData struct {
	User          User         `json:"user"`
	Organizations []Membership `json:"organizations"`
	Projects      []Project    `json:"projects"` // to which the person is assigned
	Keys          []Key        `json:"keys"`
	Tokens        []Token      `json:"tokens"`
	Sessions      []Session    `json:"sessions"`
	Invitations   []Invitation `json:"invitations"` // to any of the person's addresses
	Events        []Event      `json:"events"`      // about the person, or by them
}

// PersonalData shows all that is stored of a person. It is recorded as an event.
func (s Users) ExportPersonalData(ctx context.Context, id int64) (PersonalData, error) {
	return post[PersonalData](ctx, s.c, path("/users/%d/personal-data", id), nil)
}

// PersonalData shows all that is stored of the caller. It is recorded as an event.
func (s Me) ExportPersonalData(ctx context.Context) (PersonalData, error) {
	return post[PersonalData](ctx, s.c, "/me/personal-data", nil)
}

// Erase deletes a person, with invitations and letters to their proven addresses. Events
// stay verifiable, and name them by id alone.
func (s Users) Erase(ctx context.Context, id int64) error {
	_, err := s.c.do(ctx, request{method: http.MethodPost, path: path("/users/%d/erase", id)}, nil)
	return err
}
