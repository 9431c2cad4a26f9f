package gitlab_test

import (
	"net/http"
	"testing"

	"roster.example/roster/internal/api/apitest"
	"roster.example/roster/internal/api/gitlab"
	"roster.example/roster/internal/directory"
)

// TestTranscripts runs the transcripts in testdata, each on a server with an administrator and two
// members.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/*.txtar", func(t *testing.T) apitest.Target { return newWorld(t, directory.Options{}) })
}

// TestTranscriptsWithBasicUsers runs those of a server that shows the basic fields of users only.
func TestTranscriptsWithBasicUsers(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/basic/*.txtar", func(t *testing.T) apitest.Target {
		return newWorld(t, directory.Options{GitLabBasicUsers: true})
	})
}

func newWorld(t *testing.T, o directory.Options) apitest.Target {
	t.Helper()
	fixture := apitest.NewFixture(t, o)
	users := map[string]apitest.User{"admin": fixture.AddAdmin("admin"), "ada": fixture.AddMember("ada"), "bob": fixture.AddMember("bob")}
	target := fixture.Target(users)
	target.Handler = gitlab.New(fixture.Directory, gitlab.Config{BaseURL: apitest.BaseURL, MaxBody: 8 << 10})
	target.Authorize = func(name string, r *http.Request) error {
		r.Header.Set("PRIVATE-TOKEN", users[name].APIKey)
		return nil
	}
	return target
}
