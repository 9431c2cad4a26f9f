package directory

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
	"roster.example/roster/internal/unitext"
)

// Import names an import.
type Import struct {
	// Name is how it is resumed: an import of a name that was begun before goes on
	// behind the last line that was dealt with. Its events carry it.
	Name string
	// DryRun checks everything and writes nothing.
	DryRun bool
}

// ImportLine is what one line of a file says.
type ImportLine struct {
	Number int64 // as editors count lines, from 1; each higher than the one before
	Entry  Entry
	Err    error             // why it cannot be read, an [*fault.Error] with faults; nil if it can
	Digest [sha256.Size]byte // of the line as it stands in the file
	Size   int               // in bytes, as it stands in the file; 0 counts for nothing
	// Excerpt is the beginning of a line that cannot be read, fit to be shown: without
	// secrets. [Refusal] carries it. Of a line that can be read, the entry tells.
	Excerpt string
}

// Refusal says why one line was refused.
type Refusal struct {
	Line    int64
	Excerpt string        // what the line is found by: its beginning, or the user's name or address
	Faults  []fault.Field // at least one
}

// ImportTally is how far an import has come, with the parts of it that were made
// before it was resumed.
type ImportTally struct {
	Line              int64 // the last one that was dealt with
	Accepted, Refused int64
	Resumed           bool // parts were made before
}

// ImportStep tells of one batch.
type ImportStep struct {
	Tally   ImportTally
	Refused []Refusal // of this batch, by line
}

const (
	// importBatch is how many lines share a transaction: enough that its commit
	// counts for little, few enough that others need not wait long for their turn.
	importBatch = 1000
	// importBatchSize is how many bytes of lines end a batch before it has as many
	// lines: three batches are in memory at once, and a line can be long.
	importBatchSize = 1 << 20
	// maxImports is how many imports may be under way at once: more would not be
	// quicker, for they take turns at writing, but would need memory.
	maxImports = 2
	// importRetry is when to come again who found too many imports under way.
	importRetry = 30 * time.Second
	// importNameLimit is how many characters the name of an import may have.
	importNameLimit = 100
	// importMemory is how long an import is remembered that comes no further.
	importMemory = 90 * 24 * time.Hour
)

// Import makes people of lines, in their order. Only administrators may, by the
// same rules as CreateUser; nobody is sent a letter. A line that is refused does
// not keep the others from being made. An error that lines gives ends the import;
// what was told before stays.
//
// Each batch is one transaction, with one event for each person and the position
// that it comes to. So an import that was cut off goes on behind its last batch
// when it is called again with the same name and the same lines; other lines than
// before are a Conflict, and so is another import of that name at the same time. A
// finished import is remembered for 90 days: called again it makes nobody twice.
//
// At most two are under way at once, dry runs among them; one more is Limited. The
// credential of who is looked at again for each batch: one that was revoked
// meanwhile ends the import as Unauthenticated.
//
// tell hears of each batch after it was committed, mostly in another goroutine than
// the one that draws lines, but never twice at once nor after Import has returned;
// of an import that is resumed it first hears what was made before. An error of it
// ends the import. A panic of it, or of the store, is a panic of Import.
//
// A dry run finds the verdicts that the import would find now. It keeps sixteen
// bytes or so in memory for each name, address, key and identity of the file.
func (d *Directory) Import(ctx context.Context, actor Actor, i Import, lines iter.Seq2[ImportLine, error], tell func(ImportStep) error) (ImportTally, error) {
	run, err := d.beginImport(ctx, actor, i)
	if err != nil {
		return ImportTally{}, err
	}
	end, err := d.takeTurn()
	if err != nil {
		return ImportTally{}, err
	}
	defer end()
	run.tell = tell
	if err = run.all(ctx, lines); err == nil && !i.DryRun {
		d.mergeAfterImport(ctx, run.tally.Accepted)
	}
	return run.tally, err
}

// takeTurn counts an import in, until end is called.
func (d *Directory) takeTurn() (end func(), err error) {
	select {
	case d.imports <- struct{}{}:
		return func() { <-d.imports }, nil
	default:
		return nil, &fault.Error{Kind: fault.Limited, RetryAfter: importRetry,
			Msg: "too many imports are under way; wait for the end of one, then give this one again"}
	}
}

// importRun is one call of Import. It draws and checks lines in one goroutine
// while another writes the batch before.
type importRun struct {
	*Directory
	Import
	who    Actor
	tell   func(ImportStep) error
	begun  ImportRecord // what was there at the start
	record ImportRecord // what is there now
	tally  ImportTally
	names  *names // of a dry run: what was taken by lines before
}

func (d *Directory) beginImport(ctx context.Context, actor Actor, i Import) (*importRun, error) {
	run := &importRun{Directory: d, Import: i, who: actor}
	err := d.read(ctx, actor, UsersManage, 0, func(tx Reader, _ User) (err error) {
		var f fault.List
		unitext.CheckRequired(&f, "name", i.Name, importNameLimit)
		if err := f.Err(); err != nil {
			return err
		}
		if !i.DryRun { // users come with password hashes and keys
			if err := d.requireRecentAuthentication(tx, actor); err != nil {
				return err
			}
		}
		run.begun, err = importRecord(tx, i.Name)
		return err
	})
	run.record = run.begun
	run.tally = ImportTally{Line: run.begun.Line, Accepted: run.begun.Accepted, Refused: run.begun.Refused, Resumed: run.begun.Line > 0}
	if i.DryRun {
		run.names = newNames()
	}
	return run, err
}

// importRecord is a fresh one for an import that was never begun.
func importRecord(tx Reader, name string) (ImportRecord, error) {
	r, err := tx.ImportRecord(name)
	if fault.KindOf(err) == fault.NotFound {
		return ImportRecord{Name: name, Digest: make([]byte, sha256.Size)}, nil
	}
	return r, err
}

// all draws lines here and writes them elsewhere.
func (r *importRun) all(ctx context.Context, lines iter.Seq2[ImportLine, error]) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	batches := make(chan []candidate, 1)
	var panicked any
	err := func() error {
		written := make(chan struct{})
		// Also where drawing panics: nothing may be told after Import has ended.
		defer func() { close(batches); <-written }()
		go func() {
			defer close(written)
			if panicked = r.settleAll(ctx, batches, stop); panicked != nil {
				stop(errImportPanic)
			}
		}()
		return r.draw(ctx, lines, batches)
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

// settleAll writes batches until one cannot be written. It gives what it panicked
// with, for the caller of Import to panic with: nobody recovers in this goroutine.
func (r *importRun) settleAll(ctx context.Context, batches <-chan []candidate, stop context.CancelCauseFunc) (panicked any) {
	defer func() {
		if panicked = recover(); panicked != nil {
			r.options.Log.ErrorContext(ctx, "writing a batch of an import panicked", "panic", panicked, "stack", string(debug.Stack()))
		}
	}()
	for batch := range batches {
		// What has arrived is written, also for somebody who has gone.
		if err := r.settle(context.WithoutCancel(ctx), batch); err != nil {
			stop(err)
			break
		}
	}
	return nil
}

// draw gathers batches behind the lines that were dealt with before.
func (r *importRun) draw(ctx context.Context, lines iter.Seq2[ImportLine, error], batches chan<- []candidate) error {
	digest := make([]byte, sha256.Size)
	var last int64
	var batch []candidate
	var size int
	for line, err := range lines {
		if err != nil {
			return err
		}
		if line.Number > r.begun.Line && last <= r.begun.Line {
			if err := r.goOn(last, digest); err != nil {
				return err
			}
		}
		last, digest = line.Number, chained(digest, line.Digest)
		if line.Number <= r.begun.Line {
			continue
		}
		c := r.checkLine(r.who, line)
		if len(c.faults) > 0 {
			c = candidate{line: c.line, excerpt: c.excerpt, faults: c.faults} // the rest would only be kept
		}
		c.digest = digest
		batch, size = append(batch, c), size+line.Size
		if len(batch) < importBatch && size < importBatchSize {
			continue
		}
		if err := hand(ctx, batches, batch); err != nil {
			return err
		}
		batch, size = nil, 0
	}
	if last <= r.begun.Line {
		return r.goOn(last, digest)
	}
	return hand(ctx, batches, batch)
}

func chained(digest []byte, line [sha256.Size]byte) []byte {
	sum := sha256.Sum256(append(slices.Clone(digest), line[:]...))
	return sum[:]
}

// goOn wants that the lines that were passed over are those of before, and tells
// what was made of them.
func (r *importRun) goOn(last int64, digest []byte) error {
	if last != r.begun.Line || !bytes.Equal(digest, r.begun.Digest) {
		return fault.New(fault.Conflict, "this is not the file that the import "+r.Name+" was begun with; give it another name",
			fault.Field{Name: "name", Code: fault.Mismatch})
	}
	if !r.tally.Resumed {
		return nil
	}
	return r.tell(ImportStep{Tally: r.tally})
}

func hand(ctx context.Context, batches chan<- []candidate, batch []candidate) error {
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

// settle writes a batch. Where the store finds that another was quicker, which
// nobody saw before, the lines are written one by one, so that only the one at
// fault is refused.
func (r *importRun) settle(ctx context.Context, batch []candidate) error {
	refused, err := r.write(ctx, batch)
	if clash := (fault.KindOf(err) == fault.Conflict); !clash || errors.Is(err, errImportRace) {
		if err != nil {
			return err
		}
		return r.tell(ImportStep{Tally: r.tally, Refused: refused})
	}
	if len(batch) == 1 {
		batch[0].faults = faultsIn("line", err)
		return r.settle(ctx, batch)
	}
	for i := range batch {
		if err := r.settle(ctx, batch[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// write judges a batch and makes those people of it who are not refused.
func (r *importRun) write(ctx context.Context, batch []candidate) ([]Refusal, error) {
	var verdict verdict
	var record ImportRecord
	last := batch[len(batch)-1]
	decide := func(tx Reader, taken *names) (err error) {
		if err := r.revalidateCredential(tx, r.who); err != nil {
			return err
		}
		verdict, err = r.judge(tx, batch, taken)
		record = r.record
		record.Line, record.Digest, record.At = last.line, last.digest, r.now()
		record.Accepted += int64(len(verdict.made))
		record.Refused += int64(len(verdict.refused))
		return err
	}
	var err error
	if r.DryRun {
		err = r.read(ctx, r.who, UsersManage, 0, func(tx Reader, _ User) error { return decide(tx, r.names) })
	} else {
		err = r.update(ctx, r.who, UsersManage, 0, func(tx Writer, _ User) error {
			if err := r.alone(tx); err != nil {
				return err
			}
			if err := decide(tx, newNames()); err != nil {
				return err
			}
			if err := r.make(tx, verdict); err != nil {
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
	return verdict.refused, nil
}

var errImportRace = errors.New("the position of the import was moved by another")

// alone wants that nobody else has moved the position of this import.
func (r *importRun) alone(tx Reader) error {
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

// make adds the people of a verdict, and one event for each.
func (r *importRun) make(tx Writer, v verdict) error {
	for _, id := range v.replaced {
		if err := r.deleteInvitedUser(tx, r.who, id, replacedByAdministrator); err != nil {
			return err
		}
	}
	for _, lost := range v.claims {
		if _, err := r.takeClaim(tx, r.who, lost.user, lost.address); fault.KindOf(err) != fault.NotFound && err != nil {
			return err // a user of several claims may be deleted by now
		}
	}
	if len(v.made) == 0 {
		return nil
	}
	if err := tx.AddPeople(v.made); err != nil {
		return err
	}
	deeds := make([]eventSpec, len(v.made))
	for i, made := range v.made {
		id := made.User.ID
		deeds[i] = eventSpec{verb: UserCreate, target: "user", id: int64(id), user: id, detail: "import " + r.Name}
	}
	return r.recordAll(tx, r.who, deeds)
}
