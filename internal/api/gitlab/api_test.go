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
	apitest.Run(t, "testdata/*.txtar", func(t *testing.T) apitest.Target { return newWorld(t, gitlab.Config{}) })
}

// TestTranscriptsWithBasicUsers runs those with UsersSee: Basic.
func TestTranscriptsWithBasicUsers(t *testing.T) {
	t.Parallel()
	apitest.Run(t, "testdata/basic/*.txtar", func(t *testing.T) apitest.Target {
		return newWorld(t, gitlab.Config{UsersSee: gitlab.Basic})
	})
}

func newWorld(t *testing.T, c gitlab.Config) apitest.Target {
	t.Helper()
	fixture := apitest.NewFixture(t, directory.Options{})
	users := map[string]apitest.User{"admin": fixture.AddAdmin("admin"), "ada": fixture.AddMember("ada"), "bob": fixture.AddMember("bob")}
	c.BaseURL, c.MaxBody = apitest.BaseURL, 8<<10
	target := fixture.Target(users)
	target.Handler = gitlab.New(fixture.Directory, c)
	target.Authorize = func(name string, r *http.Request) error {
		r.Header.Set("PRIVATE-TOKEN", users[name].APIKey)
		return nil
	}
	return target
}
