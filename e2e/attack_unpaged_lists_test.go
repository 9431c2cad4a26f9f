package e2e

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/project"
)

// One user sends 16 concurrent requests for each list without pages. Each response is complete, or a
// rejection with Retry-After, and the lists work afterwards.
func TestUnpagedListsAreCompleteOrRejected(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"limits.reads_wait": "1ms"})
	root := s.admin("root")
	const users = 1200 // more than two batches
	names := s.createUsers(users)
	last := names[len(names)-1]
	basic := base64.StdEncoding.EncodeToString([]byte(s.Home.Slug + "/" + root.Username + ":" + root.Key))
	plan, err := s.App.Directory.CreateProject(t.Context(), model.Operator(), project.NewProject{Org: s.Home.ID, Name: "Plan"})
	s.must(err)
	var ids []model.UserID
	for _, u := range names {
		ids = append(ids, u.ID)
	}
	s.must(s.App.Directory.Assign(t.Context(), model.Operator(), s.Home.ID, plan.Permalink, ids))
	assignees := fmt.Sprintf("/api/v1/organizations/%d/projects/%s/assignees", s.Home.ID, plan.Permalink)
	for _, list := range []struct{ path, header, end string }{
		{assignees, "Authorization: Bearer " + root.Key, fmt.Sprintf("],\"total\":%d}\n", users)},
		{"/codebase/" + plan.Permalink + "/assignments", "Authorization: Basic " + basic, "</users>\n"},
		{"/codebase/" + plan.Permalink + "/assignments.json", "Authorization: Basic " + basic, "]"},
		{fmt.Sprintf("/pm415/api/org/%d/users", s.Home.ID), "Authorization: Bearer " + root.Key, "]}"},
		{"/codebase/users", "Authorization: Basic " + basic, "</users>\n"},
		{"/codebase/users.json", "Authorization: Basic " + basic, "]"},
		{"/wekan/api/users", "Authorization: Bearer " + root.Key, "]"},
	} {
		t.Run(list.path, func(t *testing.T) {
			whole := func(a answer) bool {
				return strings.HasSuffix(a.Body, list.end) && (strings.Contains(a.Body, last.Username) || strings.Contains(a.Body, last.Primary().Address))
			}
			var all sync.WaitGroup
			for range 16 {
				all.Go(func() {
					a := s.call("GET", list.path, "", list.header)
					switch a.Status {
					case http.StatusOK:
						if !whole(a) {
							t.Errorf("a list of %d bytes is incomplete", len(a.Body))
						}
					case http.StatusTooManyRequests, http.StatusServiceUnavailable:
						if a.Header.Get("Retry-After") == "" {
							t.Error("a rejection has no Retry-After")
						}
					default:
						t.Errorf("a list is answered %d: %.200s", a.Status, a.Body)
					}
				})
			}
			all.Wait()
			if a := s.call("GET", list.path, "", list.header); a.Status != http.StatusOK || !whole(a) {
				t.Errorf("afterwards the list is answered %d with %d bytes", a.Status, len(a.Body))
			}
		})
	}
}
