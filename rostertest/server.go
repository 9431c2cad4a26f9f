package rostertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"

	"roster.example/roster/client"
	"roster.example/roster/internal/app"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
)

// Server is a running Roster. It is safe for concurrent use.
type Server struct {
	// URL is where it answers, such as http://127.0.0.1:43210.
	URL string
	// Admin administers it.
	Admin User

	t         testing.TB // nil for a server of Open
	app       *app.App
	dir       string
	home      string // the short name of the home organization
	transport *http.Transport
	cancel    context.CancelFunc
	served    chan error // what Serve returned
	stop      func() error

	mu   sync.Mutex
	read map[string]bool // letters that Mail has returned
}

// Option changes how a [Server] is set up.
type Option func(*options)

type options struct {
	settings map[string]string
	log      *slog.Logger
	admin    string
}

// Setting gives a setting of docs/settings.md another value, for instance
// Setting("gitlab.user_visibility", "basic").
func Setting(name, value string) Option { return func(s *options) { s.settings[name] = value } }

// Log sends the server's log to l. Without it nothing is logged.
func Log(l *slog.Logger) Option { return func(s *options) { s.log = l } }

// Administrator gives the administrator another username than "admin".
func Administrator(username string) Option { return func(s *options) { s.admin = username } }

// Start starts a server for a test, and stops it when the test ends.
func Start(t testing.TB, given ...Option) *Server {
	t.Helper()
	s, err := Open(given...)
	if err != nil {
		t.Fatal(err)
	}
	s.t = t
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Open starts a server outside of a test, for instance in TestMain, in an example or
// in a program for trials. The caller closes it. What fails on it later panics, where
// that of Start ends the test.
func Open(given ...Option) (*Server, error) {
	set := options{admin: "admin", log: slog.New(slog.DiscardHandler), settings: map[string]string{}}
	for _, option := range given {
		option(&set)
	}
	dir, err := tempDir()
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, transport: &http.Transport{}, served: make(chan error, 1), read: map[string]bool{}}
	s.stop = sync.OnceValue(s.shutDown)
	if err := s.open(set); err != nil {
		return nil, errors.Join(fmt.Errorf("start a Roster for tests: %w", err), s.Close())
	}
	return s, nil
}

// memoryFolder is where Linux keeps files in memory.
const memoryFolder = "/dev/shm"

// folder is for all that a server keeps: in memory where the system has files there,
// because a disk takes most of the time of a short test, or where TMPDIR says.
func tempDir() (string, error) {
	const pattern = "rostertest-*"
	if os.Getenv("TMPDIR") == "" {
		if dir, err := os.MkdirTemp(memoryFolder, pattern); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", pattern)
}

func (s *Server) open(set options) error {
	cfg, err := settings(s.dir, set.settings)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	if s.app, err = app.Open(ctx, cfg, set.log); err != nil {
		return err
	}
	if err := s.createAdmin(ctx, set.admin); err != nil {
		return err
	}
	return s.serve(ctx)
}

// settings are the server's: the defaults, and cheap hashing.
func settings(dir string, given map[string]string) (config.Config, error) {
	flags := map[string]string{
		"data": filepath.Join(dir, "data"), "listen": "127.0.0.1:0",
		"password.memory_kib": "8192", "password.time": "1", "password.queue": "1000",
	}
	maps.Copy(flags, given)
	return config.Load(config.Sources{Flags: flags})
}

// serve returns once the server answers.
func (s *Server) serve(ctx context.Context) error {
	ready := make(chan string, 1)
	served := make(chan error, 1)
	go func() {
		err := s.app.Serve(ctx, nil, rejectCommands, func(told app.ServerInfo) { ready <- told.URL })
		served <- err
		s.served <- err
	}()
	select {
	case s.URL = <-ready:
		restoreGCSettings()
		return nil
	case err := <-served:
		return err
	}
}

// noCommands answers the control socket: there is no command beside a test.
func rejectCommands(context.Context, *directory.Directory, app.RemoteCommand, io.Writer) error {
	return errors.New("a Roster for tests runs no commands")
}

// leaveMemoryAlone takes back what a server does to the collector of its process,
// which here is that of the test.
func restoreGCSettings() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

// Close stops the server, and removes all that it kept. A second call does nothing.
func (s *Server) Close() error { return s.stop() }

func (s *Server) shutDown() error {
	s.transport.CloseIdleConnections()
	if common, ok := http.DefaultTransport.(*http.Transport); ok {
		common.CloseIdleConnections() // as httptest does: the server waits for connections
	}
	var faults []error
	if s.cancel != nil {
		s.cancel()
	}
	if s.URL != "" {
		faults = append(faults, <-s.served)
	}
	if s.app != nil {
		faults = append(faults, s.app.Close())
	}
	return errors.Join(append(faults, os.RemoveAll(s.dir))...)
}

// Client is a client of Roster's own API, as the administrator.
func (s *Server) Client(options ...client.Option) *client.Client {
	return s.ClientFor(s.Admin, options...)
}

// ClientOf is a client of Roster's own API, as a person.
func (s *Server) ClientFor(p User, options ...client.Option) *client.Client {
	s.helper()
	options = append([]client.Option{client.WithHTTPClient(&http.Client{Transport: s.transport})}, options...)
	c, err := client.New(s.URL, p.Token, options...)
	s.must(err)
	return c
}

func (s *Server) helper() {
	if s.t != nil {
		s.t.Helper()
	}
}

func (s *Server) must(err error) {
	if err == nil {
		return
	}
	if s.t == nil {
		panic(err)
	}
	s.t.Helper()
	s.t.Fatal(err)
}
