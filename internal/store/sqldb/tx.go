package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/directory"
)

// reader is a [directory.Reader].
type reader struct {
	ctx      context.Context
	engine   Engine
	conn     *conn
	begin    func(context.Context) (*conn, error) // of a view, which has no conn before it needs one
	deadline time.Time                            // zero for none
	scanTime time.Duration                        // longest time of a statement, where the read is expensive and bounded; 0 for none
	over     bool                                 // the transaction has ended
	spoiled  error                                // the first statement that failed
}

// writer is a [directory.Writer].
type writer struct {
	*reader
	after *aftermath
}

var (
	_ directory.Reader = (*reader)(nil)
	_ directory.Writer = (*writer)(nil)
)

func newReader(ctx context.Context, engine Engine, c *conn) *reader {
	return &reader{ctx: ctx, engine: engine, conn: c}
}

var errOver = errors.New("used after its transaction had ended")

// ready reports whether another statement may run.
func (r *reader) ready() error {
	switch {
	case r.over:
		return errOver
	case r.spoiled != nil:
		return r.spoiled
	case r.ctx.Err() != nil:
		return r.spoil("a transaction", r.ctx.Err())
	case !r.deadline.IsZero() && time.Now().After(r.deadline):
		return r.spoil("a transaction", context.DeadlineExceeded)
	case r.conn == nil:
		return r.open()
	}
	return nil
}

func (r *reader) open() (err error) {
	if !admission.In(r.ctx).Bounded() {
		r.scanTime = 0
	}
	r.conn, err = r.begin(r.ctx)
	return r.spoil("a snapshot", err)
}

// spoil remembers that a statement failed, and says what it means.
func (r *reader) spoil(what string, err error) error {
	if err == nil {
		return nil
	}
	err = r.engine.meaning(what, err)
	if r.spoiled == nil {
		r.spoiled = err
	}
	return err
}

// row is what one result is scanned from.
type row interface{ Scan(into ...any) error }

// patience is the context of one statement. Views pass their own on, so that a
// long list ends when nobody waits for it; see committer on why updates do not.
func (r *reader) patience() (context.Context, context.CancelFunc) {
	if r.scanTime > 0 {
		return context.WithTimeout(r.ctx, r.scanTime)
	}
	if r.deadline.IsZero() {
		return r.engine.bounded(r.ctx)
	}
	return r.engine.bounded(context.Background())
}

// each calls take for every row.
func (r *reader) each(what string, take func(row) error, query string, args ...any) error {
	if err := r.ready(); err != nil {
		return err
	}
	ctx, cancel := r.patience()
	defer cancel()
	return r.spoil(what, r.scanned(ctx, r.scan(ctx, take, query, args)))
}

// scanned is err, or an error that says that an expensive read looked at too many
// rows for its time. ctx is that of the statement.
func (r *reader) scanned(ctx context.Context, err error) error {
	if err == nil || r.scanTime == 0 || ctx.Err() == nil || r.ctx.Err() != nil {
		return err
	}
	return &directory.Error{
		Kind: directory.Unavailable, Err: err,
		Msg: "this search or list looks at too many rows; use a longer search text or fewer conditions",
	}
}

func (r *reader) scan(ctx context.Context, take func(row) error, query string, args []any) error {
	rows, err := r.conn.query(ctx, query, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := take(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

// list reads all rows; none is an empty list.
func list[T any](r *reader, what string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := r.each(what, func(from row) error {
		item, err := scan(from)
		all = append(all, item)
		return err
	}, query, args...)
	return all, err
}

// one reads the only row; none is an error of Kind NotFound.
func one[T any](r *reader, what string, scan func(row) (T, error), query string, args ...any) (T, error) {
	var none T
	if err := r.ready(); err != nil {
		return none, err
	}
	item, err := lookUp(r, scan, query, args)
	if errors.Is(err, sql.ErrNoRows) {
		return none, directory.Missing(what)
	}
	if err != nil {
		return none, r.spoil(what, err)
	}
	return item, nil
}

func lookUp[T any](r *reader, scan func(row) (T, error), query string, args []any) (T, error) {
	// In an embedded engine this takes microseconds, less than watching a context
	// meanwhile.
	ctx := context.Background()
	if r.engine.Limit > 0 || r.scanTime > 0 {
		patience, cancel := r.patience()
		defer cancel()
		ctx = patience
	}
	var item T
	from, err := r.conn.queryRow(ctx, query, args...)
	if err == nil {
		item, err = scan(from)
	}
	return item, r.scanned(ctx, err)
}

// number reads one number.
func number(from row) (n int, err error) {
	err = from.Scan(&n)
	return n, err
}

// identifier reads one id.
func identifier[ID ~int64](from row) (id ID, err error) {
	err = from.Scan(&id)
	return id, err
}

// AtCommit implements [directory.Writer].
func (w *writer) AtCommit(fn func(sure bool)) { w.after.kept = append(w.after.kept, fn) }

// Announce implements [directory.Writer].
func (w *writer) Announce(note string) { w.after.notes = append(w.after.notes, note) }

// exec writes and returns how many rows it touched.
func (w *writer) exec(what, query string, args ...any) (int64, error) {
	if err := w.ready(); err != nil {
		return 0, err
	}
	result, err := w.conn.exec(query, args...)
	if err != nil {
		return 0, w.spoil(what, err)
	}
	n, err := result.RowsAffected()
	return n, w.spoil(what, err)
}

// put writes, whatever the number of rows.
func (w *writer) put(what, query string, args ...any) error {
	_, err := w.exec(what, query, args...)
	return err
}

// change writes to a row that must be there.
func (w *writer) change(what, query string, args ...any) error {
	n, err := w.exec(what, query, args...)
	if err == nil && n == 0 {
		return directory.Missing(what)
	}
	return err
}

// add inserts a row with an insert without RETURNING, and reads the id that the
// row was given.
func add[ID ~int64](w *writer, what string, id *ID, insert string, args ...any) (err error) {
	if w.engine.LastID {
		*id, err = addUnasked[ID](w, what, insert, args)
		return err
	}
	*id, err = one(w.reader, what, identifier[ID], insert+` RETURNING id`, args...)
	return err
}

// addUnasked does without RETURNING: SQLite would keep a copy of what the statement
// changes, and the driver would ask it for the names and types of the answer.
func addUnasked[ID ~int64](w *writer, what, insert string, args []any) (ID, error) {
	if err := w.ready(); err != nil {
		return 0, err
	}
	result, err := w.conn.exec(insert, args...)
	if err != nil {
		return 0, w.spoil(what, err)
	}
	id, err := result.LastInsertId()
	return ID(id), w.spoil(what, err)
}

// drop removes rows. Where others still point to them it is a Conflict.
func (w *writer) drop(what, query string, args ...any) error {
	err := w.put(what, query, args...)
	if directory.KindOf(err) != directory.NotFound {
		return err
	}
	w.spoiled = &directory.Error{Kind: directory.Conflict, Faults: []directory.Fault{{Field: what, Code: directory.Taken}},
		Msg: "this " + what + " is still in use", Err: errors.Unwrap(err)}
	return w.spoiled
}
