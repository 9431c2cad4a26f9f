package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"roster.example/roster/internal/atomicfile"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/postgres"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/transfer"
)

// Location is a data folder or a PostgreSQL database. Its string form has no password.
type Location struct{ database config.Database }

// ParseLocation parses a path or an address such as postgres://USER:PASSWORD@HOST/NAME. Its errors
// do not contain the text, which may contain a password.
func ParseLocation(text string) (Location, error) {
	p := Location{config.Database(text)}
	switch {
	case text == "":
		return p, errors.New("it is empty; name a data folder, or write postgres://USER:PASSWORD@HOST/NAME")
	case p.database.PostgreSQL():
		return p, nil
	case strings.Contains(text, "://"), strings.HasPrefix(text, "postgres:"), strings.HasPrefix(text, "postgresql:"), strings.Contains(text, "password="):
		return p, errors.New("it is neither a data folder nor an address that can be read; write postgres://USER:PASSWORD@HOST/NAME")
	case strings.HasPrefix(text, "sqlite:"):
		return p, errors.New("a database file by itself cannot be moved; name its folder, in which it is called roster.db")
	}
	return p, nil
}

// String returns the path, or the address without its password.
func (p Location) String() string { return p.database.String() }

// Folder returns the data folder; ok is false for a PostgreSQL database.
func (p Location) Folder() (path string, ok bool) {
	return string(p.database), !p.database.PostgreSQL()
}

func (p Location) file() string { return filepath.Join(string(p.database), "roster.db") }

func (p Location) key() string { return filepath.Join(string(p.database), "secret.key") }

// MigrateResult is the result of Migrate.
type MigrateResult struct {
	Tables, Events int
	Rows           int64
	// Unproven is the number of events with a hash that needs a key which is not in the source
	// folder. Only their order was verified.
	Unproven int
	// Key is the key file of the source folder, or empty. KeyCopied reports whether it was copied
	// to the target.
	Key       string
	KeyCopied bool
}

// Watch is called at the start of a step with its number of rows. It returns functions that are
// called for each batch of rows and at the end of the step.
type Watch func(what string, rows int64) (add func(int64), end func())

// Migrate copies a whole directory to an empty location, and verifies the copy before it commits.
// It never changes the source. It locks both folders, and returns ErrLocked if a server runs on
// one. After an error the target is empty again.
func Migrate(ctx context.Context, from, to Location, watch Watch) (MigrateResult, error) {
	m := &migration{from: from, to: to}
	defer m.unlock()
	moved, err := m.run(ctx, watch)
	if err != nil && ctx.Err() != nil {
		err = errors.Join(errors.New("the migration was interrupted; the target is empty again"), err)
	}
	return moved, err
}

// migration is a running migration.
type migration struct {
	from, to       Location
	locks          []*os.File
	previousAnchor []byte // the anchor of the target folder before the move, if there was one
}

func (m *migration) unlock() {
	for _, lock := range m.locks {
		_ = lock.Close() // the lock ends with the process in any case
	}
}

func (m *migration) lock(p Location) error {
	folder, ok := p.Folder()
	if !ok {
		return nil
	}
	lock, err := lockFolder(folder)
	if err == nil {
		m.locks = append(m.locks, lock)
	}
	return err
}

func (m *migration) run(ctx context.Context, watch Watch) (moved MigrateResult, err error) {
	if err := m.checkFolders(); err != nil {
		return MigrateResult{}, err
	}
	source, err := m.source(ctx)
	if err != nil {
		return MigrateResult{}, fmt.Errorf("the source %s: %w", m.from, err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := m.target(ctx)
	if err != nil {
		return MigrateResult{}, fmt.Errorf("the target %s: %w", m.to, err)
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	return m.move(ctx, source, target, watch)
}

// checkFolders checks the folders before anything is changed.
func (m *migration) checkFolders() error {
	if _, ok := m.from.Folder(); ok {
		if _, err := os.Stat(m.from.file()); err != nil {
			return fmt.Errorf("there is no directory in the source %s; name another folder: %w", m.from, err)
		}
	}
	if _, ok := m.to.Folder(); !ok {
		return nil
	}
	for _, path := range []string{m.to.file(), m.to.key()} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the target %s is not empty: there is %s; name another folder", m.to, path)
		}
	}
	return nil
}

func (m *migration) source(ctx context.Context) (transfer.End, error) {
	if err := m.lock(m.from); err != nil {
		return nil, err
	}
	if m.from.database.PostgreSQL() {
		return postgres.OpenSource(ctx, m.from.database.Reveal())
	}
	return sqlite.OpenSource(ctx, m.from.file())
}

func (m *migration) target(ctx context.Context) (transfer.Target, error) {
	if err := m.lock(m.to); err != nil {
		return nil, err
	}
	if m.to.database.PostgreSQL() {
		return postgres.OpenTarget(ctx, m.to.database.Reveal())
	}
	return sqlite.OpenTarget(ctx, m.to.file())
}

// move copies and verifies the directory, and commits the target.
func (m *migration) move(ctx context.Context, from transfer.End, to transfer.Target, watch Watch) (MigrateResult, error) {
	done, err := transfer.Move(ctx, from, to, transfer.Progress(watch))
	if err != nil {
		return MigrateResult{}, err
	}
	moved := MigrateResult{Tables: done.Tables, Rows: done.Rows}
	ring, err := m.keyring()
	if err != nil {
		return MigrateResult{}, err
	}
	d := directory.New(to.Store(), nil, ring, nil, directory.Options{})
	report, err := d.VerifyChain(ctx, model.Operator())
	if err != nil {
		return MigrateResult{}, chainError(err)
	}
	moved.Events, moved.Unproven = report.Events, report.Unproven
	if err := m.checkAnchors(ctx, d); err != nil {
		return MigrateResult{}, err
	}
	if err := m.copyKey(&moved); err != nil {
		return MigrateResult{}, err
	}
	if err := m.anchor(ctx, d); err != nil {
		return MigrateResult{}, errors.Join(err, m.dropKey(moved), m.dropAnchor())
	}
	if err := to.Commit(ctx); err != nil {
		return MigrateResult{}, errors.Join(fmt.Errorf("end the move: %w", err), m.dropKey(moved), m.dropAnchor())
	}
	return moved, nil
}

// keyring returns nil if the source folder has no key file.
func (m *migration) keyring() (*secret.Keyring, error) {
	if _, ok := m.from.Folder(); !ok {
		return nil, nil
	}
	if _, err := os.Stat(m.from.key()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	ring, err := secret.OpenKeyring(m.from.key())
	if errors.Is(err, secret.ErrDamagedKeyFile) {
		return nil, fmt.Errorf("the source: %w; restore it from a backup", err)
	}
	if err != nil {
		return nil, fmt.Errorf("the key of the source: %w", err)
	}
	return ring, nil
}

// chainError distinguishes a broken chain from one that could not be read.
func chainError(err error) error {
	if fault.KindOf(err) == fault.Conflict {
		return fmt.Errorf("the event chain is broken, also in the source: %w", err)
	}
	return fmt.Errorf("verify the chain of events: %w", err)
}

// copyKey copies the key file between folders. It precedes the commit of the database, without
// which a server does not start.
func (m *migration) copyKey(moved *MigrateResult) error {
	if _, ok := m.from.Folder(); !ok {
		return nil
	}
	if _, err := os.Stat(m.from.key()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	moved.Key = m.from.key()
	if _, ok := m.to.Folder(); !ok {
		return nil
	}
	if err := copyPrivate(m.from.key(), m.to.key()); err != nil {
		return fmt.Errorf("copy the key to the target: %w", err)
	}
	moved.KeyCopied = true
	return nil
}

// checkAnchors returns an error if the directory lacks the event of the anchor of a folder: the
// target gets a new anchor, which would hide the loss. A target folder has an anchor if a node of a
// PostgreSQL database used it.
func (m *migration) checkAnchors(ctx context.Context, d *directory.Directory) error {
	for _, end := range []struct {
		place    Location
		demanded bool
		words    string
	}{
		{m.from, true, "the source %s: %w: %w; restore a backup of the whole folder; if the events are lost permanently, run 'roster anchor accept' on it"},
		{m.to, false, "the target %s has an anchor of its own: %w: %w; name another folder"},
	} {
		folder, ok := end.place.Folder()
		if !ok {
			continue
		}
		err := compareAnchor(ctx, d, folderAnchor(folder), end.demanded)
		switch {
		case err != nil && isEventLoss(err):
			return fmt.Errorf(end.words, end.place, ErrEventsLost, err)
		case err != nil:
			return fmt.Errorf("compare the anchor of %s: %w", end.place, err)
		}
	}
	return m.readTargetAnchor()
}

// readTargetAnchor stores the anchor of a target folder for dropAnchor.
func (m *migration) readTargetAnchor() (err error) {
	folder, ok := m.to.Folder()
	if !ok {
		return nil
	}
	m.previousAnchor, err = os.ReadFile(folderAnchor(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func folderAnchor(folder string) string { return anchorFile(config.Config{Data: folder}) }

// anchor writes the anchor of a target folder. It precedes the commit of the database, which does
// not start without one.
func (m *migration) anchor(ctx context.Context, d *directory.Directory) error {
	folder, ok := m.to.Folder()
	if !ok {
		return nil
	}
	anchor, err := d.Anchor(ctx, model.Operator())
	if fault.KindOf(err) == fault.NotFound {
		return nil // a version without anchors; the first start writes one
	}
	if err != nil {
		return err
	}
	return writeAnchor(folderAnchor(folder), anchor)
}

// dropAnchor restores the previous anchor of a target folder.
func (m *migration) dropAnchor() error {
	folder, ok := m.to.Folder()
	if _, err := os.Lstat(m.to.file()); !ok || !errors.Is(err, fs.ErrNotExist) {
		return nil // the database was not removed, and needs the anchor
	}
	if m.previousAnchor != nil {
		return atomicfile.Replace(folderAnchor(folder), m.previousAnchor)
	}
	if err := os.Remove(folderAnchor(folder)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// copyPrivate copies a file with mode 0600. After an error there is no copy, unless another process
// has created the file.
func copyPrivate(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return atomicfile.Create(to, text)
}

// dropKey removes the copied key, unless the database was not removed: it needs its key.
func (m *migration) dropKey(moved MigrateResult) error {
	if !moved.KeyCopied {
		return nil
	}
	if _, err := os.Lstat(m.to.file()); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the target %s is not empty; remove %s and %s before the next attempt", m.to, m.to.file(), m.to.key())
	}
	return os.Remove(m.to.key())
}
