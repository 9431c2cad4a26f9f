package userfile_test

import (
	"os"
	"path/filepath"
	"testing"
)

func columnDocs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "import.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
