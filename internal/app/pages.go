package app

import (
	"fmt"
	"net/http"
	"strings"

	"roster.example/roster/internal/account"
	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/components"
	"roster.example/roster/internal/console"
	"roster.example/roster/internal/signin"
)

// pages returns all pages of the server.
func (a *App) pages() (*browser.Pages, error) {
	c := a.cfg
	logo, err := browser.ReadLogo(c.Console.Logo)
	if err != nil {
		return nil, fmt.Errorf("console.logo: %w", err)
	}
	site, err := browser.NewSite(a.Directory, browser.Config{
		BaseURL: a.base, Name: c.SiteName, Log: a.log, MaxBody: int64(c.MaxBody), Expired: console.Expired(),
		ForwardDomain: c.Session.ForwardAuthDomain, Hue: c.Console.AccentHue, Logo: logo,
	}, account.Templates, components.Templates, console.Templates, signin.Templates)
	if err != nil {
		return nil, err
	}
	groups := [][]browser.Endpoint{
		account.Endpoints(site, account.Config{WriteData: native.WritePersonalData}), console.Endpoints(site, a.apiInfos()), signin.Endpoints(site),
	}
	if c.Components {
		groups = append(groups, components.Endpoints(site))
	}
	return site.Pages(groups...)
}

// wantsPage reports whether a request came from the address bar or a link of a browser.
func wantsPage(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// loginURL returns the URL of the sign-in page; "" if the pages are switched off.
func (a *App) loginURL() string {
	if !a.cfg.Console.Enabled {
		return ""
	}
	return a.base + browser.LoginPath
}

// forwardCookie returns the name of the cookie for applications behind forward authentication; "" if the
// settings name no domain for it.
func (a *App) forwardCookie() string {
	if a.cfg.Session.ForwardAuthDomain == "" {
		return ""
	}
	return browser.ForwardCookie(overHTTPS(a.cfg))
}
