package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/secret"
)

// KeyFile returns the path of the file with the encryption keys.
func KeyFile(cfg config.Config) string {
	if cfg.KeyFile != "" {
		return cfg.KeyFile
	}
	return filepath.Join(cfg.Data, "secret.key")
}

func openKeyring(cfg config.Config) (*secret.Keyring, error) {
	if cfg.Key != "" {
		return parseConfigKey(cfg)
	}
	ring, err := secret.OpenKeyring(KeyFile(cfg))
	if err != nil {
		return nil, fmt.Errorf("open the key file: %w", err)
	}
	return ring, nil
}

// parseConfigKey parses the key in the settings.
func parseConfigKey(cfg config.Config) (*secret.Keyring, error) {
	ring, err := secret.ParseKeyring([]byte(cfg.Key.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("read the key in ROSTER_KEY: %w", err)
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
	return a.store.Read(ctx, func(tx directory.Reader) error {
		needed, err := keyNeeded(tx)
		if needed {
			err = fmt.Errorf("%w: %s, without which API keys cannot be read; %s", ErrKeyLost, path, restoreKeyHint(a.cfg))
		}
		return err
	})
}

// keyNeeded reports whether the database was used with a key. Databases of earlier versions do
// not record this, but have API keys.
func keyNeeded(tx directory.Reader) (bool, error) {
	_, err := tx.KeyCheck()
	if fault.KindOf(err) != fault.NotFound {
		return err == nil, err
	}
	sealed, err := tx.APIKeys(0, 1)
	return len(sealed) > 0, err
}

// restoreKeyHint explains what to do about a missing key. It recommends --lost last, because that
// deletes secrets, and the key may exist on another node.
func restoreKeyHint(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "all nodes share one key: copy the file from another node, set key_file, or set ROSTER_KEY to its content; " + lostKeyHint(cfg)
	}
	return "restore it from a backup, or set ROSTER_KEY to its content, or, " + lostKeyHint(cfg)
}

func lostKeyHint(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "only if no node and no backup has the key, run 'roster key rotate --lost'"
	}
	return "if it is lost permanently, run 'roster key rotate --lost'"
}

// tryKey returns an error if secrets in the database are encrypted with another key. It reads the
// key file again, which may have been replaced.
func (a *App) tryKey(ctx context.Context) error {
	_, err := a.Directory.TryKey(ctx, directory.Operator())
	if err == nil || a.cfg.Key != "" {
		return err
	}
	if unread := a.keyring.Reread(KeyFile(a.cfg)); unread != nil {
		return errors.Join(err, unread)
	}
	if _, err := a.Directory.TryKey(ctx, directory.Operator()); err != nil {
		return err
	}
	a.log.InfoContext(ctx, "the key file was read again, because the database uses another key")
	return nil
}
