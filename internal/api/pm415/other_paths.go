package pm415

import (
	"net/http"
	"slices"
	"strings"
)

// Roster keeps no boards. pm415's own pages ask for them after a login, and show an
// error box for every answer without a message (docs/products/pm415.md, Other paths).

// otherPaths are the first words below /api of what pm415 has beside users.
func otherPaths() []string {
	return []string{
		"backlogs", "bugs", "comments", "connections", "initiatives", "items", "orderindexchange", "rss", "search",
		"statuses", "subscribers", "votes",
	}
}

// Elsewhere reports whether path belongs to a part of pm415 that is not here.
func IsOtherPath(path string) bool {
	word, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/"), "/")
	return strings.HasPrefix(path, "/api/") && slices.Contains(otherPaths(), word)
}

// usersOnly is the answer to every request for such a part.
func errUsersOnly() *apiError { return newError(http.StatusNotFound, "Roster keeps users only") }

// feeds is the list of RSS feeds, of which there is none.
type feeds struct {
	Success bool     `json:"success"`
	RSS     []string `json:"rss"`
}

// listFeeds answers GET /api/rss, which pm415's pages ask for on every page.
func listFeeds(w http.ResponseWriter, _ *http.Request, _ request) error {
	return writeJSON(w, http.StatusOK, feeds{true, []string{}})
}
