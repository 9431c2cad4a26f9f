package app

import (
	"net/url"
	"slices"
	"testing"

	"roster.example/roster/internal/web"
)

// A mount that the index omits must not have the path: with or without a slash or an
// ending, one segment shorter or longer, and spelled with escapes.
func TestPrefixIndexContainsAllMountsWithAPath(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	near, short := newPrefixIndex(h.mounts), 0
	for _, d := range h.mounts {
		for _, route := range d.root.Routes() {
			path := sample(route)
			for _, p := range []string{path, path + "/", path + ".json", path + ".xml", path + "/1", path + "//", "/1" + path, path + "/%31", "/%61" + path} {
				u, err := url.Parse("http://roster.example" + p)
				if err != nil {
					t.Fatal(err)
				}
				asked := near.lookup(u)
				if asked == nil {
					continue
				}
				short++
				for _, other := range h.mounts {
					in := slices.ContainsFunc(asked, func(a mount) bool { return a.name == other.name })
					if !in && other.root.HasRoute(u.EscapedPath()) {
						t.Errorf("%s knows %s and is not asked", other.name, p)
					}
				}
			}
		}
	}
	if short == 0 {
		t.Error("every path is checked against all mounts")
	}
}

func TestPathPrefixIsTheFirstTwoSegments(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"": "", "/": "/", "/a": "/a", "/a/": "/a/", "/a/b": "/a/b", "/a/b/": "/a/b", "/a/b/c/d": "/a/b", "//": "//", "*": "*",
	} {
		if got := pathPrefix(path); got != want {
			t.Errorf("head(%q) is %q, want %q", path, got, want)
		}
	}
}

// What is built late cannot be asked for its beginnings.
func TestNativePrefixesMatchItsRoutes(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	if want := routePrefixes(h.native().Routes()); !slices.Equal(nativePrefixes(), want) {
		t.Errorf("it says %v and begins with %v", nativePrefixes(), want)
	}
}

func TestNativeAPIIsBuiltOnlyForItsPaths(t *testing.T) {
	t.Parallel()
	built := 0
	l := newLazyRouter(func() *web.Router { built++; return newTestServer(t, nil).native() }, nativePrefixes()...)
	for _, path := range []string{"/api/v3/user", "/api/user", "/", "/api", "/apis/v1/me", "/docs2", "/%61", "/api/%zz", "/api/v3/%20"} {
		if l.HasRoute(path) {
			t.Errorf("it knows %s", path)
		}
	}
	if built != 0 {
		t.Error("it was built")
	}
	for _, path := range []string{"/api/v1/me", "/%61pi/v1/me", "/docs"} {
		if !l.HasRoute(path) {
			t.Errorf("it does not know %s", path)
		}
	}
	if built != 1 {
		t.Errorf("it was built %d times", built)
	}
}
