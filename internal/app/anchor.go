package app

import (
	"cmp"
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
	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqlite"
)

// The anchor is a file in the data folder that names an acknowledged event. A database
// without this event has lost events: it was restored from an older backup, or its
// write-ahead log was not copied or was damaged. See docs/adr/0019-event-chain.md.
//
// A goroutine writes the file at most once a second, after the event was committed. So the
// anchor is never newer than the database.

// ErrEventsLost means that the database does not contain the event of the anchor.
var ErrEventsLost = errors.New("the database has lost events")

const anchorHeader = "# Names the newest event that was acknowledged. It belongs to the database beside it.\n"

func anchorFile(cfg config.Config) string { return filepath.Join(cfg.Data, "roster.anchor") }

// readAnchor returns fs.ErrNotExist if there is no anchor.
func readAnchor(path string) (a audit.Anchor, err error) {
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

func writeAnchor(path string, a audit.Anchor) error {
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

// checkAnchor returns an error if the database does not contain the event of the anchor. A node
// of a PostgreSQL database has no anchor before its first start. A folder with SQLite must have
// one if the database requires it.
func (a *App) checkAnchor(ctx context.Context) error {
	err := a.compareAnchor(ctx)
	if err == nil || !isEventLoss(err) {
		return err
	}
	return fmt.Errorf("%w: %w; %s", ErrEventsLost, err, a.eventLossHint())
}

// anchorFileError is an error of the anchor file, not of the database.
type anchorFileError struct{ error }

func (f anchorFileError) Unwrap() error { return f.error }

// isEventLoss reports whether an error of compareAnchor means that events are lost, and not that
// the comparison failed.
func isEventLoss(err error) bool {
	_, ok := errors.AsType[anchorFileError](err)
	return ok || fault.KindOf(err) == fault.Conflict
}

func (a *App) compareAnchor(ctx context.Context) error {
	return compareAnchor(ctx, a.Directory, anchorFile(a.cfg), !a.cfg.Database.PostgreSQL())
}

// compareAnchor compares the file at path with a directory. With required, the file must exist
// if the database requires it.
func compareAnchor(ctx context.Context, d *directory.Directory, path string, required bool) error {
	anchor, err := readAnchor(path)
	switch {
	case err == nil:
		return d.CheckAnchor(ctx, model.Operator(), anchor)
	case !errors.Is(err, fs.ErrNotExist):
		return anchorFileError{err}
	case !required:
		return nil
	}
	needed, err := d.Anchored(ctx, model.Operator())
	if err != nil || !needed {
		return err
	}
	now, err := d.Anchor(ctx, model.Operator())
	if err != nil {
		return err
	}
	return anchorFileError{fmt.Errorf("the anchor %s is missing, so events after %d, the newest one, may be lost", path, now.Head.ID)}
}

func (a *App) eventLossHint() string {
	if a.cfg.Database.PostgreSQL() {
		return "restore the newest state of the database, or select the right database; " +
			"if the events are lost permanently, run 'roster anchor accept' with the settings of each node"
	}
	return "restore a backup of the whole folder, with roster.db-wal and roster.anchor if it contains them; " +
		"if the events are lost permanently, run 'roster anchor accept'"
}

// initAnchor writes the anchor and then stores in the database that it is required. In this order,
// a kill between both is harmless.
func (a *App) initAnchor(ctx context.Context) error {
	if err := a.updateAnchor(ctx); err != nil || a.cfg.Database.PostgreSQL() {
		return err
	}
	return a.Directory.NoteAnchored(ctx, model.Operator())
}

// updateAnchor writes the newest event to the anchor.
func (a *App) updateAnchor(ctx context.Context) error {
	anchor, err := a.Directory.Anchor(ctx, model.Operator())
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

// AcceptEventLoss accepts that a database has lost events: it records an event and writes a new
// anchor. It returns a description of the loss.
func AcceptEventLoss(ctx context.Context, cfg config.Config, log *slog.Logger) (lost string, err error) {
	damage := checkLog(cfg)
	a, err := open(ctx, cfg, log, openOptions{checkKey: (*App).requireKey, allowEventLoss: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	cut := cmp.Or(a.compareAnchor(ctx), damage)
	if cut == nil {
		return "", errors.New("the database contains the event of the anchor; there is nothing to accept")
	}
	if _, err := a.Directory.TryKey(ctx, model.Operator()); err != nil {
		return "", err
	}
	anchor, err := readAnchor(anchorFile(cfg))
	if err != nil {
		anchor = audit.Anchor{} // missing or damaged; cut contains the reason
	}
	if err := a.Directory.Prepare(ctx, model.Operator(), cfg.Organization); err != nil {
		return "", err
	}
	if err := a.Directory.AcceptCut(ctx, model.Operator(), anchor); err != nil {
		return "", err
	}
	return cut.Error(), a.initAnchor(ctx)
}

// checkLog returns an error if the write-ahead log of SQLite is damaged. It must be called
// before the database is opened, which repairs the log.
func checkLog(cfg config.Config) error {
	if cfg.Database.PostgreSQL() {
		return nil
	}
	return sqlite.CheckLog(databasePath(cfg))
}

const (
	// anchorInterval is the interval between two updates of the anchor.
	anchorInterval = time.Second
	// checkpointIdle is the time without writes after which the write-ahead log is copied into
	// the database file.
	checkpointIdle = 2 * time.Second
)

// maintainFiles updates the anchor, and checkpoints an idle database, until ctx ends.
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
			a.log.ErrorContext(ctx, "update of the anchor or checkpoint of the database failed; it will be retried", "error", err)
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
