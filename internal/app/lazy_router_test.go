package app

import (
	"slices"
	"testing"

	"roster.example/roster/internal/web"
)

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

// routePrefixes returns the prefixes of the paths of routes, sorted.
func routePrefixes(routes []web.RouteInfo) []string {
	var all []string
	for _, r := range routes {
		all = append(all, pathPrefix(r.Path))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
