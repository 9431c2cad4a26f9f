package storetest

import (
	"io/fs"
	"path"
	"testing"
	"testing/fstest"
)

// MigrationsBefore returns the migrations of all with a lower number than the given one.
func MigrationsBefore(t *testing.T, all fs.FS, number string) fs.FS {
	t.Helper()
	names, err := fs.Glob(all, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	earlier := fstest.MapFS{}
	for _, name := range names {
		if path.Base(name) >= number {
			continue
		}
		text, err := fs.ReadFile(all, name)
		if err != nil {
			t.Fatal(err)
		}
		earlier[name] = &fstest.MapFile{Data: text}
	}
	return earlier
}
