package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// KeyFile returns the path of the file with the encryption keys.
func KeyFile(cfg config.Config) string {
	if cfg.KeyFile != "" {
		return cfg.KeyFile
	}
	return filepath.Join(cfg.Data, "secret.key")
}

func (a *App) openKeyring(ctx context.Context) (*secret.Keyring, error) {
	if a.cfg.Key != "" {
		return parseConfigKey(a.cfg)
	}
	ring, err := secret.OpenKeyring(KeyFile(a.cfg))
	if err != nil {
		return nil, a.withKeyFileHint(ctx, err)
	}
	return ring, nil
}

// warnOfUnusedKey warns if the file of key_file exists, in whatever folder, but there is no database
// yet: more often than a key created before the first start, this is a data folder whose volume is not
// mounted. It is no error, because a key may be created before the first start. A key file at the
// default path is an error of openStore. With PostgreSQL, the users are not in the data folder.
func (a *App) warnOfUnusedKey(ctx context.Context) {
	if a.cfg.Key != "" || a.cfg.KeyFile == "" || a.cfg.Database.PostgreSQL() || len(leftovers(a.cfg)) > 0 {
		return
	}
	path := databasePath(a.cfg)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if _, err := os.Stat(a.cfg.KeyFile); err == nil {
		a.log.WarnContext(ctx, "the key file exists already, but there is no database, so a new directory is created; is the volume of the data folder mounted?",
			"key_file", a.cfg.KeyFile, "database", path)
	}
}

// withKeyFileHint adds what to do about a damaged key file.
func (a *App) withKeyFileHint(ctx context.Context, err error) error {
	if !errors.Is(err, secret.ErrDamagedKeyFile) {
		return err
	}
	hint := restoreKeyHint(a.cfg, "move this file elsewhere and ")
	read := a.store.Read(ctx, func(tx model.Reader) error {
		needed, err := keyNeeded(tx)
		if err == nil && !needed {
			hint = "the database contains nothing that is encrypted: delete this file, and the next start creates another"
		}
		return err
	})
	return errors.Join(fmt.Errorf("%w; %s", err, hint), read)
}

// parseConfigKey parses the key in the settings.
func parseConfigKey(cfg config.Config) (*secret.Keyring, error) {
	ring, err := secret.ParseKeyring([]byte(cfg.Key.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("read the key in ROSTER_KEY: %w; set it to the content of the key file, from a backup or another node", err)
	}
	return ring, nil
}

// CheckKey checks the key in the settings, if there is one.
func CheckKey(cfg config.Config) error {
	if cfg.Key == "" {
		return nil
	}
	_, err := parseConfigKey(cfg)
	return err
}

// requireKey returns ErrKeyLost if there is no key file on this node, although the database
// contains encrypted secrets.
func (a *App) requireKey(ctx context.Context) error {
	path := KeyFile(a.cfg)
	if _, err := os.Stat(path); a.cfg.Key != "" || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return a.store.Read(ctx, func(tx model.Reader) error {
		needed, err := keyNeeded(tx)
		if needed {
			err = fmt.Errorf("%w: %s, without which API keys cannot be read; %s", ErrKeyLost, path, restoreKeyHint(a.cfg, ""))
		}
		return err
	})
}

// keyNeeded reports whether the database was used with a key. Databases of earlier versions do
// not record this, but have API keys.
func keyNeeded(tx model.Reader) (bool, error) {
	_, err := tx.KeyCheck()
	if fault.KindOf(err) != fault.NotFound {
		return err == nil, err
	}
	sealed, err := tx.APIKeys(0, 1)
	return len(sealed) > 0, err
}

// restoreKeyHint explains what to do about a missing or damaged key file. It recommends --lost last,
// because that deletes secrets, and the key may exist on another node; first is what precedes it.
func restoreKeyHint(cfg config.Config, first string) string {
	if cfg.Database.PostgreSQL() {
		return "all nodes share one key: copy the file from another node, set key_file, or set ROSTER_KEY to its content; " + lostKeyHint(cfg, first)
	}
	return "restore it from a backup, or set ROSTER_KEY to its content, or, " + lostKeyHint(cfg, first)
}

func lostKeyHint(cfg config.Config, first string) string {
	if cfg.Database.PostgreSQL() {
		return "only if no node and no backup has the key, " + first + "run 'roster key rotate --lost'"
	}
	return "if it is lost permanently, " + first + "run 'roster key rotate --lost'"
}

// tryKey returns an error if secrets in the database are encrypted with another key. It reads the
// key file again, which may have been replaced.
func (a *App) tryKey(ctx context.Context) error {
	_, err := a.Directory.TryKey(ctx, model.Operator())
	if err == nil || a.cfg.Key != "" {
		return err
	}
	if unread := a.keyring.Reread(KeyFile(a.cfg)); unread != nil {
		return errors.Join(err, a.withKeyFileHint(ctx, unread))
	}
	if _, err := a.Directory.TryKey(ctx, model.Operator()); err != nil {
		return err
	}
	a.log.InfoContext(ctx, "the key file was read again, because the database uses another key")
	return nil
}
