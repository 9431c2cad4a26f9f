package client

import (
	"context"
	"net/http"
	"time"
)

// Preferences are how the pages and the emails of the caller look, and which notices the caller receives.
type Preferences struct {
	Language        string `json:"language"`           // "auto", "en" or "de"
	Theme           string `json:"theme"`              // "system", "light" or "dark"
	TimeZone        string `json:"time_zone"`          // such as "Europe/Berlin"
	NotifyNewSignIn bool   `json:"notify_new_sign_in"` // whether a sign-in from a new network is notified by email
}

// PreferencesUpdate is an update of the preferences. Fields that are nil are not changed.
type PreferencesUpdate struct {
	Language *string `json:"language,omitempty"`
	Theme    *string `json:"theme,omitempty"`
	TimeZone *string `json:"time_zone,omitempty"`
	// NotifyNewSignIn can be switched off by a session only, soon after its password and second factor were given. An email
	// about it is always sent.
	NotifyNewSignIn *bool `json:"notify_new_sign_in,omitempty"`
}

// GetPreferences returns the preferences of the caller.
func (s Me) GetPreferences(ctx context.Context) (Preferences, error) {
	var p Preferences
	_, err := s.c.do(ctx, request{method: http.MethodGet, path: "/me/preferences"}, &p)
	return p, err
}

// UpdatePreferences updates the preferences of the caller.
func (s Me) UpdatePreferences(ctx context.Context, change PreferencesUpdate) (Preferences, error) {
	var p Preferences
	_, err := s.c.do(ctx, request{method: http.MethodPatch, path: "/me/preferences", body: change}, &p)
	return p, err
}

// NoticeAddress is a former primary address that receives security notices of the account until EndsAt.
type NoticeAddress struct {
	Address string    `json:"address"`
	EndsAt  time.Time `json:"ends_at"`
}
