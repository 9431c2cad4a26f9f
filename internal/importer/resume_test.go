package importer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
)

var errCut = errors.New("the line was cut")

// cutAfter ends after n lines.
func cutAfter(lines iter.Seq2[importer.Line, error], n int) iter.Seq2[importer.Line, error] {
	return func(yield func(importer.Line, error) bool) {
		left := n
		for l, err := range lines {
			if left == 0 {
				yield(importer.Line{}, errCut)
				return
			}
			left--
			if !yield(l, err) {
				return
			}
		}
	}
}

// mixedEntries returns entries of which every tenth is rejected.
func mixedEntries(size int) []importer.Entry {
	all := manyEntries(size)
	for i := range all {
		if i%10 == 7 {
			all[i] = entry("person0")
		}
	}
	return all
}

func TestInterruptedImportResumesAfterItsLastBatch(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	i, all := importer.Import{Name: "people"}, lineSeq(mixedEntries(3000)...)
	var refused []importer.Refusal
	for _, cut := range []int{100, 1234, 2600, 2601} {
		var g importReports
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
	must(t, func() (audit.ChainReport, error) { return h.VerifyChain(t.Context(), operator()) })
}

func TestImportIsResumedWithItsOwnFileOnly(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	i, users := importer.Import{Name: "people"}, manyEntries(700)
	h.load(i, lineSeq(users...))
	changed := slices.Clone(users)
	changed[3] = entry("other")
	for what, lines := range map[string]iter.Seq2[importer.Line, error]{
		"a line changed": lineSeq(changed...), "the end missing": lineSeq(users[:650]...), "nothing": lineSeq(),
	} {
		_, err := h.Import(t.Context(), operator(), i, lines, ignore)
		if fault.KindOf(err) != fault.Conflict || !fault.Has(err, "name", fault.Mismatch) {
			t.Errorf("%s: got %v, want a conflict", what, err)
		}
	}
	if tally, _ := h.load(i, lineSeq(append(users, entry("more"))...)); tally.Accepted != 701 {
		t.Errorf("with a line more: got %+v", tally)
	}
}

func TestTwoImportsOfOneNameDoNotMix(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	i, users := importer.Import{Name: "people"}, manyEntries(1500)
	var nested atomic.Bool
	_, err := h.Import(t.Context(), operator(), i, lineSeq(users...), func(importer.Step) error {
		if !nested.CompareAndSwap(false, true) {
			return nil
		}
		return none(h.Import(t.Context(), operator(), i, lineSeq(users...), ignore))
	})
	if !fault.Has(err, "name", fault.Taken) || h.total() != 1500 {
		t.Errorf("got %v and %d people", err, h.total())
	}
}

func TestImportPositionIsDeletedAfterNinetyDays(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.load(importer.Import{Name: "people"}, lineSeq(entry("ada")))
	h.Clock.Advance(91 * 24 * 60 * 60 * 1e9)
	h.Must(h.RunMaintenance(t.Context(), operator()))
	if tally, g := h.load(importer.Import{Name: "people"}, lineSeq(entry("ada"))); tally.Resumed || len(g.refused) != 1 {
		t.Errorf("got %+v and %v", tally, g.words())
	}
}

// missingLookups is a store whose lookups find no user at first, as if a concurrent transaction were
// faster.
type missingLookups struct{ model.Store }

type missingLookupsWriter struct{ model.Writer }

func (b missingLookups) Update(ctx context.Context, fn func(model.Writer) error) error {
	return b.Store.Update(ctx, func(tx model.Writer) error { return fn(missingLookupsWriter{tx}) })
}

func (missingLookupsWriter) Holders(model.Uniques) (model.Holders, error) {
	return model.Holders{}, nil
}

func TestConflictInTheDatabaseRejectsOneLine(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	h.AddUser("person3")
	d := directory.New(missingLookups{h.Store}, h.Hasher, h.Keyring, mail.Renderer{}, directorytest.WithDefaults(directory.Options{}))
	var g importReports
	tally, err := d.Import(t.Context(), operator(), importer.Import{Name: "people"}, lineSeq(manyEntries(40)...), g.tell)
	h.Must(err)
	if want := []string{"5 username taken"}; !slices.Equal(g.words(), want) || tally.Accepted != 39 || h.total() != 40 {
		t.Errorf("got %v, %+v and %d people", g.words(), tally, h.total())
	}
}
