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

// Server is a running Roster server. It is safe for concurrent use.
type Server struct {
	// URL is the address of the server, such as http://127.0.0.1:43210.
	URL string
	// Admin is the administrator.
	Admin User

	t         testing.TB // nil for a server from Open
	app       *app.App
	dir       string
	home      string // the slug of the home organization
	transport *http.Transport
	cancel    context.CancelFunc
	served    chan error // the result of Serve
	stop      func() error

	mu   sync.Mutex
	read map[string]bool // emails that WaitForEmail has returned
}

// Option configures a [Server].
type Option func(*options)

type options struct {
	settings map[string]string
	log      *slog.Logger
	admin    string
}

// Setting sets a setting of docs/settings.md, for example Setting("gitlab.user_visibility", "basic").
func Setting(name, value string) Option { return func(s *options) { s.settings[name] = value } }

// Log sends the log of the server to l. By default nothing is logged.
func Log(l *slog.Logger) Option { return func(s *options) { s.log = l } }

// Administrator sets the username of the administrator, which is "admin" by default.
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

// Open starts a server outside of a test, for example in TestMain or in an example. The caller must close it. Errors of its
// methods panic; those of a server from Start fail the test.
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
		return nil, errors.Join(fmt.Errorf("start a Roster server for tests: %w", err), s.Close())
	}
	return s, nil
}

// memoryFolder is the file system in memory on Linux.
const memoryFolder = "/dev/shm"

// tempDir creates the folder of a server. It is in memory if the system supports that, because waiting for a disk takes
// most of the time of a short test. TMPDIR has precedence.
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

// settings returns the default settings with cheap hashing and the given settings.
func settings(dir string, given map[string]string) (config.Config, error) {
	flags := map[string]string{
		"data": filepath.Join(dir, "data"), "listen": "127.0.0.1:0",
		"password.memory_kib": "8192", "password.time": "1", "password.queue": "1000",
	}
	maps.Copy(flags, given)
	return config.Load(config.Sources{Flags: flags})
}

// serve returns when the server accepts requests.
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

// rejectCommands is the handler of the control socket.
func rejectCommands(context.Context, *directory.Directory, app.RemoteCommand, io.Writer) error {
	return errors.New("a test server runs no commands")
}

// restoreGCSettings reverts the settings of the garbage collector that a server makes for its process, which is the process
// of the test here.
func restoreGCSettings() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

// Close stops the server and removes its files. Further calls do nothing.
func (s *Server) Close() error { return s.stop() }

func (s *Server) shutDown() error {
	s.transport.CloseIdleConnections()
	if common, ok := http.DefaultTransport.(*http.Transport); ok {
		common.CloseIdleConnections() // as httptest does, because the server waits for open connections
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

// Client returns a client of the native API for the administrator.
func (s *Server) Client(options ...client.Option) *client.Client {
	return s.ClientFor(s.Admin, options...)
}

// ClientFor returns a client of the native API for a user.
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
