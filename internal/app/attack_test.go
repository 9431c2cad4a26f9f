package app

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// After a sign-in by Codebase's Basic authentication, browsers add the credentials to forms that other
// sites post.
func TestAllAPIsRejectCrossOriginRequests(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	for path, elsewhere := range map[string]string{
		"/codebase/users": "cross-site", "/users": "cross-site", "/gitlab/api/v3/session": "cross-site",
		"/wekan/users/login": "same-site", "/pm415/api/account/login": "cross-site",
	} {
		r := httptest.NewRequest(http.MethodPost, path, nil)
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", elsewhere)
		w := httptest.NewRecorder()
		if h.main.ServeHTTP(w, r); w.Code != http.StatusForbidden {
			t.Errorf("POST %s from another origin: %d", path, w.Code)
		}
	}
}

func TestAHostNameWithItsLastDotIsTheSameHost(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, map[string]string{"gitlab.hosts": "gl.example.org"})
	for _, host := range []string{"gl.example.org", "gl.example.org.", "GL.example.org:80"} {
		r := httptest.NewRequest(http.MethodGet, "/wekan/api/user", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.main.ServeHTTP(w, r); w.Code != http.StatusNotFound {
			t.Errorf("GitLab's own host serves Wekan's path %s: %d", host, w.Code)
		}
	}
}

func TestModeOfADataFolderIsRestricted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
