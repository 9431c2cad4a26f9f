package signin

import (
	"encoding/json"
	"net/http"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/ui"
	"roster.example/roster/internal/web"
)

// passkeyCeremony is what the script of the page needs to ask the browser for a passkey.
type passkeyCeremony struct {
	Ceremony string          `json:"ceremony"`
	Options  json.RawMessage `json:"options"`
}

// beginPasskey returns the options for navigator.credentials.get. They do not depend on a user.
func (p pages) beginPasskey(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	begun, err := p.Directory.BeginPasskeyLogin(r.Context(), actor)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, passkeyCeremony{begun.Ceremony.Reveal(), begun.Options})
}

// passkeyIn returns the answer of the browser in a form; it is empty without one.
func passkeyIn(in *ui.Input) secondfactor.PasskeyProof {
	return secondfactor.PasskeyProof{Ceremony: in.Secret("ceremony"), Response: in.Secret("response")}
}
