package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directoryconfig"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/passkey"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/store/cache"
	"roster.example/roster/internal/store/postgres"
	"roster.example/roster/internal/store/sqlite"
	"roster.example/roster/internal/webhook/dispatch"
)

// App is an open data folder with its directory.
type App struct {
	Directory *directory.Directory

	cfg         config.Config
	log         *slog.Logger
	lock        *os.File
	reserved    reservedListeners // used by Serve
	store       model.Store
	nodes       model.ConnectionChecker // checks that the other nodes are connected; nil for SQLite
	sqlite      sqlite.Store            // the store below the cache; nil for PostgreSQL
	hasher      *secret.Hasher
	hashWorkers bool // passwords are hashed by child processes
	keyring     *secret.Keyring
	renderer    *mail.Renderer
	breached    *secret.Breached
	passkeys    atomic.Pointer[passkey.RelyingParty] // once the server listens; nil if its address has no domain name
	worker      *mail.Worker
	webhooks    *dispatch.Worker
	mounts      []mount
	// admission limits requests by class, for all listeners.
	admission *admission.Controller
	memory    memoryLimit
	base      string        // public URL, once the server listens
	stopping  chan struct{} // closed when the server stops

	anchorStale atomic.Bool // there are newer events than that of the anchor
	lastAnchor  atomic.Pointer[audit.Anchor]
	probe       probe
	damage      atomic.Pointer[error] // result of the check after the start
}

// ErrLocked means that another process owns the data folder.
var ErrLocked = errors.New("another roster process owns this data folder")

// ErrKeyLost means that the key file is missing although the database contains encrypted secrets.
var ErrKeyLost = errors.New("the key file is missing")

// Open locks the data folder and opens its directory. It returns ErrLocked if another process
// owns the folder, and ErrKeyLost if the key file of encrypted secrets is missing; it does not
// create a new one, because the old one may be restored. The caller must close the App.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	a, err := open(ctx, cfg, log, openOptions{checkKey: (*App).requireKey})
	if err != nil {
		return a, err
	}
	if _, err := a.Directory.TryKey(ctx, model.Operator()); err != nil {
		return a, errors.Join(fmt.Errorf("%w; %s", err, lostKeyHint(cfg, "")), a.Close())
	}
	return a, nil
}

// OpenWithNewKey is Open, and creates a new key file if there is none.
func OpenWithNewKey(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	return open(ctx, cfg, log, openOptions{checkKey: func(*App, context.Context) error { return nil }})
}

// openOptions are the requirements of a data folder.
type openOptions struct {
	checkKey       func(*App, context.Context) error // returns an error if a required key file is missing
	allowEventLoss bool                              // ignore lost events, and do not prepare the database
}

func open(ctx context.Context, cfg config.Config, log *slog.Logger, o openOptions) (a *App, err error) {
	a = &App{cfg: cfg, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.lock, err = lockFolder(cfg.Data); err != nil {
		return a, err
	}
	a.removeDrafts(ctx)
	a.warnOfUnusedKey(ctx)
	if err = a.openStore(ctx, o.allowEventLoss); err != nil {
		return a, err
	}
	if err = o.checkKey(a, ctx); err != nil {
		return a, err
	}
	if a.keyring, err = a.openKeyring(ctx); err != nil {
		return a, err
	}
	if err = a.openFiles(); err != nil {
		return a, err
	}
	a.hasher = newHasher(cfg.Password)
	a.Directory = directory.New(a.store, a.hasher, a.keyring, a.renderer, a.options())
	if o.allowEventLoss {
		return a, nil
	}
	return a, a.prepare(ctx)
}

// prepare compares the database with the anchor before it writes anything.
func (a *App) prepare(ctx context.Context) error {
	if err := a.checkAnchor(ctx); err != nil {
		return err
	}
	if err := a.Directory.Prepare(ctx, model.Operator(), a.cfg.Organization); err != nil {
		return err
	}
	if err := a.initAnchor(ctx); err != nil || a.sqlite == nil {
		return err
	}
	return a.sqlite.Checkpoint(ctx, 0)
}

// openStore opens the database, with a cache in front.
func (a *App) openStore(ctx context.Context, allowEventLoss bool) error {
	options := cache.Options{Memory: int64(a.cfg.Cache), Log: a.log}
	if !a.cfg.Database.PostgreSQL() {
		below, err := sqlite.Open(ctx, databasePath(a.cfg), sqlite.Options{
			Existing: len(leftovers(a.cfg)) > 0, DamagedLog: allowEventLoss,
			Scanners: readSlots(a.cfg.Limits), ScanTime: time.Duration(a.cfg.Limits.ReadTime),
		})
		if errors.Is(err, sqlite.ErrLogDamaged) {
			return fmt.Errorf("%w: %w; %s", ErrEventsLost, err, a.eventLossHint())
		}
		if err != nil {
			return withRestoreHint(a.cfg, err)
		}
		a.sqlite, a.store = below, cache.New(below, options)
		return nil
	}
	below, err := postgres.Open(ctx, a.cfg.Database.Reveal(), postgres.Options{
		Feed: a.cfg.DatabaseFeed.Reveal(), Scanners: readSlots(a.cfg.Limits), ScanTime: time.Duration(a.cfg.Limits.ReadTime),
	})
	if err != nil {
		return err
	}
	options.Feed = below
	a.nodes = below
	a.store = cache.New(below, options)
	return nil
}

// leftovers returns the files of a former directory in the data folder.
func leftovers(cfg config.Config) (found []string) {
	candidates := []string{anchorFile(cfg)}
	if cfg.Key == "" && cfg.KeyFile == "" {
		candidates = append(candidates, KeyFile(cfg))
	}
	for _, path := range candidates {
		if _, err := os.Lstat(path); err == nil {
			found = append(found, path)
		}
	}
	return found
}

// withRestoreHint adds what to do about a missing or damaged database.
func withRestoreHint(cfg config.Config, err error) error {
	switch {
	case errors.Is(err, sqlite.ErrAbsent):
		hinted := fmt.Errorf("%w; restore a backup of the whole folder", err)
		if found := leftovers(cfg); len(found) > 0 {
			hinted = fmt.Errorf("%w, but %s exists; restore a backup of the whole folder, or, to create a new directory, move %s elsewhere first",
				err, filepath.Base(found[0]), strings.Join(found, " and "))
		}
		return hinted
	case errors.Is(err, sqlite.ErrDamaged):
		return fmt.Errorf("%w; replace it with a backup of the whole folder, and run 'roster doctor'", err)
	}
	return err
}

// closeTimeout is the timeout of each write of Close: last-used times, and the anchor.
const closeTimeout = time.Second

// Close closes the directory and unlocks the folder.
func (a *App) Close() error {
	faults := []error{a.reserved.close()}
	if a.Directory != nil {
		faults = append(faults, a.flushLastUsed())
		if a.anchorStale.Load() && a.lastAnchor.Load() != nil {
			ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
			defer cancel()
			faults = append(faults, a.updateAnchor(ctx))
		}
	}
	if a.hasher != nil {
		faults = append(faults, a.hasher.Close())
	}
	if a.store != nil {
		faults = append(faults, a.store.Close())
	}
	faults = append(faults, a.breached.Close())
	if a.lock != nil {
		faults = append(faults, a.lock.Close())
	}
	return errors.Join(faults...)
}

// flushLastUsed writes last-used times before the end. A timeout on a busy database loses the newest
// ones, but is not an error.
func (a *App) flushLastUsed() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := a.Directory.FlushLastUsed(ctx, model.Operator())
	if err != nil && ctx.Err() != nil {
		a.log.Warn("the newest last-used times were not stored, because the database is busy", slog.Any("error", err))
		return nil
	}
	return err
}

// IsEmpty reports whether the database of the settings contains no directory. It returns false if
// the database cannot be reached, because opening it then returns the reason.
func IsEmpty(ctx context.Context, cfg config.Config) bool {
	if cfg.Database.PostgreSQL() {
		vacant, err := postgres.IsEmpty(ctx, cfg.Database.Reveal())
		return err == nil && vacant
	}
	_, err := os.Stat(databasePath(cfg))
	return errors.Is(err, fs.ErrNotExist) && len(leftovers(cfg)) == 0
}

func databasePath(cfg config.Config) string {
	if path, ok := cfg.Database.File(); ok {
		return path
	}
	return filepath.Join(cfg.Data, "roster.db")
}

// options returns the settings of the directory, and what connects it with the rest of the program.
func (a *App) options() directory.Options {
	o := directoryconfig.Options(a.cfg)
	o.Now = a.cfg.Now
	o.Log, o.Breached, o.Passkeys = a.log, a.breached, a.passkeys.Load
	o.EventRecorded = func() { a.anchorStale.Store(true) }
	o.WriteFailed = func() { a.probe.failed.Store(true) }
	o.MailQueued = func() {
		if a.worker != nil {
			a.worker.Wake()
		}
	}
	o.WebhookQueued = func() {
		if a.webhooks != nil {
			a.webhooks.Wake()
		}
	}
	return o
}

func (a *App) openMail() error {
	sender, err := a.sender()
	if err != nil {
		return err
	}
	a.worker = mail.NewWorker(mail.Queue{Mails: directory.NewMailQueue(a.Directory)}, sender, a.log,
		mail.Options{Now: directory.NewMailQueue(a.Directory).Now})
	return nil
}

// sender returns the configured mail server, or without one the outbox folder.
func (a *App) sender() (mail.Sender, error) {
	m := a.cfg.Mail
	if m.Username != "" && m.Password == "" {
		return nil, errors.New("mail.username is set and mail.password is not; give it as ROSTER_MAIL_PASSWORD or ROSTER_MAIL_PASSWORD_FILE")
	}
	if m.Host == "" {
		return mail.NewOutbox(mail.OutboxOptions{Dir: filepath.Join(a.cfg.Data, "outbox"), From: m.From, Log: a.log})
	}
	return mail.NewSMTP(mail.SMTPOptions{
		Host: m.Host, Port: m.Port, Username: m.Username, Password: m.Password.Reveal, From: m.From, TLS: mail.TLS(m.TLS),
	})
}
