package roster_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestModuleCanBeRenamed renames the module in a copy of the repository's tracked files.
func TestModuleCanBeRenamed(t *testing.T) {
	t.Parallel()
	const renamed = "example.org/team/directory"
	clone := filepath.Join(t.TempDir(), "clone")
	run(t, ".", "git", "clone", "--quiet", "--shared", ".", clone)
	// The script under test is the one of the working tree.
	script, err := os.ReadFile("scripts/rename-module")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(clone, "scripts/rename-module"), script, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, clone, "scripts/rename-module", renamed)
	left := exec.CommandContext(t.Context(), "git", "grep", "-l", module)
	left.Dir = clone
	if files, err := left.Output(); err == nil {
		t.Errorf("these files still have the old path:\n%s", files)
	}
	if got := strings.TrimSpace(run(t, clone, "go", "list", "-f", "{{.ImportPath}}", "./internal/directory")); got != renamed+"/internal/directory" {
		t.Errorf("the directory's package is %q", got)
	}
	if unformatted := run(t, clone, "gofmt", "-l", "client", "cmd", "internal"); unformatted != "" {
		t.Errorf("not formatted: %s", unformatted)
	}
}

func TestModuleIsNotRenamedToAnInvalidPath(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", module, "/x", "x/", "a//b", "a b", "a|b", "a;b"} {
		c := exec.CommandContext(t.Context(), "scripts/rename-module", path)
		if out, err := c.CombinedOutput(); err == nil {
			t.Errorf("rename-module %q succeeds: %s", path, out)
		}
	}
}

// run returns what the command prints on standard output, and fails the test if the command fails.
func run(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = folder
	var complaint strings.Builder
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, complaint.String())
	}
	return string(out)
}
