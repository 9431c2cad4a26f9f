package browser

import (
	"net/http"
	"slices"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/ui"
)

// writeError leads browsers without a session to the sign-in page, and those whose user must add a second
// factor first to the page for that. It writes a page about every other error.
func (s *Site) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if fault.KindOf(err) == fault.Unauthenticated {
		s.redirectToLogin(w, r)
		return
	}
	if fault.Has(err, "second_factor", fault.Required) {
		s.Redirect(w, EnrolPath) // the session can only add a second factor
		return
	}
	s.UI.WriteError(w, r, err)
}

// writePanic writes the page about a fault of this server.
func (s *Site) writePanic(w http.ResponseWriter, r *http.Request) {
	s.setHeaders(w)
	s.UI.WriteError(w, r, nil)
}

// ReadForm reads the form of a request.
func (s *Site) ReadForm(r *http.Request) (*ui.Input, error) { return ui.ReadInput(r, s.maxBody) }

// showAsset serves the stylesheet, the script and the icons of the pages.
func (s *Site) showAsset(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	if !s.UI.ServeAsset(w, r.PathValue("file")) {
		s.UI.WriteNotFound(w, r)
	}
	return nil
}

// setPreferences stores the theme or the language of this browser, and of the account if the browser is signed
// in, and leads back to the page with the buttons.
func (s *Site) setPreferences(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	in, err := s.ReadForm(r)
	if err != nil {
		return err
	}
	theme, language, back := in.Text("theme"), in.Text("language"), in.Text("return_to")
	if in.Err() != nil {
		return in.Err()
	}
	if err := s.storePreferences(r, theme, language); err != nil {
		return err
	}
	ui.SetPreferences(w, s.base.Path+"/", theme, language, s.secure())
	s.Redirect(w, LocalPath(back, StartPath+"/"))
	return nil
}

// storePreferences stores a theme and a language with the account of the session, if there is one. An empty
// or unknown value is ignored.
func (s *Site) storePreferences(r *http.Request, theme, language string) error {
	actor, err := s.Actor(r)
	if err != nil || actor.Anonymous() || actor.MustEnrol() {
		return err
	}
	if theme == "auto" {
		theme = "system"
	}
	var change directory.PreferencesChange
	if slices.Contains(model.Themes(), theme) {
		change.Theme = &theme
	}
	if slices.Contains(model.Languages(), language) {
		change.Language = &language
	}
	_, err = s.Directory.ChangePreferences(r.Context(), actor, change)
	return err
}

// KeepPreferences gives the browser the preferences that were stored with the account, for pages without a
// session.
func (s *Site) KeepPreferences(w http.ResponseWriter, theme, language string) {
	if theme == "system" {
		theme = "auto"
	}
	if language == "" {
		ui.ForgetLanguage(w, s.base.Path+"/", s.secure())
	}
	ui.SetPreferences(w, s.base.Path+"/", theme, language, s.secure())
}
