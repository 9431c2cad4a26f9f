package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/atomicfile"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

// The anchor is a file of the data folder that names an event which was
// acknowledged. A database that does not hold this event has lost events: its
// write-ahead log was not copied or was damaged, or it was restored from an older
// backup. See docs/adr/0019-event-chain.md.
//
// The file is written at most once a second, after the event was committed, by a
// goroutine of its own: it lags behind the database and never leads it.

// ErrEventsLost means that the database does not hold what the anchor names.
var ErrEventsLost = errors.New("the database has lost events")

const anchorHeader = "# Names the newest event that was acknowledged. It belongs to the database beside it.\n"

func anchorFile(cfg config.Config) string { return filepath.Join(cfg.Data, "roster.anchor") }

// readAnchor returns fs.ErrNotExist where there is none.
func readAnchor(path string) (a directory.Anchor, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return a, err
	}
	body, sum, _ := strings.Cut(string(text), "sum ")
	if strings.TrimSpace(sum) != sumOf(body) {
		return a, fmt.Errorf("the anchor %s is damaged", path)
	}
	var hash string
	lines := strings.TrimPrefix(body, anchorHeader)
	if _, err := fmt.Sscanf(lines, "installation %s\nevent %d %s\n", &a.Installation, &a.Head.ID, &hash); err != nil {
		return a, fmt.Errorf("the anchor %s is damaged: %w", path, err)
	}
	a.Head.Hash, err = hex.DecodeString(hash)
	return a, err
}

func writeAnchor(path string, a directory.Anchor) error {
	body := anchorHeader + "installation " + a.Installation + "\n" +
		"event " + strconv.FormatInt(int64(a.Head.ID), 10) + " " + hex.EncodeToString(a.Head.Hash) + "\n"
	if err := atomicfile.Replace(path, []byte(body+"sum "+sumOf(body)+"\n")); err != nil {
		return fmt.Errorf("write the anchor: %w", err)
	}
	return nil
}

func sumOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// checkAnchor refuses a database that does not hold what the anchor names. A node of
// a PostgreSQL database has no anchor before its first start; a data folder of
// SQLite must have one once the database says so.
func (a *App) checkAnchor(ctx context.Context) error {
	err := a.compareAnchor(ctx)
	if err == nil || !isEventLoss(err) {
		return err
	}
	return fmt.Errorf("%w: %w; %s", ErrEventsLost, err, a.eventLossHint())
}

// anchorFileError is about the anchor's file, not about the database.
type anchorFileError struct{ error }

func (f anchorFileError) Unwrap() error { return f.error }

// isEventLoss reports whether an error of compareAnchor is about what it compared, and
// not that the comparison was stopped or the database could not be read.
func isEventLoss(err error) bool {
	_, ok := errors.AsType[anchorFileError](err)
	return ok || fault.KindOf(err) == fault.Conflict
}

func (a *App) compareAnchor(ctx context.Context) error {
	return compareAnchor(ctx, a.Directory, anchorFile(a.cfg), !a.cfg.Database.PostgreSQL())
}

// compareAnchor compares the file at path with a directory. With demanded, the file
// must exist if the database says so.
func compareAnchor(ctx context.Context, d *directory.Directory, path string, demanded bool) error {
	anchor, err := readAnchor(path)
	switch {
	case err == nil:
		return d.CheckAnchor(ctx, directory.Operator(), anchor)
	case !errors.Is(err, fs.ErrNotExist):
		return anchorFileError{err}
	case !demanded:
		return nil
	}
	needed, err := d.Anchored(ctx, directory.Operator())
	if err != nil || !needed {
		return err
	}
	now, err := d.Anchor(ctx, directory.Operator())
	if err != nil {
		return err
	}
	return anchorFileError{fmt.Errorf("the anchor %s is missing, so nothing tells whether events after %d, the newest one, are lost", path, now.Head.ID)}
}

func (a *App) eventLossHint() string {
	if a.cfg.Database.PostgreSQL() {
		return "restore the newest state of the database, or name the right one; " +
			"if what is lost is lost for good, run 'roster anchor accept' with the settings of each node"
	}
	return "put back a backup of the whole folder, with roster.db-wal and roster.anchor if they are in it; " +
		"if what is lost is lost for good, run 'roster anchor accept'"
}

// initAnchor writes the anchor and has the database know of it, in this order: a
// kill between leaves an anchor that is not asked for.
func (a *App) initAnchor(ctx context.Context) error {
	if err := a.updateAnchor(ctx); err != nil || a.cfg.Database.PostgreSQL() {
		return err
	}
	return a.Directory.NoteAnchored(ctx, directory.Operator())
}

// updateAnchor writes the newest event down.
func (a *App) updateAnchor(ctx context.Context) error {
	anchor, err := a.Directory.Anchor(ctx, directory.Operator())
	if err != nil {
		return err
	}
	if was := a.lastAnchor.Load(); was != nil && was.Head.ID == anchor.Head.ID && was.Installation == anchor.Installation {
		return nil
	}
	if err := writeAnchor(anchorFile(a.cfg), anchor); err != nil {
		return err
	}
	a.lastAnchor.Store(&anchor)
	return nil
}

// AcceptEventLoss goes on with a database that has lost events: it records that in an
// event and writes a new anchor. It returns what was missing.
func AcceptEventLoss(ctx context.Context, cfg config.Config, log *slog.Logger) (lost string, err error) {
	a, err := open(ctx, cfg, log, openOptions{checkKey: (*App).requireKey, allowEventLoss: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	cut := a.compareAnchor(ctx)
	if cut == nil {
		return "", errors.New("the database holds what the anchor names; there is nothing to accept")
	}
	if _, err := a.Directory.TryKey(ctx, directory.Operator()); err != nil {
		return "", err
	}
	anchor, err := readAnchor(anchorFile(cfg))
	if err != nil {
		anchor = directory.Anchor{} // missing or damaged, as cut says
	}
	if err := a.Directory.Prepare(ctx, directory.Operator(), cfg.Organization); err != nil {
		return "", err
	}
	if err := a.Directory.AcceptCut(ctx, directory.Operator(), anchor); err != nil {
		return "", err
	}
	return cut.Error(), a.initAnchor(ctx)
}

const (
	// anchorInterval is how often the anchor follows the events.
	anchorInterval = time.Second
	// checkpointIdle is how long nothing must have been written before the write-ahead log
	// is emptied into the database file.
	checkpointIdle = 2 * time.Second
)

// maintainFiles has the anchor follow the events, and empties the write-ahead log of a
// database that is not written to, until ctx ends.
func (a *App) maintainFiles(ctx context.Context) {
	tick := time.NewTicker(anchorInterval)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := a.maintainFilesOnce(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "anchor and database file cannot be kept up to date; it is tried again", "error", err)
		}
		failing = err != nil
	}
}

func (a *App) maintainFilesOnce(ctx context.Context) error {
	var err error
	if a.anchorStale.Swap(false) {
		if err = a.updateAnchor(ctx); err != nil {
			a.anchorStale.Store(true)
		}
	}
	if a.sqlite != nil {
		err = errors.Join(err, a.sqlite.Checkpoint(ctx, checkpointIdle))
	}
	return err
}
