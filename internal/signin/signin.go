// Package signin has the pages on which users sign in, sign out, sign up, and request a link for a new
// password.
//
// A sign-in is a login of the directory: limits, equal work, and equal responses for accounts that do
// and do not exist are those of Directory.LogIn.
package signin

import (
	"context"
	"embed"

	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/model"
)

// Templates has the templates of the pages.
//
//go:embed templates/*.html
var Templates embed.FS

// passkeyPath is the path that begins a proof of a passkey.
const passkeyPath = browser.LoginPath + "/passkey"

// pages has the handlers.
type pages struct{ *browser.Site }

// Endpoints returns the pages of a site.
func Endpoints(s *browser.Site) []browser.Endpoint {
	p := pages{s}
	return []browser.Endpoint{
		browser.Open("GET", browser.LoginPath, p.showLogin),
		browser.Open("POST", browser.LoginPath, p.logIn),
		browser.Open("POST", browser.CodePath, p.enterCode),
		browser.Open("POST", passkeyPath, p.beginPasskey),
		browser.Open("POST", browser.LogoutPath, p.logOut),
		browser.Open("GET", browser.ForgotPath, p.showForgot),
		browser.Open("POST", browser.ForgotPath, p.requestReset),
		browser.Open("GET", browser.RegisterPath, p.showRegister),
		browser.Open("POST", browser.RegisterPath, p.register),
	}
}

// signUpOpen reports whether users can sign up without an invitation.
func (p pages) signUpOpen(ctx context.Context) bool {
	return p.Directory.SignUpOffer(ctx, model.AnonymousActor(model.Console, "", "")).Open
}
