package wekan

import (
	"net/http"

	"roster.example/roster/internal/model"
)

// Roster has no boards. These empty responses are for clients that request the boards of a
// user.

// listUserBoards is for the user and for administrators.
func (a *api) listUserBoards(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	me, err := a.directory.Me(r.Context(), actor)
	if err == nil && me.UID != r.PathValue("id") {
		err = a.directory.Can(r.Context(), actor, model.UsersManage, 0)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, []board{})
}

func (a *api) listBoards(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	if err := a.directory.Can(r.Context(), actor, model.UsersManage, 0); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, []board{})
}

func (a *api) countBoards(w http.ResponseWriter, r *http.Request, actor model.Actor) error {
	if err := a.directory.Can(r.Context(), actor, model.UsersManage, 0); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, boardsCount{})
}
