package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAddressInUseCreatesNoFolder(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range []string{"listen", "gitlab.listen", "wekan.listen", "pm415.listen", "codebase.listen", "operations_listen"} {
		dir := filepath.Join(t.TempDir(), "data")
		cfg := settings(t, map[string]string{"data": dir, name: other.Addr().String()})
		_, err := OpenToServe(t.Context(), cfg, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "is in use by another program") {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s: the folder exists (%v)", name, err)
		}
	}
}

func TestServingAFolderTwiceIsAnError(t *testing.T) {
	t.Parallel()
	cfg, log := settings(t, nil), slog.New(slog.DiscardHandler)
	first, err := OpenToServe(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	same := cfg
	same.Listen = first.reserved[cfg.Listen][0].Addr().String()
	if _, err := OpenToServe(t.Context(), same, log); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	// Listeners that were opened but not used are closed.
	second, err := OpenToServe(t.Context(), same, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	err = second.Serve(ctx, nil, noCommands, func(s ServerInfo) {
		if s.URL != "http://"+same.Listen {
			t.Errorf("the server listens on %s, not on %s", s.URL, same.Listen)
		}
		stop()
	})
	if err := errors.Join(err, second.Close()); err != nil {
		t.Error(err)
	}
}
