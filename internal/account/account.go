// Package account has the pages on which users look after their own account: profile and addresses,
// password and sessions, keys and tokens, organizations, activity, and data.
//
// # Forms
//
// Every form works without JavaScript. A form that succeeded leads back to its page, which says what was
// done. A form that was rejected is shown again with what was typed. If the directory requires a recent
// check of the password, the page asks for it and sends the same form again, so that nothing that was
// typed is lost (see form.go).
package account

import (
	"embed"
	"io"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
)

// Templates has the templates of the pages.
//
//go:embed templates/*.html
var Templates embed.FS

// Config is the configuration of the pages.
type Config struct {
	// WriteData writes the personal data of a user as a file.
	WriteData func(w io.Writer, data directory.PersonalData) error
}

// The paths of the pages. The paths of their forms are below them.
const (
	// SecurityPath is the page on which users change their password.
	SecurityPath      = "/account/security"
	profilePath       = browser.AccountPath
	keysPath          = "/account/keys"
	organizationsPath = "/account/organizations"
	activityPath      = "/account/activity"
	dataPath          = "/account/data"
	erasePath         = "/account/data/erase"
	preferencesPath   = browser.PreferencesPath
)

// pages has the handlers.
type pages struct {
	*browser.Site
	Config
}

// Endpoints returns the pages of a site.
func Endpoints(s *browser.Site, c Config) []browser.Endpoint {
	p := &pages{s, c}
	return []browser.Endpoint{
		show(profilePath, model.SelfRead, p.showProfile),
		p.form(profilePath+"/profile", model.SelfWrite, p.saveProfile),
		p.form(profilePath+"/emails", model.SelfWrite, p.addEmail),
		p.form(profilePath+"/emails/{id}/resend", model.SelfWrite, p.resendVerification),
		p.form(profilePath+"/emails/{id}/primary", model.SelfWrite, p.makePrimary),
		p.form(profilePath+"/emails/{id}/remove", model.SelfWrite, p.removeEmail),

		show(SecurityPath, model.SelfCredentials, p.showSecurity),
		p.form(SecurityPath+"/password", model.SelfCredentials, p.changePassword),
		p.form(SecurityPath+"/sessions/{id}/revoke", model.SelfCredentials, p.revokeSession),
		p.form(SecurityPath+"/sessions/revoke-others", model.SelfCredentials, p.revokeOtherSessions),

		show(factorPath, model.SelfAuthenticators, p.showSecondFactor),
		p.form(factorPath+"/app", model.SelfAuthenticators, p.beginApp),
		p.form(factorPath+"/app/confirm", model.SelfAuthenticators, p.confirmApp),
		p.form(factorPath+"/passkey", model.SelfAuthenticators, p.beginPasskey),
		p.form(factorPath+"/passkey/confirm", model.SelfAuthenticators, p.confirmPasskey),
		p.form(factorPath+"/recovery-codes", model.SelfAuthenticators, p.createRecoveryCodes),
		p.form(factorPath+"/{id}/rename", model.SelfAuthenticators, p.renameFactor),
		p.form(factorPath+"/{id}/remove", model.SelfAuthenticators, p.removeFactor),

		show(keysPath, model.SelfCredentials, p.showKeys),
		p.form(keysPath+"/ssh", model.SelfWrite, p.addKey),
		p.form(keysPath+"/ssh/{id}/remove", model.SelfWrite, p.removeKey),
		p.form(keysPath+"/tokens", model.SelfCredentials, p.createToken),
		p.form(keysPath+"/tokens/{id}/rotate", model.SelfCredentials, p.rotateToken),
		p.form(keysPath+"/tokens/{id}/revoke", model.SelfCredentials, p.revokeToken),
		p.form(keysPath+"/api-key/show", model.SelfCredentials, p.showAPIKey),
		p.form(keysPath+"/api-key/rotate", model.SelfCredentials, p.rotateAPIKey),

		show(organizationsPath, model.SelfRead, p.showOrganizations),
		p.form(organizationsPath+"/{id}/leave", model.SelfWrite, p.leave),
		p.form(organizationsPath+"/invitations/{id}/accept", model.SelfWrite, p.acceptInvitation),
		p.form(organizationsPath+"/invitations/{id}/decline", model.SelfWrite, p.declineInvitation),

		show(preferencesPath, model.SelfRead, p.showPreferences),
		p.form(preferencesPath+"/save", model.SelfWrite, p.savePreferences),
		p.form(preferencesPath+"/notices", model.SelfWrite, p.saveNotices),

		show(activityPath, model.SelfCredentials, p.showActivity),

		show(dataPath, model.SelfCredentials, p.showData),
		p.form(dataPath+"/download", model.SelfCredentials, p.download),
		p.form(dataPath+"/deactivate", model.SelfWrite, p.deactivate),
		show(erasePath, model.SelfCredentials, p.showErase),
		p.form(erasePath, model.SelfCredentials, p.erase),
	}
}
