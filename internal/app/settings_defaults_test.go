package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
)

// Tests and embedders use the defaults of the directory, so they must equal those of the settings.
func TestDefaultsOfTheSettingsAreThoseOfTheDirectory(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	set, own := (&App{cfg: c}).options(), directory.Options{}.WithDefaults()
	// These have no setting; the directory sets them.
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
