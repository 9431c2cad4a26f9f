package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/web"
	"roster.example/roster/internal/webhook"
	"roster.example/roster/internal/webhook/dispatch"
)

const (
	// shutdownTimeout is how long requests and emails may take to finish after a signal. With two
	// times closeTimeout, a stop takes at most ten seconds.
	shutdownTimeout = 8 * time.Second
	// maintenanceInterval is the interval of maintenance, for example of storing last-used times.
	maintenanceInterval = 30 * time.Second
	// mergeInterval is the interval of merging the search index.
	mergeInterval = 24 * time.Hour
)

// ServerInfo describes a running server.
type ServerInfo struct {
	URL        string   // of the listener on this machine, such as http://127.0.0.1:8080
	BaseURL    string   // the setting base_url
	Wildcard   bool     // the listener accepts connections to all addresses of this machine
	Standalone []string // descriptions of listeners of single APIs
	NoAdmin    bool     // there is no administrator yet
	SetupLink  string   // link to create the first administrator; empty without web pages
	// Exposed reports that other machines can reach the listener and base_url is not https.
	Exposed bool
}

// Serve serves requests until ctx ends, and then waits for running ones for shutdownTimeout at most;
// it returns an error if some were aborted. It creates the first administrator from admin, unless
// that is nil. run executes the commands of other processes. ready is called when all listeners
// are open.
func (a *App) Serve(ctx context.Context, admin *config.Admin, run Runner, ready func(ServerInfo)) error {
	giveReadsProcessors(a.cfg.Limits)
	a.limitMemory(!a.hashWorkers)
	if err := a.openWorkers(); err != nil {
		return err
	}
	if a.sqlite != nil { // no other process has leases: the folder is locked
		all := func(model.LeaseHolder) (bool, error) { return true, nil }
		if _, err := a.Directory.ReleaseLeases(ctx, model.Operator(), all); err != nil {
			return err
		}
	}
	shared, err := a.listen(a.cfg.Listen)
	if err != nil {
		return err
	}
	a.base = publicURL(a.cfg, shared.Addr().String())
	a.renderer.Base = a.base
	if err := a.buildMounts(); err != nil {
		return errors.Join(err, shared.Close())
	}
	a.admission = newAdmission(a.cfg.Limits)
	servers, err := a.servers(shared, run)
	if err != nil {
		return err
	}
	info := ServerInfo{
		URL: "http://" + connectAddress(shared.Addr().String()), BaseURL: a.cfg.BaseURL, Wildcard: isWildcard(shared.Addr()),
		Standalone: standaloneNotes(servers), Exposed: a.isExposed(shared.Addr()),
	}
	if info.SetupLink, info.NoAdmin, err = a.firstStart(ctx, admin); err != nil {
		return errors.Join(err, closeAll(servers))
	}
	return a.serveAll(ctx, servers, func() { ready(info) })
}

// openWorkers creates the workers for emails and webhooks.
func (a *App) openWorkers() error {
	a.stopping = make(chan struct{})
	a.webhooks = dispatch.NewWorker(webhook.NewQueue(a.Directory.Registry), a.log, dispatch.Options{})
	return a.openMail()
}

// server is an HTTP server with its listener.
type server struct {
	*http.Server
	listener net.Listener
	api      string // the only API of the listener; empty for all
}

// standaloneNotes describes the listeners of single APIs.
func standaloneNotes(servers []server) []string {
	var lines []string
	for _, s := range servers {
		if s.api != "" {
			lines = append(lines, fmt.Sprintf("only %s on http://%s", s.api, connectAddress(s.listener.Addr().String())))
		}
	}
	return lines
}

func (a *App) servers(shared net.Listener, run Runner) ([]server, error) {
	servers := []server{{a.httpServer(a.shared()), shared, ""}}
	add := func(what, address string, h http.Handler) error {
		if address == "" {
			return nil
		}
		l, err := a.listen(address)
		if err != nil {
			return errors.Join(err, closeAll(servers))
		}
		servers = append(servers, server{a.httpServer(h), l, what})
		return nil
	}
	for _, m := range a.mounts {
		if err := add(m.name, m.listen, standalone(m)); err != nil {
			return nil, err
		}
	}
	if err := add("operations", a.cfg.OperationsListen, a.operations()); err != nil {
		return nil, err
	}
	control, err := listenControl(a.cfg.Data)
	if err != nil {
		return nil, errors.Join(err, closeAll(servers))
	}
	return append(servers, server{a.controlServer(run), control, ""}), nil
}

func (a *App) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: web.Middleware(h, web.Options{
			Log: a.log, TrustedProxies: a.cfg.TrustedProxies,
			MaxBody: int64(a.cfg.MaxBody), Timeout: time.Duration(a.cfg.RequestTimeout),
			HSTS:      a.hsts(),
			Admission: a.admission, Bodies: bodyLimits(a.cfg.Limits),
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Duration(a.cfg.RequestTimeout),
		WriteTimeout:      time.Duration(a.cfg.RequestTimeout) + web.ResponseTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(&acceptLog{log: a.log}, "", 0),
		ConnState:         a.memory.watch,
	}
}

// acceptLog logs that connections cannot be accepted, usually because no file descriptors are free;
// net/http retries within a second. It drops other messages of net/http, which quote requests.
type acceptLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	last time.Time
}

// acceptLogInterval is the minimum time between two messages.
const acceptLogInterval = 10 * time.Second

// Write implements [io.Writer] for lines of net/http.
func (l *acceptLog) Write(line []byte) (int, error) {
	if !bytes.HasPrefix(line, []byte("http: Accept error")) {
		return len(line), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.last) >= acceptLogInterval {
		l.last = now
		l.log.Error("connections cannot be accepted; it will be retried", "error", strings.TrimSpace(string(line)), "file_limit", fileLimit())
	}
	return len(line), nil
}

func listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program; stop it, or select another address with --listen", address)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("this user may not listen on %s; select a port above 1023 with --listen", address)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

func closeAll(servers []server) error {
	var faults []error
	for _, s := range servers {
		faults = append(faults, s.listener.Close())
	}
	return errors.Join(faults...)
}

// firstStart creates the first administrator from the environment, or a link to create one. noAdmin
// reports that there is none yet.
func (a *App) firstStart(ctx context.Context, admin *config.Admin) (link string, noAdmin bool, err error) {
	operator := model.Operator()
	if admin != nil {
		made, err := a.Directory.FirstAdministrator(ctx, operator, directory.Administrator{
			Username: admin.Username, Email: admin.Email, Password: admin.Password,
		})
		if err != nil {
			return "", false, fmt.Errorf("the administrator of ROSTER_ADMIN_USERNAME, ROSTER_ADMIN_EMAIL and ROSTER_ADMIN_PASSWORD cannot be created: %w", err)
		}
		if made {
			a.log.InfoContext(ctx, "first administrator created from the environment")
		}
	}
	link, err = a.Directory.SetupLink(ctx, operator)
	if noAdmin = link != ""; !a.cfg.Console.Enabled {
		link = "" // its page is disabled
	}
	return link, noAdmin, err
}

// serveAll runs the servers and workers until ctx ends or a server fails, and then stops all.
func (a *App) serveAll(ctx context.Context, servers []server, ready func()) error {
	working, stopWork := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { a.worker.Run(working) })
	work.Go(func() { a.webhooks.Run(working) })
	work.Go(func() { a.maintain(working) })
	work.Go(func() { a.takeOverLeases(working) })
	work.Go(func() { a.maintainFiles(working) })
	work.Go(func() { a.checkPages(working) })
	failed := make(chan error, len(servers))
	for _, s := range servers {
		go func() { failed <- s.Serve(s.listener) }()
	}
	a.log.Info("serving", "file_limit", fileLimit())
	ready()
	var fault error
	select {
	case <-ctx.Done():
		a.log.Info("stopping", "limit", shutdownTimeout.String())
	case fault = <-failed:
	}
	stopWork()
	close(a.stopping)
	fault = errors.Join(fault, stop(servers))
	work.Wait()
	return fault
}

func stop(servers []server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	var mu sync.Mutex
	var faults []error
	var all sync.WaitGroup
	for _, s := range servers {
		all.Go(func() {
			if err := s.Shutdown(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				faults = append(faults, fmt.Errorf("requests were aborted: %w", errors.Join(err, s.Close())))
			}
		})
	}
	all.Wait()
	return errors.Join(faults...)
}

// maintain runs maintenance until ctx ends.
func (a *App) maintain(ctx context.Context) {
	tick := time.NewTicker(maintenanceInterval)
	defer tick.Stop()
	var merged time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := errors.Join(a.Directory.RunMaintenance(ctx, model.Operator()), a.tryKey(ctx))
		if err == nil && time.Since(merged) >= mergeInterval {
			if err = a.Directory.MergeSearch(ctx, model.Operator()); err == nil {
				merged = time.Now()
			}
		}
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "maintenance failed; it will be retried", "error", err)
		}
	}
}

// publicURL returns the base of links, without a slash at its end: base_url, or the address of the
// listener. It returns "" while the port is unknown.
func publicURL(cfg config.Config, listening string) string {
	if cfg.BaseURL != "" {
		return cfg.BaseURL
	}
	if strings.HasSuffix(listening, ":0") {
		return ""
	}
	return "http://" + connectAddress(listening)
}

// isExposed reports whether other machines may send passwords and tokens unencrypted: the listener is
// not on loopback, and base_url is not https.
func (a *App) isExposed(listening net.Addr) bool {
	tcp, ok := listening.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback() && !overHTTPS(a.cfg)
}

// isWildcard reports whether a listener accepts connections to all addresses of this machine.
func isWildcard(listening net.Addr) bool {
	tcp, ok := listening.(*net.TCPAddr)
	return ok && (len(tcp.IP) == 0 || tcp.IP.IsUnspecified())
}

// connectAddress returns an address to connect to for an address to listen on.
func connectAddress(listening string) string {
	host, port, err := net.SplitHostPort(listening)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listening
}
