package client

import (
	"context"
	"net/http"
)

// Erasure is what erasing the account of the caller would end, and what prevents it.
type Erasure struct {
	Allowed           bool                 `json:"allowed"`            // by the settings
	Blocked           bool                 `json:"blocked"`            // by the settings or one of the next two
	LastAdministrator bool                 `json:"last_administrator"` // of the server
	LastAdminOf       []ErasedOrganization `json:"last_admin_of"`      // organizations with other members that have no other Admin
	Organizations     []ErasedOrganization `json:"organizations"`      // that the caller leaves
	Addresses         []string             `json:"addresses"`
	Credentials       ErasedCredentials    `json:"credentials"`
}

// ErasedOrganization is an organization of an [Erasure].
type ErasedOrganization struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// ErasedCredentials counts the credentials that end with an account.
type ErasedCredentials struct {
	Keys           int  `json:"keys"`
	Tokens         int  `json:"tokens"`
	Sessions       int  `json:"sessions"`
	Authenticators int  `json:"authenticators"`
	APIKey         bool `json:"api_key"`
}

// GetErasure returns what [Me.Erase] would do.
func (s Me) GetErasure(ctx context.Context) (Erasure, error) {
	var e Erasure
	_, err := s.c.do(ctx, request{method: http.MethodGet, path: "/me/erasure"}, &e)
	return e, err
}

// eraseMeRequest confirms an erasure.
type eraseMeRequest struct {
	ConfirmUsername string `json:"confirm_username"`
}

// Erase erases the account of the caller at once. username confirms it. The account cannot be restored.
// It needs a session that was opened by signing in, with a recent authentication.
func (s Me) Erase(ctx context.Context, username string) error {
	return s.c.doOnce(ctx, http.MethodPost, "/me/erase", eraseMeRequest{username})
}
