package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"roster.example/roster/internal/config"
)

// OpenToServe is Open for Serve. It listens on the addresses first, so that no folder is created
// if an address is in use. If a server already runs on the folder, it returns ErrLocked.
func OpenToServe(ctx context.Context, cfg config.Config, log *slog.Logger) (*App, error) {
	taken, err := reserveListeners(cfg)
	if err != nil {
		return nil, preferLocked(cfg.Data, err)
	}
	a, err := Open(ctx, cfg, log)
	if err != nil {
		return nil, errors.Join(err, taken.close())
	}
	a.reserved = taken
	return a, nil
}

// reservedListeners are open listeners by address. An address with port 0 may have several.
type reservedListeners map[string][]net.Listener

// reserveListeners listens on every address that Serve will use.
func reserveListeners(cfg config.Config) (reservedListeners, error) {
	taken := reservedListeners{}
	for _, address := range []string{
		cfg.Listen, cfg.Native.Listen, cfg.GitLab.Listen, cfg.Wekan.Listen, cfg.PM415.Listen, cfg.Codebase.Listen, cfg.OperationsListen,
	} {
		if address == "" {
			continue
		}
		l, err := listen("tcp", address)
		if err != nil {
			return nil, errors.Join(err, taken.close())
		}
		taken[address] = append(taken[address], l)
	}
	return taken, nil
}

func (t reservedListeners) close() error {
	var faults []error
	for _, open := range t {
		for _, l := range open {
			faults = append(faults, l.Close())
		}
	}
	return errors.Join(faults...)
}

// listen returns a reserved listener, or creates one.
func (a *App) listen(address string) (net.Listener, error) {
	open := a.reserved[address]
	if len(open) == 0 {
		return listen("tcp", address)
	}
	a.reserved[address] = open[1:]
	return open[0], nil
}

// preferLocked returns ErrLocked if another process owns the folder, which is then why the address
// is in use, and err otherwise. It creates nothing.
func preferLocked(dir string, err error) error {
	if _, absent := os.Stat(filepath.Join(dir, "roster.lock")); absent != nil {
		return err
	}
	lock, locked := lockFolder(dir)
	if errors.Is(locked, ErrLocked) {
		return locked
	}
	if lock != nil {
		err = errors.Join(err, lock.Close())
	}
	return err
}
