//go:build !race

package importer_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/sqlite"
)

func TestDryRunHasTheResultsOfTheImport(t *testing.T) {
	t.Parallel()
	lines := []string{sshLine(t), sshLine(t), sshLine(t)}
	rapid.Check(t, func(r *rapid.T) {
		h := newFixture(t)
		h.AddUser("a")
		h.addInvited()
		var entries []importer.Entry
		for range rapid.IntRange(1, 12).Draw(r, "people") {
			entries = append(entries, drawn(r, lines))
		}
		cut := rapid.IntRange(0, len(entries)).Draw(r, "made before")
		h.load(importer.Import{Name: "x"}, lineSeq(entries[:cut]...))
		dry, foreseen := h.load(importer.Import{Name: "x", DryRun: true}, lineSeq(entries...))
		real, found := h.load(importer.Import{Name: "x"}, lineSeq(entries...))
		if dry != real || !slices.Equal(foreseen.words(), found.words()) {
			r.Fatalf("foreseen %+v %v, found %+v %v", dry, foreseen.words(), real, found.words())
		}
	})
}

// drawn returns a random entry that often conflicts with others.
func drawn(r *rapid.T, lines []string) importer.Entry {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(r, label) }
	e := importer.Entry{Username: pick("username", "", "a", "A", "b", "c", "d", "bad/name"), Limits: model.DefaultLimits()}
	for range rapid.IntRange(0, 2).Draw(r, "addresses") {
		e.Emails = append(e.Emails, importer.EntryEmail{
			Address: pick("address", address("a"), address("B"), address("b"), address("c"), address("invited"), "no address"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(r, "keys") {
		e.Keys = append(e.Keys, model.NewKey{Key: rapid.SampledFrom(lines).Draw(r, "key")})
	}
	for range rapid.IntRange(0, 1).Draw(r, "identities") {
		e.Identities = append(e.Identities, model.Identity{Provider: pick("provider", "p", "q"), ExternalUID: pick("uid", "1", "2")})
	}
	for range rapid.IntRange(0, 1).Draw(r, "organizations") {
		e.Memberships = append(e.Memberships, importer.EntryMembership{Organization: pick("organization", "", "home", "nowhere"), Role: pick("role", "", "Pending", "x")})
	}
	return e
}

// importFolder is the environment variable with the folder into which a child process imports.
const importFolder = "ROSTER_IMPORT_FOLDER"

// openFolder opens the directory of a data folder. The caller closes the store.
func openFolder(t *testing.T, folder string) (*directory.Directory, model.Store) {
	t.Helper()
	store := must(t, func() (model.Store, error) {
		return sqlite.Open(t.Context(), filepath.Join(folder, "roster.db"), sqlite.Options{})
	})
	keyring := must(t, func() (*secret.Keyring, error) { return secret.OpenKeyring(filepath.Join(folder, "secret.key")) })
	d := directory.New(store, secret.NewHasher(cheap(), 1, 1), keyring, mail.Renderer{}, directorytest.WithDefaults(directory.Options{}))
	if err := d.Prepare(t.Context(), operator(), "Home"); err != nil {
		t.Fatal(err)
	}
	return d, store
}

func TestKilledImportResumesWithoutDuplicatesAndGaps(t *testing.T) {
	t.Parallel()
	const size = 20_000
	i := importer.Import{Name: "people"}
	if folder := os.Getenv(importFolder); folder != "" {
		d, _ := openFolder(t, folder)
		_, _ = d.Import(t.Context(), operator(), i, lineSeq(manyEntries(size)...), func(s importer.Step) error {
			fmt.Println("line", s.Tally.Line)
			return nil
		})
		return
	}
	folder := t.TempDir()
	for range 2 {
		killedImport(t, folder)
	}
	d, store := openFolder(t, folder)
	tally, err := d.Import(t.Context(), operator(), i, lineSeq(manyEntries(size)...), ignore)
	if err != nil || !tally.Resumed || tally.Accepted != size || tally.Refused != 0 {
		t.Errorf("got %v and %+v", err, tally)
	}
	page := must(t, func() (model.Page[model.User], error) {
		return d.Users(t.Context(), operator(), model.UserFilter{Limit: 1})
	})
	events := must(t, func() (audit.ChainReport, error) { return d.VerifyChain(t.Context(), operator()) }).Events
	if page.Total != size || events != size+1 { // one is about the home organization
		t.Errorf("%d users and %d events, want %d and one more", page.Total, events, size)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// killedImport runs the import in a separate process, and kills it after some progress.
func killedImport(t *testing.T, folder string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), importFolder+"="+folder)
	out := must(t, child.StdoutPipe)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var line int
	for range 6 {
		if _, err := fmt.Fscanf(out, "line %d\n", &line); err != nil {
			t.Fatalf("the child does not import: %v", err)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
}
