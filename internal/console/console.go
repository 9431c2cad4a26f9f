// Package console has the pages of administrators, the pages of the links in emails, and a start page
// that lists the APIs.
//
// The server renders all pages; they work without JavaScript. Each page has a file of its own and a
// template of the same name. Layout, form components and texts are those of package ui, sessions and
// errors those of package browser. The rules are those of the directory.
//
// # Pages of administrators
//
// The pages below /console are for administrators of the server, and for users that administer an
// organization: see [directory.Administration]. [pages.show] and [pages.form] return their endpoints;
// frame.go has the navigation.
//
// # Links
//
// A one-time token arrives in the query of a GET, which changes nothing. The page has it in a hidden
// field of the form. The form is sent to a URL without a query, so that proxies do not log the token.
package console

import (
	"embed"
	"slices"

	"roster.example/roster/internal/browser"
)

// APIInfo describes an API on the start page.
type APIInfo struct {
	Name    string // such as "GitLab v3"
	Prefix  string // of its paths: "/" and its model.API
	Enabled bool
	Root    string // paths that are also served without the prefix, as text; may be empty
}

// The paths of the pages. All are also served with a slash at the end, as in emails
// (docs/products/pm415.md, sections 5 and 6).
const (
	apisPath   = browser.StartPath + "/apis"
	setupPath  = "/account/setup"
	invitePath = "/account/invite"
	resetPath  = "/account/reset-password"
	verifyPath = "/account/verify"
	revertPath = "/account/revert-address"
)

// Templates has the templates of the pages.
//
//go:embed templates/*.html
var Templates embed.FS

// Expired has the texts about expired links, by the path of their page; see [ui.Config].
func Expired() map[string]string {
	return map[string]string{
		setupPath:  "problem.expired_setup",
		invitePath: "problem.expired_invite",
		resetPath:  "problem.expired_reset",
		verifyPath: "problem.expired_verify",
		revertPath: "problem.expired_revert",
	}
}

// pages has the handlers.
type pages struct {
	*browser.Site
	apis []APIInfo
}

// Endpoints returns the pages of a site.
func Endpoints(s *browser.Site, apis []APIInfo) []browser.Endpoint {
	p := &pages{s, apis}
	return slices.Concat(p.userEndpoints(), p.organizationEndpoints(), p.activityEndpoints(), []browser.Endpoint{
		browser.Open("GET", "/", p.redirectToStart),
		browser.Open("GET", browser.StartPath, p.showOverview),
		browser.Open("GET", apisPath, p.showAPIs),
		browser.Open("GET", setupPath, p.showSetup),
		browser.Open("POST", setupPath, p.completeSetup),
		browser.Open("GET", invitePath, p.showInvitation),
		browser.Open("POST", invitePath, p.answerInvitation),
		browser.Open("GET", resetPath, p.showReset),
		browser.Open("POST", resetPath, p.resetPassword),
		browser.Open("GET", verifyPath, p.showVerify),
		browser.Open("POST", verifyPath, p.verify),
		browser.Open("GET", revertPath, p.showRevert),
		browser.Open("POST", revertPath, p.revertAddress),
	})
}
