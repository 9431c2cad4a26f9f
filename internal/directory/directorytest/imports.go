package directorytest

import (
	"crypto/sha256"
	"fmt"
	"iter"

	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
)

// Entry returns a user for an import.
func Entry(name string) importer.Entry {
	return importer.Entry{
		Username: name, Names: model.Names{Name: name + " Example"}, Limits: model.DefaultLimits(),
		Emails: []importer.EntryEmail{{Address: Address(name), Verified: true}},
	}
}

// Lines returns entries as the lines of a file from line 2.
func Lines(entries ...importer.Entry) iter.Seq2[importer.Line, error] {
	return func(yield func(importer.Line, error) bool) {
		for i, e := range entries {
			l := importer.Line{Number: int64(i) + 2, Entry: e, Digest: sha256.Sum256(fmt.Append(nil, e))}
			if !yield(l, nil) {
				return
			}
		}
	}
}

// Refusals imports entries in a dry run, and returns the errors.
func (f *Fixture) Refusals(entries ...importer.Entry) []importer.Refusal {
	f.T.Helper()
	var refusals []importer.Refusal
	_, err := f.Import(f.T.Context(), model.Operator(), importer.Import{Name: "one", DryRun: true},
		func(yield func(importer.Line, error) bool) {
			for i, e := range entries {
				if !yield(importer.Line{Number: int64(i) + 1, Entry: e}, nil) {
					return
				}
			}
		},
		func(s importer.Step) error { refusals = append(refusals, s.Refused...); return nil })
	f.Must(err)
	return refusals
}

// ExportAll exports all users.
func (f *Fixture) ExportAll(hashes bool) []importer.Entry {
	f.T.Helper()
	var all []importer.Entry
	_, err := f.Export(f.T.Context(), model.Operator(), importer.Export{PasswordHashes: hashes}, func(e importer.Entry) error {
		all = append(all, e)
		return nil
	})
	f.Must(err)
	return all
}
