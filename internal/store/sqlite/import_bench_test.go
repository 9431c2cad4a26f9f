package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directoryconfig"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// BenchmarkImport imports users with an address, a role and a key each, and then
// inserts the same rows again with prepared statements in transactions of 5,000 users.
// One iteration is one user; use -benchtime=1000000x for a million.
func BenchmarkImport(b *testing.B) {
	s := openOnDisk(b, filepath.Join(b.TempDir(), "roster.db"))
	d := benchmarkDirectory(b, s)
	b.ResetTimer()
	_, err := d.Import(context.Background(), model.Operator(), importer.Import{Name: "people"}, importLines(b.N),
		func(step importer.Step) error {
			if len(step.Refused) > 0 {
				return fmt.Errorf("line %d was rejected: %v", step.Refused[0].Line, step.Refused[0].Faults)
			}
			return nil
		})
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	took := b.Elapsed()
	bare := insertBare(b, s)
	b.ReportMetric(float64(b.N)/took.Seconds(), "users/s")
	b.ReportMetric(float64(b.N)/bare.Seconds(), "bare/s")
	b.ReportMetric(bare.Seconds()/took.Seconds(), "ratio")
}

func benchmarkDirectory(b *testing.B, s model.Store) *directory.Directory {
	b.Helper()
	keyring, err := secret.OpenKeyring(filepath.Join(b.TempDir(), "secret.key"))
	if err != nil {
		b.Fatal(err)
	}
	d := directory.New(s, secret.NewHasher(secret.Params{MemoryKiB: 64, Time: 1, Threads: 1}, 1, 1), keyring, mail.Renderer{},
		directoryconfig.Options(config.Default()))
	if err := d.Prepare(context.Background(), model.Operator(), "Home"); err != nil {
		b.Fatal(err)
	}
	return d
}

// importLines returns the lines of n users.
func importLines(n int) iter.Seq2[importer.Line, error] {
	given := []string{"Anna", "Boris", "Chiara", "Dmitri", "Eva", "Farid", "Grace", "Hiro"}
	return func(yield func(importer.Line, error) bool) {
		for i := range n {
			name := fmt.Sprint("person", i)
			e := importer.Entry{
				Username: name, Names: model.Names{Name: fmt.Sprintf("%s Family%d", given[i%len(given)], i/7)},
				Emails:      []importer.EntryEmail{{Address: name + "@example.org", Verified: true}},
				Memberships: []importer.EntryMembership{{Organization: "home", Role: "Member"}},
				Keys:        []model.NewKey{{Key: "ssh-ed25519 " + ed25519Blob(i) + " laptop"}}, Limits: model.DefaultLimits(),
			}
			if !yield(importer.Line{Number: int64(i) + 2, Entry: e, Digest: sha256.Sum256([]byte(name))}, nil) {
				return
			}
		}
	}
}

// ed25519Blob has the form of a public key: RFC 8709, section 4.
func ed25519Blob(i int) string {
	const kind = "ssh-ed25519"
	blob := binary.BigEndian.AppendUint32(nil, uint32(len(kind)))
	blob = binary.BigEndian.AppendUint32(append(blob, kind...), 32)
	point := sha256.Sum256(fmt.Append(nil, i))
	return base64.StdEncoding.EncodeToString(append(blob, point[:]...))
}

// insertBare copies the tables that an import fills into a new database of the
// same schema, and returns the time that the inserts took.
func insertBare(b *testing.B, from *store) time.Duration {
	b.Helper()
	to := openOnDisk(b, filepath.Join(b.TempDir(), "bare.db"))
	benchmarkDirectory(b, to)
	// The connections of the stores are private.
	if err := from.Store.Close(); err != nil {
		b.Fatal(err)
	}
	if err := to.Store.Close(); err != nil {
		b.Fatal(err)
	}
	tables := []string{"users", "emails", "members", "ssh_keys", "events", "search"}
	sources := make([]*sql.Rows, len(tables))
	statements := make([]*sql.Stmt, len(tables))
	conn := must1(to.write.Conn(context.Background()))(b)
	from.read.SetMaxOpenConns(len(tables))
	for i, table := range tables {
		sources[i] = must1(from.read.Query("SELECT * FROM " + table + " WHERE " + importedRows(table) + " ORDER BY rowid"))(b)
		columns := must1(sources[i].Columns())(b)
		statements[i] = must1(conn.PrepareContext(context.Background(), "INSERT INTO "+table+" VALUES "+placeholders(len(columns))))(b)
	}
	gramsOf := must1(conn.PrepareContext(context.Background(), "INSERT INTO search_grams (rowid, grams) VALUES (?, ?)"))(b)
	var took time.Duration
	for more := true; more; {
		var rows [][][]any
		if rows, more = nextRows(b, sources, 5000); len(rows) == 0 {
			break
		}
		begun := time.Now()
		execute(b, conn, "BEGIN IMMEDIATE")
		for _, row := range rows {
			for i, args := range row {
				must1(statements[i].Exec(args...))(b)
			}
			found := row[len(row)-1]
			must1(gramsOf.Exec(found[0], grams(found[1].(string))))(b)
		}
		execute(b, conn, "COMMIT")
		took += time.Since(begun)
	}
	if err := conn.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

// importedRows returns a condition that excludes the rows from before the import.
func importedRows(table string) string {
	if table == "events" {
		return "id > 1"
	}
	return "TRUE"
}

func placeholders(n int) string {
	text := "(?"
	for range n - 1 {
		text += ", ?"
	}
	return text + ")"
}

// nextRows reads one row of each source for up to n users.
func nextRows(b *testing.B, sources []*sql.Rows, n int) (users [][][]any, more bool) {
	b.Helper()
	for range n {
		var user [][]any
		for _, source := range sources {
			if !source.Next() {
				return users, false
			}
			columns := must1(source.Columns())(b)
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := source.Scan(into...); err != nil {
				b.Fatal(err)
			}
			user = append(user, row)
		}
		users = append(users, user)
	}
	return users, true
}

func execute(b *testing.B, conn *sql.Conn, statement string) {
	b.Helper()
	must1(conn.ExecContext(context.Background(), statement))(b)
}

// must1 returns the value of a call that must succeed.
func must1[T any](value T, err error) func(*testing.B) T {
	return func(b *testing.B) T {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
		return value
	}
}
