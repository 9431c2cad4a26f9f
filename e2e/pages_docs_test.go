package e2e

import "testing"

func TestDocumentationLoadsInABrowserWithoutOtherHosts(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.checkPage(s.browse(s.URL+"/docs"), "Roster API")
}
