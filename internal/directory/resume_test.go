package directory_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/sshkey"
	"roster.example/roster/internal/store/sqlite"
)

var errCut = errors.New("the line was cut")

// cutAfter breaks off behind so many lines.
func cutAfter(lines iter.Seq2[directory.ImportLine, error], n int) iter.Seq2[directory.ImportLine, error] {
	return func(yield func(directory.ImportLine, error) bool) {
		left := n
		for l, err := range lines {
			if left == 0 {
				yield(directory.ImportLine{}, errCut)
				return
			}
			left--
			if !yield(l, err) {
				return
			}
		}
	}
}

// mixed are people of whom every tenth is refused.
func mixed(size int) []directory.Entry {
	all := crowd(size)
	for i := range all {
		if i%10 == 7 {
			all[i] = entry("person0")
		}
	}
	return all
}

func TestAnImportThatWasCutOffGoesOnBehindItsLastBatch(t *testing.T) {
	t.Parallel()
	h := open(t)
	i, all := directory.Import{Name: "people"}, told(mixed(3000)...)
	var refused []directory.Refusal
	for _, cut := range []int{100, 1234, 2600, 2601} {
		var g gathered
		tally, err := h.Import(t.Context(), operator(), i, cutAfter(all, cut), g.tell)
		if !errors.Is(err, errCut) || int(tally.Accepted) != h.total() {
			t.Fatalf("got %v, %+v and %d people", err, tally, h.total())
		}
		refused = append(refused, g.refused...)
	}
	tally, g := h.load(i, all)
	refused = append(refused, g.refused...)
	if !tally.Resumed || tally.Accepted != 2700 || tally.Refused != 300 || h.total() != 2700 || len(refused) != 300 {
		t.Errorf("got %+v, %d people, %d refusals", tally, h.total(), len(refused))
	}
	if first := g.steps[0]; !first.Resumed || first.Line == 0 {
		t.Errorf("the first step %+v does not tell of what was made before", first)
	}
	if tally, g = h.load(i, all); tally.Accepted != 2700 || h.total() != 2700 || len(g.refused) > 0 {
		t.Errorf("once more: got %+v, %d people", tally, h.total())
	}
	need(t, func() (int, error) { return h.VerifyEvents(t.Context(), operator()) })
}

func TestAnImportIsResumedWithItsOwnFileAlone(t *testing.T) {
	t.Parallel()
	h := open(t)
	i, people := directory.Import{Name: "people"}, crowd(700)
	h.load(i, told(people...))
	changed := slices.Clone(people)
	changed[3] = entry("other")
	for what, lines := range map[string]iter.Seq2[directory.ImportLine, error]{
		"a line changed": told(changed...), "the end missing": told(people[:650]...), "nothing": told(),
	} {
		_, err := h.Import(t.Context(), operator(), i, lines, ignore)
		if directory.KindOf(err) != directory.Conflict || !directory.FaultIn(err, "name", directory.Mismatch) {
			t.Errorf("%s: got %v, want a conflict", what, err)
		}
	}
	if tally, _ := h.load(i, told(append(people, entry("more"))...)); tally.Accepted != 701 {
		t.Errorf("with a line more: got %+v", tally)
	}
}

func TestTwoImportsOfOneNameDoNotMix(t *testing.T) {
	t.Parallel()
	h := open(t)
	i, people := directory.Import{Name: "people"}, crowd(1500)
	var nested atomic.Bool
	_, err := h.Import(t.Context(), operator(), i, told(people...), func(directory.ImportStep) error {
		if !nested.CompareAndSwap(false, true) {
			return nil
		}
		return none(h.Import(t.Context(), operator(), i, told(people...), ignore))
	})
	if !directory.FaultIn(err, "name", directory.Taken) || h.total() != 1500 {
		t.Errorf("got %v and %d people", err, h.total())
	}
}

func TestAnImportIsForgottenAfterNinetyDays(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.load(directory.Import{Name: "people"}, told(entry("ada")))
	h.clock.turn(91 * 24 * 60 * 60 * 1e9)
	h.must(h.Tend(t.Context(), operator()))
	if tally, g := h.load(directory.Import{Name: "people"}, told(entry("ada"))); tally.Resumed || len(g.refused) != 1 {
		t.Errorf("got %+v and %v", tally, g.words())
	}
}

// blind is a store whose lookups find nobody at first, as if somebody else were
// always quicker.
type blind struct{ directory.Store }

type blindWriter struct{ directory.Writer }

func (b blind) Update(ctx context.Context, fn func(directory.Writer) error) error {
	return b.Store.Update(ctx, func(tx directory.Writer) error { return fn(blindWriter{tx}) })
}

func (blindWriter) Holders(directory.Uniques) (directory.Holders, error) {
	return directory.Holders{}, nil
}

func TestAClashThatOnlyTheDatabaseSeesRefusesOneLine(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.person("person3")
	d := directory.New(blind{h.store}, h.hasher, h.keyring, mail.Letters{}, directory.Options{KeyLimits: sshkey.DefaultLimits()})
	var g gathered
	tally, err := d.Import(t.Context(), operator(), directory.Import{Name: "people"}, told(crowd(40)...), g.tell)
	h.must(err)
	if want := []string{"5 username taken"}; !slices.Equal(g.words(), want) || tally.Accepted != 39 || h.total() != 40 {
		t.Errorf("got %v, %+v and %d people", g.words(), tally, h.total())
	}
}

func TestDryRunFindsTheVerdictsOfTheImport(t *testing.T) {
	t.Parallel()
	lines := []string{sshLine(t), sshLine(t), sshLine(t)}
	rapid.Check(t, func(r *rapid.T) {
		h := open(t)
		h.person("a")
		h.letInvited()
		var entries []directory.Entry
		for range rapid.IntRange(1, 12).Draw(r, "people") {
			entries = append(entries, drawn(r, lines))
		}
		cut := rapid.IntRange(0, len(entries)).Draw(r, "made before")
		h.load(directory.Import{Name: "x"}, told(entries[:cut]...))
		dry, foreseen := h.load(directory.Import{Name: "x", DryRun: true}, told(entries...))
		real, found := h.load(directory.Import{Name: "x"}, told(entries...))
		if dry != real || !slices.Equal(foreseen.words(), found.words()) {
			r.Fatalf("foreseen %+v %v, found %+v %v", dry, foreseen.words(), real, found.words())
		}
	})
}

// drawn is a person who is likely to clash with others.
func drawn(r *rapid.T, lines []string) directory.Entry {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(r, label) }
	e := directory.Entry{Username: pick("username", "", "a", "A", "b", "c", "d", "bad/name"), Limits: directory.DefaultLimits()}
	for range rapid.IntRange(0, 2).Draw(r, "addresses") {
		e.Emails = append(e.Emails, directory.EntryEmail{
			Address: pick("address", address("a"), address("B"), address("b"), address("c"), address("invited"), "no address"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(r, "keys") {
		e.Keys = append(e.Keys, directory.NewKey{Key: rapid.SampledFrom(lines).Draw(r, "key")})
	}
	for range rapid.IntRange(0, 1).Draw(r, "identities") {
		e.Identities = append(e.Identities, directory.Identity{Provider: pick("provider", "p", "q"), ExternalUID: pick("uid", "1", "2")})
	}
	for range rapid.IntRange(0, 1).Draw(r, "organizations") {
		e.Memberships = append(e.Memberships, directory.EntryMembership{Organization: pick("organization", "", "home", "nowhere"), Role: pick("role", "", "Pending", "x")})
	}
	return e
}

// importFolder tells this test binary, when it runs as a child, where to import
// until it is killed.
const importFolder = "ROSTER_IMPORT_FOLDER"

// houseIn is a directory on the database in a folder, which the caller closes.
func houseIn(t *testing.T, folder string) (*directory.Directory, directory.Store) {
	t.Helper()
	store := need(t, func() (directory.Store, error) {
		return sqlite.Open(t.Context(), filepath.Join(folder, "roster.db"), sqlite.Options{})
	})
	keyring := need(t, func() (*secret.Keyring, error) { return secret.OpenKeyring(filepath.Join(folder, "secret.key")) })
	d := directory.New(store, secret.NewHasher(cheap(), 1, 1), keyring, mail.Letters{}, directory.Options{})
	if err := d.Prepare(t.Context(), operator(), "Home"); err != nil {
		t.Fatal(err)
	}
	return d, store
}

func TestAnImportWhoseProcessIsKilledMakesNobodyTwiceAndMissesNobody(t *testing.T) {
	t.Parallel()
	const size = 20_000
	i := directory.Import{Name: "people"}
	if folder := os.Getenv(importFolder); folder != "" {
		d, _ := houseIn(t, folder)
		_, _ = d.Import(t.Context(), operator(), i, told(crowd(size)...), func(s directory.ImportStep) error {
			fmt.Println("line", s.Tally.Line)
			return nil
		})
		return
	}
	folder := t.TempDir()
	for range 2 {
		killedImport(t, folder)
	}
	d, store := houseIn(t, folder)
	tally, err := d.Import(t.Context(), operator(), i, told(crowd(size)...), ignore)
	if err != nil || !tally.Resumed || tally.Accepted != size || tally.Refused != 0 {
		t.Errorf("got %v and %+v", err, tally)
	}
	page := need(t, func() (directory.Page[directory.User], error) {
		return d.Users(t.Context(), operator(), directory.UserFilter{Limit: 1})
	})
	events := need(t, func() (int, error) { return d.VerifyEvents(t.Context(), operator()) })
	if page.Total != size || events != size+1 { // one is about the home organization
		t.Errorf("%d people and %d events, want %d and one more", page.Total, events, size)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// killedImport runs the import in a process of its own and kills it once it has
// come a good way further.
func killedImport(t *testing.T, folder string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), importFolder+"="+folder)
	out := need(t, child.StdoutPipe)
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
