package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// reader is a [model.Reader].
type reader struct {
	ctx         context.Context
	engine      Engine
	conn        *conn
	begin       func(context.Context) (*conn, error) // of a read, which has no conn before its first query
	deadline    time.Time                            // zero for none
	stmtTimeout time.Duration                        // time limit of a statement of an expensive read; 0 for none
	ended       bool                                 // the transaction has ended
	failed      error                                // the first statement that failed
}

// writer is a [model.Writer].
type writer struct {
	*reader
	effects *commitEffects
}

var (
	_ model.Reader = (*reader)(nil)
	_ model.Writer = (*writer)(nil)
)

func newReader(ctx context.Context, engine Engine, c *conn) *reader {
	return &reader{ctx: ctx, engine: engine, conn: c}
}

var errEnded = errors.New("used after its transaction had ended")

// ready returns an error if no further statement may run.
func (r *reader) ready() error {
	switch {
	case r.ended:
		return errEnded
	case r.failed != nil:
		return r.failed
	case r.ctx.Err() != nil:
		return r.fail("a transaction", r.ctx.Err())
	case !r.deadline.IsZero() && time.Now().After(r.deadline):
		return r.fail("a transaction", context.DeadlineExceeded)
	case r.conn == nil:
		return r.open()
	}
	return nil
}

func (r *reader) open() (err error) {
	if !admission.In(r.ctx).Bounded() {
		r.stmtTimeout = 0
	}
	r.conn, err = r.begin(r.ctx)
	return r.fail("a snapshot", err)
}

// fail records that a statement failed, and explains the error.
func (r *reader) fail(what string, err error) error {
	if err == nil {
		return nil
	}
	err = r.engine.explain(what, err)
	if r.failed == nil {
		r.failed = err
	}
	return err
}

// row is one row of a result.
type row interface{ Scan(into ...any) error }

// stmtContext returns the context of one statement. Reads use the caller's context, so that a
// long list ends with its request. See groupCommitter on why updates do not.
func (r *reader) stmtContext() (context.Context, context.CancelFunc) {
	if r.stmtTimeout > 0 {
		return context.WithTimeout(r.ctx, r.stmtTimeout)
	}
	if r.deadline.IsZero() {
		return r.engine.stmtContext(r.ctx)
	}
	return r.engine.stmtContext(context.Background())
}

// each calls take for each row.
func (r *reader) each(what string, take func(row) error, query string, args ...any) error {
	if err := r.ready(); err != nil {
		return err
	}
	ctx, cancel := r.stmtContext()
	defer cancel()
	return r.fail(what, r.explainTimeout(ctx, r.scan(ctx, take, query, args)))
}

// explainTimeout returns err, or an error about the time limit of expensive reads if it was
// reached. ctx is the context of the statement.
func (r *reader) explainTimeout(ctx context.Context, err error) error {
	if err == nil || r.stmtTimeout == 0 || ctx.Err() == nil || r.ctx.Err() != nil {
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Err: err,
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

// list reads all rows.
func list[T any](r *reader, what string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := r.each(what, func(from row) error {
		item, err := scan(from)
		all = append(all, item)
		return err
	}, query, args...)
	return all, err
}

// one reads a single row. It returns NotFound if there is none.
func one[T any](r *reader, what string, scan func(row) (T, error), query string, args ...any) (T, error) {
	var none T
	if err := r.ready(); err != nil {
		return none, err
	}
	item, err := queryOne(r, scan, query, args)
	if errors.Is(err, sql.ErrNoRows) {
		return none, fault.Missing(what)
	}
	if err != nil {
		return none, r.fail(what, err)
	}
	return item, nil
}

func queryOne[T any](r *reader, scan func(row) (T, error), query string, args []any) (T, error) {
	// In an embedded engine this takes microseconds, less than watching a context.
	ctx := context.Background()
	if r.engine.StatementTimeout > 0 || r.stmtTimeout > 0 {
		patience, cancel := r.stmtContext()
		defer cancel()
		ctx = patience
	}
	var item T
	from, err := r.conn.queryRow(ctx, query, args...)
	if err == nil {
		item, err = scan(from)
	}
	return item, r.explainTimeout(ctx, err)
}

// scanInt scans one number.
func scanInt(from row) (n int, err error) {
	err = from.Scan(&n)
	return n, err
}

// scanID scans one id.
func scanID[ID ~int64](from row) (id ID, err error) {
	err = from.Scan(&id)
	return id, err
}

// AtCommit implements [model.Writer].
func (w *writer) AtCommit(fn func(sure bool)) { w.effects.callbacks = append(w.effects.callbacks, fn) }

// Publish implements [model.Writer].
func (w *writer) Publish(message string) { w.effects.messages = append(w.effects.messages, message) }

// exec runs a statement and returns the number of affected rows.
func (w *writer) exec(what, query string, args ...any) (int64, error) {
	if err := w.ready(); err != nil {
		return 0, err
	}
	result, err := w.conn.exec(query, args...)
	if err != nil {
		return 0, w.fail(what, err)
	}
	n, err := result.RowsAffected()
	return n, w.fail(what, err)
}

// put runs a statement.
func (w *writer) put(what, query string, args ...any) error {
	_, err := w.exec(what, query, args...)
	return err
}

// change runs a statement, and returns NotFound if it affects no row.
func (w *writer) change(what, query string, args ...any) error {
	n, err := w.exec(what, query, args...)
	if err == nil && n == 0 {
		return fault.Missing(what)
	}
	return err
}

// add inserts a row and stores its new id in id. The statement has no RETURNING clause.
func add[ID ~int64](w *writer, what string, id *ID, insert string, args ...any) (err error) {
	if w.engine.LastID {
		*id, err = addWithLastID[ID](w, what, insert, args)
		return err
	}
	*id, err = one(w.reader, what, scanID[ID], insert+` RETURNING id`, args...)
	return err
}

// addWithLastID avoids RETURNING: SQLite would copy the changes of the statement, and the driver
// would query the names and types of the result.
func addWithLastID[ID ~int64](w *writer, what, insert string, args []any) (ID, error) {
	if err := w.ready(); err != nil {
		return 0, err
	}
	result, err := w.conn.exec(insert, args...)
	if err != nil {
		return 0, w.fail(what, err)
	}
	id, err := result.LastInsertId()
	return ID(id), w.fail(what, err)
}

// drop deletes rows. It returns Conflict if other rows refer to them.
func (w *writer) drop(what, query string, args ...any) error {
	err := w.put(what, query, args...)
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	w.failed = &fault.Error{Kind: fault.Conflict, Fields: []fault.Field{{Name: what, Code: fault.Taken}},
		Msg: "this " + what + " is still in use", Err: errors.Unwrap(err)}
	return w.failed
}
