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
	house := apitest.NewFixture(t, directory.Options{})
	people := map[string]apitest.User{"admin": house.AddAdmin("admin"), "ada": house.AddMember("ada"), "bob": house.AddMember("bob")}
	c.BaseURL, c.MaxBody = apitest.BaseURL, 8<<10
	world := house.Target(people)
	world.Handler = gitlab.New(house.Directory, c)
	world.Authorize = func(name string, r *http.Request) error {
		r.Header.Set("PRIVATE-TOKEN", people[name].APIKey)
		return nil
	}
	return world
}
