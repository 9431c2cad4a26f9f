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
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/postgres"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/store/transfer"
)

// Location is where a whole directory is kept: a data folder, or a PostgreSQL
// database. It prints without the password.
type Location struct{ database config.Database }

// ParseLocation reads a path or an address such as postgres://USER:PASSWORD@HOST/NAME.
// Its errors repeat nothing of an address that may hold a password.
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

// String is the path, or the address without its password.
func (p Location) String() string { return p.database.String() }

// Folder is the data folder; ok is false for a PostgreSQL database.
func (p Location) Folder() (path string, ok bool) {
	return string(p.database), !p.database.PostgreSQL()
}

func (p Location) file() string { return filepath.Join(string(p.database), "roster.db") }

func (p Location) key() string { return filepath.Join(string(p.database), "secret.key") }

// MigrateResult says what Migrate did.
type MigrateResult struct {
	Tables, Events int
	Rows           int64
	// Unproven is how many events have a hash that needs a key which is not in the
	// source's folder; their order was verified.
	Unproven int
	// Key is the key file of the source's folder, if there is one; KeyCopied says
	// that the target has it too.
	Key       string
	KeyCopied bool
}

// Watch is told what begins, on how many rows, and gives what is to be called for
// each lot of them and at the end.
type Watch func(what string, rows int64) (add func(int64), end func())

// Migrate moves a whole directory from one place to another one, which must be
// empty, and verifies it there before it counts. The source stays as it is. Folders
// are owned meanwhile; ErrLocked means that a server runs on one. After an error the
// target is as empty as before.
func Migrate(ctx context.Context, from, to Location, watch Watch) (MigrateResult, error) {
	m := &migration{from: from, to: to}
	defer m.unlock()
	moved, err := m.run(ctx, watch)
	if err != nil && ctx.Err() != nil {
		err = errors.Join(errors.New("the move was stopped; the target is as empty as before"), err)
	}
	return moved, err
}

// migration is a move on its way.
type migration struct {
	from, to       Location
	locks          []*os.File
	previousAnchor []byte // the anchor of the target folder before the move, if there was one
}

func (m *migration) unlock() {
	for _, lock := range m.locks {
		_ = lock.Close() // the process lets go of it in any case
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

// checkFolders looks at the folders before anything is touched.
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

// move copies and verifies, and commits when there is nothing left to object to.
func (m *migration) move(ctx context.Context, from transfer.End, to transfer.Target, watch Watch) (MigrateResult, error) {
	done, err := transfer.Move(ctx, from, to, transfer.Watch(watch))
	if err != nil {
		return MigrateResult{}, err
	}
	moved := MigrateResult{Tables: done.Tables, Rows: done.Rows}
	ring, err := m.keyring()
	if err != nil {
		return MigrateResult{}, err
	}
	d := directory.New(to.Store(), nil, ring, nil, directory.Options{})
	report, err := d.VerifyChain(ctx, directory.Operator())
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

// keyring is nil where the source's folder has no key file.
func (m *migration) keyring() (*secret.Keyring, error) {
	if _, ok := m.from.Folder(); !ok {
		return nil, nil
	}
	if _, err := os.Stat(m.from.key()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	ring, err := secret.OpenKeyring(m.from.key())
	if err != nil {
		return nil, fmt.Errorf("the key of the source: %w", err)
	}
	return ring, nil
}

// chainError tells a chain that is broken from one that could not be read to its end.
func chainError(err error) error {
	if fault.KindOf(err) == fault.Conflict {
		return fmt.Errorf("the chain of events is broken, in the source as well: %w", err)
	}
	return fmt.Errorf("verify the chain of events: %w", err)
}

// copyKey gives the key file of one folder to the other. It comes before the
// database: a server that found that alone would refuse to start, at best.
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
		return fmt.Errorf("give the key to the target: %w", err)
	}
	moved.KeyCopied = true
	return nil
}

// checkAnchors refuses to move a directory that lacks events which the anchor of either
// folder names: the target gets a new anchor, which would hide the loss. A target
// folder has an anchor if a node of a PostgreSQL database used it.
func (m *migration) checkAnchors(ctx context.Context, d *directory.Directory) error {
	for _, end := range []struct {
		place    Location
		demanded bool
		words    string
	}{
		{m.from, true, "the source %s: %w: %w; put back a backup of the whole folder; if what is lost is lost for good, run 'roster anchor accept' on it"},
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

// readTargetAnchor reads the anchor of a target folder, for dropAnchor.
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

// anchor gives a target folder its anchor, before the database: without one a
// server would not start.
func (m *migration) anchor(ctx context.Context, d *directory.Directory) error {
	folder, ok := m.to.Folder()
	if !ok {
		return nil
	}
	anchor, err := d.Anchor(ctx, directory.Operator())
	if fault.KindOf(err) == fault.NotFound {
		return nil // of a version that had none; the first start writes one
	}
	if err != nil {
		return err
	}
	return writeAnchor(folderAnchor(folder), anchor)
}

// dropAnchor puts the anchor of a target folder back to what it was before the move.
func (m *migration) dropAnchor() error {
	folder, ok := m.to.Folder()
	if _, err := os.Lstat(m.to.file()); !ok || !errors.Is(err, fs.ErrNotExist) {
		return nil // the database stayed, and needs it
	}
	if m.previousAnchor != nil {
		return atomicfile.Replace(folderAnchor(folder), m.previousAnchor)
	}
	if err := os.Remove(folderAnchor(folder)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// copyPrivate makes a file that only its owner can read. After an error there is
// none, unless another process has made one meanwhile: that stays.
func copyPrivate(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return atomicfile.Create(to, text)
}

// dropKey takes the key away again, but not from a database that stayed: without
// its key that would be worth little.
func (m *migration) dropKey(moved MigrateResult) error {
	if !moved.KeyCopied {
		return nil
	}
	if _, err := os.Lstat(m.to.file()); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the target %s is not empty again; remove %s and %s before the next attempt", m.to, m.to.file(), m.to.key())
	}
	return os.Remove(m.to.key())
}
