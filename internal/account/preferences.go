package account

import (
	"net/http"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/timezone"
	"roster.example/roster/internal/ui"
)

// preferencesBody is the content of the page of preferences besides its form.
type preferencesBody struct {
	SignInNotice bool                  // whether sign-ins from new networks are notified
	Former       []model.NoticeAddress // addresses that receive security notices too
	Notified     string                // the primary address
}

func (p *pages) showPreferences(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	stored, err := p.Directory.Preferences(r.Context(), actor)
	if err != nil {
		return err
	}
	page, err := p.preferencesPage(r, actor, stored)
	if err != nil {
		return err
	}
	return p.UI.Write(w, r, http.StatusOK, "preferences", page)
}

// preferencesPage returns the page with shown in its form.
func (p *pages) preferencesPage(r *http.Request, actor model.Actor, shown model.Preferences) (ui.Page, error) {
	me, err := p.me(r, actor)
	if err != nil {
		return ui.Page{}, err
	}
	former, err := p.Directory.NoticeAddresses(r.Context(), actor)
	if err != nil {
		return ui.Page{}, err
	}
	m := p.UI.MessagesFor(r)
	page := p.pageOf(r, me, m.Text("account.preferences"), preferencesPath)
	page.Form = &ui.Form{Action: preferencesPath + "/save", Submit: m.Text("account.save_preferences"), Small: true, Fields: []ui.Field{
		{Name: "language", Label: m.Text("page.language"), Type: "select", Options: languageOptions(m, shown.Language)},
		{Name: "theme", Label: m.Text("theme.label"), Type: "select", Options: themeOptions(m, shown.Theme)},
		{Name: "time_zone", Label: m.Text("account.time_zone"), Type: "select", Hint: m.Text("account.time_zone_hint"), Options: zoneOptions(m, shown.TimeZone)},
	}}
	body := preferencesBody{SignInNotice: !shown.NoSignInNotice, Former: former}
	if to, ok := me.RecoveryEmail(); ok && to.Verified {
		body.Notified = to.Address
	}
	page.Body = body
	return page, nil
}

func languageOptions(m *ui.Messages, chosen string) []ui.Option {
	options := []ui.Option{{Label: m.Text("account.language_auto"), Selected: chosen == ""}}
	for _, l := range ui.Languages {
		options = append(options, ui.Option{Value: l.Code, Label: l.Name, Selected: chosen == l.Code})
	}
	return options
}

func themeOptions(m *ui.Messages, chosen string) []ui.Option {
	return []ui.Option{
		{Value: "system", Label: m.Text("account.theme_system"), Selected: chosen == "" || chosen == "system"},
		{Value: "light", Label: m.Text("theme.light"), Selected: chosen == "light"},
		{Value: "dark", Label: m.Text("theme.dark"), Selected: chosen == "dark"},
	}
}

func zoneOptions(m *ui.Messages, chosen string) []ui.Option {
	options := []ui.Option{{Label: m.Text("account.zone_auto"), Selected: chosen == ""}}
	for _, name := range timezone.Names() {
		options = append(options, ui.Option{Value: name, Label: name, Selected: name == chosen})
	}
	return options
}

func (p *pages) savePreferences(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	language, theme, zone := in.Line("language"), in.Line("theme"), in.Line("time_zone")
	if err := in.Err(); err != nil {
		return err
	}
	_, err := p.Directory.ChangePreferences(r.Context(), actor, directory.PreferencesChange{Language: &language, Theme: &theme, TimeZone: &zone})
	if err == nil {
		p.KeepPreferences(w, theme, language)
		return p.back(w, preferencesPath, "preferences")
	}
	page, failed := p.preferencesPage(r, actor, model.Preferences{Language: language, Theme: theme, TimeZone: zone})
	if failed != nil {
		return failed
	}
	return p.reject(w, r, "preferences", page, err)
}

// saveNotices switches the notices of sign-ins on or off.
func (p *pages) saveNotices(w http.ResponseWriter, r *http.Request, actor model.Actor, in *ui.Input) error {
	on := in.Text("sign_in_notice") == "on"
	if err := in.Err(); err != nil {
		return err
	}
	if _, err := p.Directory.ChangePreferences(r.Context(), actor, directory.PreferencesChange{SignInNotice: &on}); err != nil {
		return err
	}
	if on {
		return p.back(w, preferencesPath, "notices-on")
	}
	return p.back(w, preferencesPath, "notices-off")
}
