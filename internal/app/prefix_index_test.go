package app

import (
	"net/url"
	"slices"
	"testing"

	"roster.example/roster/internal/web"
)

// A mount that the index omits does not have the path: with or without a slash or a suffix, one segment
// shorter or longer, and with escapes.
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
						t.Errorf("the index omits %s, which has %s", other.name, p)
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

// A lazy router cannot list its routes before it is built.
func TestNativePrefixesMatchItsRoutes(t *testing.T) {
	t.Parallel()
	h := newTestServer(t, nil)
	if want := routePrefixes(h.native().Routes()); !slices.Equal(nativePrefixes(), want) {
		t.Errorf("the error is %v, and its first line %v", nativePrefixes(), want)
	}
}

func TestNativeAPIIsBuiltOnlyForItsPaths(t *testing.T) {
	t.Parallel()
	built := 0
	l := newLazyRouter(func() *web.Router { built++; return newTestServer(t, nil).native() }, nativePrefixes()...)
	for _, path := range []string{"/api/v3/user", "/api/user", "/", "/api", "/apis/v1/me", "/docs2", "/%61", "/api/%zz", "/api/v3/%20"} {
		if l.HasRoute(path) {
			t.Errorf("HasRoute(%s) is true", path)
		}
	}
	if built != 0 {
		t.Error("the API was built")
	}
	for _, path := range []string{"/api/v1/me", "/%61pi/v1/me", "/docs"} {
		if !l.HasRoute(path) {
			t.Errorf("HasRoute(%s) is false", path)
		}
	}
	if built != 1 {
		t.Errorf("the API was built %d times", built)
	}
}
