package postgres

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"path/filepath"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/postgres/pgtest"
)

// Two nodes import a file one after the other: the second continues where the first was
// stopped.
func TestImportResumesOnAnotherNode(t *testing.T) {
	t.Parallel()
	address := pgtest.Schema(t)
	i, operator := importer.Import{Name: "people"}, model.Operator()
	keys := filepath.Join(t.TempDir(), "secret.key") // all nodes of a database have the same
	for _, size := range []int{2500, 4200} {
		d := directoryOn(t, node(t, address), keys)
		result, err := d.Import(t.Context(), operator, i, importLines(size), func(importer.Step) error { return nil })
		// Every seventh has the username of the first.
		if refused := int64((size - 1) / 7); err != nil || result.Refused != refused || result.Accepted != int64(size)-refused {
			t.Errorf("%d lines: got %v and %+v", size, err, result)
		}
		if _, err := d.VerifyChain(t.Context(), operator); err != nil {
			t.Error(err)
		}
		page, err := d.Users(t.Context(), operator, model.UserFilter{Search: "person1", Limit: 5})
		if err != nil || len(page.Items) != 5 || int64(page.Total) >= result.Accepted {
			t.Errorf("%d of %d users are found: %v", len(page.Items), page.Total, err)
		}
	}
}

func directoryOn(t *testing.T, s model.Store, keys string) *directory.Directory {
	t.Helper()
	keyring, err := secret.OpenKeyring(keys)
	must(t, err)
	d := directory.New(s, secret.NewHasher(directorytest.CheapHashes(), 1, 1), keyring, mail.Renderer{}, directorytest.WithDefaults(directory.Options{}))
	must(t, d.Prepare(t.Context(), model.Operator(), "Home"))
	return d
}

func importLines(n int) iter.Seq2[importer.Line, error] {
	return func(yield func(importer.Line, error) bool) {
		for i := range n {
			name := fmt.Sprint("person", i)
			e := importer.Entry{
				Username: name, Limits: model.DefaultLimits(), Emails: []importer.EntryEmail{{Address: name + "@example.org"}},
				Identities: []model.Identity{{Provider: "ldap", ExternalUID: name}},
			}
			if i%7 == 0 && i > 0 {
				e.Username = "PERSON0"
			}
			if !yield(importer.Line{Number: int64(i) + 1, Entry: e, Digest: sha256.Sum256([]byte(name))}, nil) {
				return
			}
		}
	}
}
