package app

import (
	"cmp"
	"net/http"
	"time"

	"roster.example/roster/internal/api/codebase"
	"roster.example/roster/internal/api/gitlab"
	"roster.example/roster/internal/api/native"
	"roster.example/roster/internal/api/pm415"
	"roster.example/roster/internal/api/wekan"
	"roster.example/roster/internal/browser"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/console"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/web"
)

// buildMounts creates all mounts, also of disabled APIs: the permission table and the start page
// list all of them. This function shows everything that the server serves.
func (a *App) buildMounts() error {
	c, d := a.cfg, a.Directory
	a.openPasskeys()
	limit := int64(c.MaxBody)
	// Codebase's project paths have any first segment, so they are served only below the prefix.
	codebaseMount := newMount(model.Codebase, "/codebase", c.Codebase.API, guard(codebase.New(d, codebase.Config{MaxBody: limit, Log: a.log})))
	codebaseMount.root = guard(codebase.NewAtRoot(d, codebase.Config{MaxBody: limit, Log: a.log}))
	pm415Mount := newMount(model.PM415, "/pm415", c.PM415.API, guard(pm415.New(d, pm415.Config{MaxBody: limit, Log: a.log})))
	pm415Mount.claims = pm415.IsOtherPath
	a.mounts = []mount{
		// The native API has no other prefix: its paths contain the version.
		newMount(model.Native, "", c.Native.API, newLazyRouter(a.native, nativePrefixes()...)),
		newMount(model.GitLab, "/gitlab", c.GitLab.API, guard(gitlab.New(d, gitlab.Config{
			BaseURL: a.base, MaxBody: limit,
		}))),
		newMount(model.Wekan, "/wekan", c.Wekan.API, guard(wekan.New(d, wekan.Config{
			RealStatuses: c.Wekan.HTTPStatuses, MaxBody: limit, Log: a.log,
		}))),
		pm415Mount,
		codebaseMount,
	}
	pages, err := a.pages()
	if err != nil {
		return err
	}
	watch, known, published := a.operations(), a.wellKnown(), native.NewPublicKeys(d)
	a.mounts = append(a.mounts,
		mount{name: string(model.Console), full: pages, root: pages, claims: browser.Claims, enabled: c.Console.Enabled},
		mount{name: "operations", full: watch, root: watch, enabled: true},
		mount{name: "well-known", full: known, root: known, enabled: true},
		mount{name: "keys", full: published, root: published, enabled: c.SSHKeys.Publish},
	)
	return nil
}

// openPasskeys derives the identity of this server for passkeys from its public URL. Some addresses
// have none: see passkey.ErrAddress.
func (a *App) openPasskeys() {
	party, err := passkey.New(a.base, cmp.Or(a.cfg.SiteName, "Roster"))
	if err != nil {
		a.log.Info("passkeys are off", "reason", err)
		return
	}
	a.passkeys.Store(party)
}

// nativePrefixes are the prefixes of all paths of the native API.
func nativePrefixes() []string {
	return []string{"/api/v1", "/docs", "/docs/icon.svg", "/docs/style.css"}
}

func (a *App) native() *web.Router {
	c := a.cfg
	return native.New(a.Directory, native.Config{
		Log: a.log, MaxImport: int64(c.Native.ImportMaxBody), Idle: time.Duration(c.Native.ImportIdleTimeout),
		LoginURL: a.loginURL(), ForwardCookie: a.forwardCookie(),
		Settings: publicSettings(c), PerMinute: c.Native.PerMinute, Stopping: a.stopping,
	})
}

func newMount(name model.API, prefix string, c config.API, api router) mount {
	return mount{
		name: string(name), prefix: prefix, full: api, root: api,
		hosts: c.Hosts, listen: c.Listen, enabled: c.Enabled,
	}
}

// guarded is an API that rejects cross-origin requests.
type guarded struct {
	*web.Router
	checked http.Handler
}

func guard(r *web.Router) guarded { return guarded{r, web.RejectCrossOrigin(r)} }

// ServeHTTP implements [http.Handler].
func (g guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.checked.ServeHTTP(w, r) }

// apiInfos describes the APIs for the start page.
func (a *App) apiInfos() []console.APIInfo {
	names := map[model.API]string{
		model.Native: "Roster", model.GitLab: "GitLab v3", model.Wekan: "Wekan", model.PM415: "pm415", model.Codebase: "Codebase",
	}
	roots := map[model.API]string{
		model.Native: "/api/v1", model.GitLab: "/api/v3", model.Wekan: "/users/login, /api/users, /api/user",
		model.PM415: "/api/user, /api/account, /api/org", model.Codebase: "/profile, /users, /roles",
	}
	var infos []console.APIInfo
	for _, m := range a.mounts {
		api := model.API(m.name)
		infos = append(infos, console.APIInfo{Name: names[api], Prefix: m.prefix, Root: roots[api], Enabled: m.enabled})
	}
	return infos
}

func publicSettings(c config.Config) []native.Setting {
	var all []native.Setting
	for _, s := range config.Show(c) {
		all = append(all, native.Setting{Name: s.Name, Value: s.Value, Description: s.Meaning})
	}
	return all
}
