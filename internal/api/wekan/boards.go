package wekan

import (
	"net/http"

	"roster.example/roster/internal/directory"
)

// Roster keeps no boards. These answers are there so that clients which ask for
// a person's boards find that there are none.

// boardsOf is for oneself and for administrators.
func (a *api) listUserBoards(w http.ResponseWriter, r *http.Request, actor directory.Actor) error {
	me, err := a.directory.Me(r.Context(), actor)
	if err == nil && me.UID != r.PathValue("id") {
		err = a.directory.Can(r.Context(), actor, directory.UsersManage, 0)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, []board{})
}

func (a *api) listBoards(w http.ResponseWriter, r *http.Request, actor directory.Actor) error {
	if err := a.directory.Can(r.Context(), actor, directory.UsersManage, 0); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, []board{})
}

func (a *api) countBoards(w http.ResponseWriter, r *http.Request, actor directory.Actor) error {
	if err := a.directory.Can(r.Context(), actor, directory.UsersManage, 0); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, boardsCount{})
}
