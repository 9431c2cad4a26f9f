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

// KeyFile is where the keys are that encrypt secrets at rest.
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

// parseConfigKey reads the key that stands in the settings themselves.
func parseConfigKey(cfg config.Config) (*secret.Keyring, error) {
	ring, err := secret.ParseKeyring([]byte(cfg.Key.Reveal()))
	if err != nil {
		return nil, fmt.Errorf("read the key that ROSTER_KEY gives: %w", err)
	}
	return ring, nil
}

// CheckKey says whether a key that stands in the settings can be read.
func CheckKey(cfg config.Config) error {
	if cfg.Key == "" {
		return nil
	}
	_, err := parseConfigKey(cfg)
	return err
}

// requireKey fails with ErrKeyLost when the key file is gone, or was never given
// to this node, that secrets in the database were encrypted with.
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

// keyNeeded reports whether a key was used on the database already. Those of
// former versions do not say so by themselves.
func keyNeeded(tx directory.Reader) (bool, error) {
	_, err := tx.KeyCheck()
	if fault.KindOf(err) != fault.NotFound {
		return err == nil, err
	}
	sealed, err := tx.APIKeys(0, 1)
	return len(sealed) > 0, err
}

// restoreKeyHint says what to do about a key that is not here. To give it up drops what
// it opened, so an operator who merely gave it to one node too few must not take
// that for the way to go on.
func restoreKeyHint(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "all nodes share one key: copy the file from another node, name it by key_file, or give its content as ROSTER_KEY; " + lostKeyHint(cfg)
	}
	return "bring it back from its backup, or give its content as ROSTER_KEY, or, " + lostKeyHint(cfg)
}

func lostKeyHint(cfg config.Config) string {
	if cfg.Database.PostgreSQL() {
		return "only if no node and no backup has the key any more, run 'roster key rotate --lost'"
	}
	return "if it is lost for good, run 'roster key rotate --lost'"
}

// tryKey fails when secrets in the database are encrypted with another key. The
// key file may have been replaced since it was read.
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
	a.log.InfoContext(ctx, "the key file was read again, because another key is in use now")
	return nil
}
