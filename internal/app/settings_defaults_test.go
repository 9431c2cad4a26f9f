package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
)

// A session of the pages lasted 14 days by the settings and 12 hours by the
// directory, which tests and embedders saw.
func TestDefaultsOfTheSettingsAreThoseOfTheDirectory(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	set, own := (&App{cfg: c}).options(), directory.Options{}.WithDefaults()
	// These have no setting: the directory fills them in.
	set = set.WithDefaults()
	if diff := cmp.Diff(own.Lifetimes, set.Lifetimes); diff != "" {
		t.Errorf("lifetimes (-directory +settings):\n%s", diff)
	}
	if diff := cmp.Diff(own.Login, set.Login); diff != "" {
		t.Errorf("login limits (-directory +settings):\n%s", diff)
	}
	if own.MaxKeys != set.MaxKeys {
		t.Errorf("keys of a user: %d by the directory, %d by the settings", own.MaxKeys, set.MaxKeys)
	}
}
