package browser

import (
	"net/http"

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

// setPreferences stores the theme or the language of this browser and leads back to the page with
// the buttons.
func (s *Site) setPreferences(w http.ResponseWriter, r *http.Request, _ model.Actor) error {
	in, err := s.ReadForm(r)
	if err != nil {
		return err
	}
	theme, language, back := in.Text("theme"), in.Text("language"), in.Text("return_to")
	if in.Err() != nil {
		return in.Err()
	}
	ui.SetPreferences(w, s.base.Path+"/", theme, language, s.secure())
	s.Redirect(w, LocalPath(back, StartPath+"/"))
	return nil
}
