package e2e

import (
	"net/http"
	"strings"
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// A project that was deleted through the native API is not in Codebase's lists.
func TestDeletedProjectIsHiddenFromCodebase(t *testing.T) {
	t.Parallel()
	for engine, settings := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := startWithAdmin(t, settings(t))
			for _, name := range []string{"Engine", "Loom"} {
				p, err := w.App.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: w.Home.ID, Name: name})
				w.must(err)
				err = w.App.Directory.Assign(t.Context(), model.Operator(), w.Home.ID, p.Permalink, []model.UserID{w.admin.ID})
				w.must(err)
			}
			shows := func(want ...bool) {
				t.Helper()
				a := w.call(http.MethodGet, "/codebase/users", "", basic(w.Home.Slug, w.admin.Username, w.admin.Key))
				w.want(http.StatusOK, a)
				for i, permalink := range []string{"engine", "loom"} {
					if strings.Contains(a.Body, permalink) != want[i] {
						t.Errorf("%s is listed: %v, want %v: %s", permalink, !want[i], want[i], a.Body)
					}
				}
			}
			shows(true, true)
			w.want(http.StatusNoContent, w.call(http.MethodDelete, "/api/v1/organizations/1/projects/engine", "", "Authorization: Bearer "+w.admin.Key))
			shows(false, true)
			gone := w.call(http.MethodGet, "/codebase/engine/assignments", "", basic(w.Home.Slug, w.admin.Username, w.admin.Key))
			w.want(http.StatusNotFound, gone)
		})
	}
}
