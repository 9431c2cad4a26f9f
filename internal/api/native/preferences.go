package native

import (
	"cmp"
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

func (a api) addPreferencesOperations(h huma.API) {
	const tag = "me"
	add(h, operation{id: "getMyPreferences", method: "GET", path: "/me/preferences", permission: model.SelfRead, tag: tag,
		summary: "Get your preferences", description: "Language, theme and time zone of the pages and of emails to you, and which notices you receive."}, a.getPreferences)
	add(h, operation{id: "updateMyPreferences", method: "PATCH", path: "/me/preferences", permission: model.SelfWrite, tag: tag,
		summary: "Update your preferences",
		description: "Members that are absent are not changed. To switch notify_new_sign_in off requires a session that was opened by signing in and whose password, " +
			"and second factor if there is one, were given recently; access tokens and API keys are refused. An email about it is always sent."}, a.updatePreferences)
}

type preferences struct {
	Language        string `json:"language" enum:"auto,en,de" doc:"Of the pages and of emails. auto is the language that the browser accepts, and for emails the one of the settings." example:"de"`
	Theme           string `json:"theme" enum:"system,light,dark" doc:"Of the pages." example:"system"`
	TimeZone        string `json:"time_zone" doc:"Of times on pages and in emails: a name of the IANA time zone database." example:"Europe/Berlin"`
	NotifyNewSignIn bool   `json:"notify_new_sign_in" doc:"Whether an email is sent when the account signs in from a new network. Emails about new and changed credentials are always sent." example:"true"`
}

func newPreferences(p model.Preferences, err error) (*body[preferences], error) {
	if err != nil {
		return nil, err
	}
	return bodyOf(preferencesOf(p)), nil
}

func preferencesOf(p model.Preferences) preferences {
	return preferences{cmp.Or(p.Language, autoLanguage), cmp.Or(p.Theme, systemTheme), cmp.Or(p.TimeZone, utc), !p.NoSignInNotice}
}

// The values of this API for a preference that is not set.
const (
	autoLanguage = "auto"
	systemTheme  = "system"
	utc          = "UTC"
)

func (a api) getPreferences(ctx context.Context, actor model.Actor, _ *struct{}) (*body[preferences], error) {
	return newPreferences(a.directory.Preferences(ctx, actor))
}

type updatePreferencesRequest struct {
	Language        *string `json:"language,omitempty" enum:"auto,en,de" example:"de"`
	Theme           *string `json:"theme,omitempty" enum:"system,light,dark" example:"dark"`
	TimeZone        *string `json:"time_zone,omitempty" minLength:"1" maxLength:"100" doc:"A name of the IANA time zone database." example:"Europe/Berlin"`
	NotifyNewSignIn *bool   `json:"notify_new_sign_in,omitempty" example:"true"`
}

func (a api) updatePreferences(ctx context.Context, actor model.Actor, in *struct{ Body updatePreferencesRequest }) (*body[preferences], error) {
	b := in.Body
	return newPreferences(a.directory.ChangePreferences(ctx, actor, directory.PreferencesChange{
		Language: unsetLanguage(b.Language), Theme: b.Theme, TimeZone: b.TimeZone, SignInNotice: b.NotifyNewSignIn,
	}))
}

// unsetLanguage returns "" for the language that the browser accepts.
func unsetLanguage(language *string) *string {
	if language != nil && *language == autoLanguage {
		return new(string)
	}
	return language
}

type noticeAddress struct {
	Address string    `json:"address" example:"ada@old.example.org"`
	EndsAt  time.Time `json:"ends_at" example:"2026-01-09T15:04:05Z"`
}

func newNoticeAddress(a model.NoticeAddress) noticeAddress { return noticeAddress{a.Address, a.EndsAt} }
