package pm415

import (
	"net/http"
	"slices"
	"strings"
)

// Roster has no boards. The pages of pm415 request them after a login, and show an error box
// for every error without a message (docs/products/pm415.md, Other paths).

// otherPaths returns the first segments below /api of the parts of pm415 that Roster does not have.
func otherPaths() []string {
	return []string{
		"backlogs", "bugs", "comments", "connections", "initiatives", "items", "orderindexchange", "rss", "search",
		"statuses", "subscribers", "votes",
	}
}

// IsOtherPath reports whether path belongs to a part of pm415 that Roster does not have.
func IsOtherPath(path string) bool {
	word, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/"), "/")
	return strings.HasPrefix(path, "/api/") && slices.Contains(otherPaths(), word)
}

// errUsersOnly is the error for such a path.
func errUsersOnly() *apiError { return newError(http.StatusNotFound, "Roster keeps users only") }

// feeds is the empty list of RSS feeds.
type feeds struct {
	Success bool     `json:"success"`
	RSS     []string `json:"rss"`
}

// listFeeds answers GET /api/rss, which the pages of pm415 request on every page.
func listFeeds(w http.ResponseWriter, _ *http.Request, _ request) error {
	return writeJSON(w, http.StatusOK, feeds{true, []string{}})
}
