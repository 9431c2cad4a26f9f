package importer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"runtime/debug"
	"slices"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/operation"
	"roster.example/roster/internal/unitext"
)

// Import is the input of an import.
type Import struct {
	// Name identifies the import: an import whose name was used before resumes after the
	// last processed line. Its events contain it.
	Name string
	// DryRun checks everything and writes nothing.
	DryRun bool
}

// Line is one line of a file.
type Line struct {
	Number int64 // as editors count lines, from 1; in ascending order
	Entry  Entry
	Err    error             // why it cannot be parsed, an [*fault.Error] with faults; nil if it can
	Digest [sha256.Size]byte // of the bytes of the line
	Size   int               // in bytes of the file; 0 is not counted
	// Excerpt is the beginning of a line that cannot be parsed, without secrets, for
	// [Refusal]. For other lines the entry is used.
	Excerpt string
}

// Refusal says why a line was rejected.
type Refusal struct {
	Line    int64
	Excerpt string        // to find the line: its beginning, or the user's name or address
	Faults  []fault.Field // at least one
}

// Tally counts what an import has done, including what it did before it was resumed.
type Tally struct {
	Line              int64 // the last processed line
	Accepted, Refused int64
	Resumed           bool // whether it was resumed
}

// Step is the result of one batch.
type Step struct {
	Tally   Tally
	Refused []Refusal // of this batch, by line
}

const (
	// importBatch is the number of lines of one transaction: enough that the commit costs
	// little, few enough that other writers do not wait long.
	importBatch = 1000
	// importBatchSize is the number of bytes that ends a batch early. Three batches are in
	// memory at once, and a line can be long.
	importBatchSize = 1 << 20
	// maxImports is the maximum number of concurrent imports. More would not be faster,
	// because only one writes at a time, but would need more memory.
	maxImports = 2
	// importRetry is the RetryAfter when there are too many imports.
	importRetry = 30 * time.Second
	// MaxName is the maximum length of the name of an import, in characters.
	MaxName = 100
	// Keep is how long the state of an import is kept after its last batch.
	Keep = 90 * 24 * time.Hour
)

// Import creates users from lines, in their order. Only administrators may call it. The rules are
// those of CreateUser in package directory; no email is sent. A rejected line does not affect the others. An error from
// lines ends the import; the batches before it stay.
//
// Each batch is one transaction with one event for each user and the position in the file. An
// interrupted import therefore resumes after its last batch if it is called with the same name and
// lines. Other lines than before are a Conflict, and so is a concurrent import of the same name. A
// finished import is remembered for 90 days and creates nothing when it is called again.
//
// At most two imports run at once, including dry runs; a third is Limited. The credential of the
// actor is checked for each batch: if it was revoked meanwhile, the import ends as Unauthenticated.
//
// report is called after the commit of each batch, usually in another goroutine than lines, but never
// concurrently and never after Import has returned. For a resumed import, its first call reports what
// was done before. An error of report ends the import. A panic of report or of the store becomes a panic
// of Import.
//
// A dry run returns the results that the import would have now. It needs about sixteen bytes of
// memory for each name, address, key and identity of the file.
func (m *Importer) Import(ctx context.Context, actor model.Actor, i Import, lines iter.Seq2[Line, error], report func(Step) error) (Tally, error) {
	run, err := m.beginImport(ctx, actor, i)
	if err != nil {
		return Tally{}, err
	}
	end, err := m.reserveSlot()
	if err != nil {
		return Tally{}, err
	}
	defer end()
	run.report = report
	if err = run.run(ctx, lines); err == nil && !i.DryRun {
		m.mergeAfterImport(ctx, run.tally.Accepted)
	}
	return run.tally, err
}

// reserveSlot reserves one of the slots for imports until end is called.
func (m *Importer) reserveSlot() (end func(), err error) {
	select {
	case m.slots <- struct{}{}:
		return func() { <-m.slots }, nil
	default:
		return nil, &fault.Error{Kind: fault.Limited, RetryAfter: importRetry,
			Msg: "too many imports are under way; wait for the end of one, then give this one again"}
	}
}

// importRun is one call of Import. One goroutine reads and checks lines while another writes the
// previous batch.
type importRun struct {
	*Importer
	Import
	actor  model.Actor
	report func(Step) error
	begun  model.ImportRecord // the state at the start
	record model.ImportRecord // the present state
	tally  Tally
	taken  *takenValues // of a dry run: names of earlier lines
}

func (m *Importer) beginImport(ctx context.Context, actor model.Actor, i Import) (*importRun, error) {
	run := &importRun{Importer: m, Import: i, actor: actor}
	err := m.ops.Read(ctx, actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) (err error) {
		var f fault.List
		unitext.CheckRequired(&f, "name", i.Name, MaxName)
		if err := f.Err(); err != nil {
			return err
		}
		if !i.DryRun { // users come with password hashes and keys
			if err := m.ops.RequireRecentAuthentication(tx, actor); err != nil {
				return err
			}
		}
		run.begun, err = importRecord(tx, i.Name)
		return err
	})
	run.record = run.begun
	run.tally = Tally{Line: run.begun.Line, Accepted: run.begun.Accepted, Refused: run.begun.Refused, Resumed: run.begun.Line > 0}
	if i.DryRun {
		run.taken = newTakenValues()
	}
	return run, err
}

// importRecord returns the stored state of an import, or a new one.
func importRecord(tx model.Reader, name string) (model.ImportRecord, error) {
	r, err := tx.ImportRecord(name)
	if fault.KindOf(err) == fault.NotFound {
		return model.ImportRecord{Name: name, Digest: make([]byte, sha256.Size)}, nil
	}
	return r, err
}

// run reads lines in this goroutine and writes them in another.
func (r *importRun) run(ctx context.Context, lines iter.Seq2[Line, error]) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	batches := make(chan []candidate, 1)
	var panicked any
	err := func() error {
		written := make(chan struct{})
		// Also if reading panics: report must not be called after Import has ended.
		defer func() { close(batches); <-written }()
		go func() {
			defer close(written)
			if panicked = r.writeBatches(ctx, batches, stop); panicked != nil {
				stop(errImportPanic)
			}
		}()
		return r.readLines(ctx, lines, batches)
	}()
	if panicked != nil {
		panic(panicked)
	}
	if cause := context.Cause(ctx); cause != nil && (err == nil || errors.Is(err, ctx.Err())) {
		return cause
	}
	return err
}

var errImportPanic = errors.New("writing a batch panicked")

// writeBatches writes batches until one fails. It returns the value of a panic, so that Import can
// panic in the goroutine of its caller.
func (r *importRun) writeBatches(ctx context.Context, batches <-chan []candidate, stop context.CancelCauseFunc) (panicked any) {
	defer func() {
		if panicked = recover(); panicked != nil {
			r.options.Log.ErrorContext(ctx, "writing a batch of an import panicked", "panic", panicked, "stack", string(debug.Stack()))
		}
	}()
	for batch := range batches {
		// A batch that was read is written even if the caller has left.
		if err := r.writeBatch(context.WithoutCancel(ctx), batch); err != nil {
			stop(err)
			break
		}
	}
	return nil
}

// readLines collects batches of the lines after the last processed one.
func (r *importRun) readLines(ctx context.Context, lines iter.Seq2[Line, error], batches chan<- []candidate) error {
	digest := make([]byte, sha256.Size)
	var last int64
	var batch []candidate
	var size int
	for line, err := range lines {
		if err != nil {
			return err
		}
		if line.Number > r.begun.Line && last <= r.begun.Line {
			if err := r.resume(last, digest); err != nil {
				return err
			}
		}
		last, digest = line.Number, chainDigest(digest, line.Digest)
		if line.Number <= r.begun.Line {
			continue
		}
		c := r.checkLine(r.actor, line)
		if len(c.faults) > 0 {
			c = candidate{line: c.line, excerpt: c.excerpt, faults: c.faults} // the rest is not needed
		}
		c.digest = digest
		batch, size = append(batch, c), size+line.Size
		if len(batch) < importBatch && size < importBatchSize {
			continue
		}
		if err := sendBatch(ctx, batches, batch); err != nil {
			return err
		}
		batch, size = nil, 0
	}
	if last <= r.begun.Line {
		return r.resume(last, digest)
	}
	return sendBatch(ctx, batches, batch)
}

func chainDigest(digest []byte, line [sha256.Size]byte) []byte {
	sum := sha256.Sum256(append(slices.Clone(digest), line[:]...))
	return sum[:]
}

// resume returns a Conflict unless the skipped lines are those of the earlier call, and reports
// what was done with them.
func (r *importRun) resume(last int64, digest []byte) error {
	if last != r.begun.Line || !bytes.Equal(digest, r.begun.Digest) {
		return fault.New(fault.Conflict, "this is not the file that the import "+r.Name+" was begun with; give it another name",
			fault.Field{Name: "name", Code: fault.Mismatch})
	}
	if !r.tally.Resumed {
		return nil
	}
	return r.report(Step{Tally: r.tally})
}

func sendBatch(ctx context.Context, batches chan<- []candidate, batch []candidate) error {
	if len(batch) == 0 {
		return nil
	}
	select {
	case batches <- batch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeBatch writes a batch. If the store reports a conflict with a concurrent write, the lines are
// written one by one, so that only the conflicting one is rejected.
func (r *importRun) writeBatch(ctx context.Context, batch []candidate) error {
	refused, err := r.writeLines(ctx, batch)
	if clash := (fault.KindOf(err) == fault.Conflict); !clash || errors.Is(err, errImportRace) {
		if err != nil {
			return err
		}
		return r.report(Step{Tally: r.tally, Refused: refused})
	}
	if len(batch) == 1 {
		batch[0].faults = faultsIn("line", err)
		return r.writeBatch(ctx, batch)
	}
	for i := range batch {
		if err := r.writeBatch(ctx, batch[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// writeLines checks a batch and creates the users of the lines that are not rejected.
func (r *importRun) writeLines(ctx context.Context, batch []candidate) ([]Refusal, error) {
	var result batchResult
	var record model.ImportRecord
	last := batch[len(batch)-1]
	decide := func(tx model.Reader, taken *takenValues) (err error) {
		if err := r.ops.RevalidateCredential(tx, r.actor); err != nil {
			return err
		}
		result, err = r.validateBatch(tx, batch, taken)
		record = r.record
		record.Line, record.Digest, record.At = last.line, last.digest, r.ops.Now()
		record.Accepted += int64(len(result.created))
		record.Refused += int64(len(result.refused))
		return err
	}
	var err error
	if r.DryRun {
		err = r.ops.Read(ctx, r.actor, model.UsersManage, 0, func(tx model.Reader, _ model.User) error { return decide(tx, r.taken) })
	} else {
		err = r.ops.Update(ctx, r.actor, model.UsersManage, 0, func(tx model.Writer, _ model.User) error {
			if err := r.requireUnchanged(tx); err != nil {
				return err
			}
			if err := decide(tx, newTakenValues()); err != nil {
				return err
			}
			if err := r.createUsers(tx, result); err != nil {
				return err
			}
			return tx.PutImport(record)
		})
	}
	if err != nil {
		return nil, err
	}
	r.record = record
	r.tally.Line, r.tally.Accepted, r.tally.Refused = record.Line, record.Accepted, record.Refused
	return result.refused, nil
}

var errImportRace = errors.New("the position of the import was moved by another")

// requireUnchanged returns a Conflict if another process has changed the position of this import.
func (r *importRun) requireUnchanged(tx model.Reader) error {
	now, err := importRecord(tx, r.Name)
	if err != nil {
		return err
	}
	if now.Line != r.record.Line || !bytes.Equal(now.Digest, r.record.Digest) {
		e := fault.New(fault.Conflict, "another import of the name "+r.Name+" is under way; wait for its end, or give this one another name",
			fault.Field{Name: "name", Code: fault.Taken})
		e.Err = errImportRace
		return e
	}
	return nil
}

// createUsers adds the users of a batch, and one event for each.
func (r *importRun) createUsers(tx model.Writer, v batchResult) error {
	for _, id := range v.replaced {
		if err := r.rules.ReplaceInvitedUser(tx, r.actor, id); err != nil {
			return err
		}
	}
	for _, lost := range v.claims {
		if err := r.rules.TakeClaim(tx, r.actor, lost.user, lost.address); fault.KindOf(err) != fault.NotFound && err != nil {
			return err // a user of several claims may be deleted by now
		}
	}
	if len(v.created) == 0 {
		return nil
	}
	if err := tx.AddUsers(v.created); err != nil {
		return err
	}
	specs := make([]operation.EventSpec, len(v.created))
	for i, made := range v.created {
		id := made.User.ID
		specs[i] = operation.EventSpec{Verb: model.UserCreate, Target: "user", ID: int64(id), User: id, Detail: "import " + r.Name}
	}
	return r.ops.RecordAll(tx, r.actor, specs)
}
