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
	"roster.example/roster/internal/web"
	"roster.example/roster/internal/webhook"
)

const (
	// shutdownTimeout is how long requests and letters under way may go on after the
	// order to stop. With closeLimit, twice, it stays within the ten seconds that are
	// promised.
	shutdownTimeout = 8 * time.Second
	// responseTimeout is what a request gets beyond its own time to be answered.
	responseTimeout = 10 * time.Second
	// maintenanceInterval is how often last-used times are written down.
	maintenanceInterval = 30 * time.Second
	// mergeInterval is how often searches are made quick again, if much was written.
	mergeInterval = 24 * time.Hour
)

// ServerInfo is what the server tells whoever started it.
type ServerInfo struct {
	URL        string   // where it answers, such as http://127.0.0.1:8080
	Standalone []string // where one API answers by itself, a sentence each
	NoAdmin    bool     // there is no administrator yet
	SetupLink  string   // by which somebody becomes it; empty without pages for people
	// Exposed reports that other machines reach the listener while nothing says that a
	// proxy with TLS stands in front.
	Exposed bool
}

// Serve answers requests until ctx ends, and then finishes those under way, for
// stopLimit at most: an error tells that some were cut off. The first administrator
// is made of admin, if that is not nil. Run runs the commands that other processes
// send, and ready is called once everything listens.
func (a *App) Serve(ctx context.Context, admin *config.Admin, run Runner, ready func(ServerInfo)) error {
	a.limitMemory(!a.hashWorkers)
	if err := a.openWorkers(); err != nil {
		return err
	}
	if a.sqlite != nil { // no other process works on them: the folder is locked
		all := func(directory.LeaseHolder) (bool, error) { return true, nil }
		if _, err := a.Directory.ReleaseLeases(ctx, directory.Operator(), all); err != nil {
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
	told := ServerInfo{URL: "http://" + reachable(shared.Addr().String()), Standalone: standaloneNotes(servers), Exposed: a.exposed(shared.Addr())}
	if told.SetupLink, told.NoAdmin, err = a.firstStart(ctx, admin); err != nil {
		return errors.Join(err, closeAll(servers))
	}
	return a.serveAll(ctx, servers, func() { ready(told) })
}

// openWorkers makes those who carry letters and events away, for one Serve.
func (a *App) openWorkers() error {
	a.stopping = make(chan struct{})
	a.webhooks = webhook.NewWorker(directory.NewWebhookQueue(a.Directory), a.log, webhook.Options{})
	return a.openMail()
}

// server is one listener with what answers there.
type server struct {
	*http.Server
	listener net.Listener
	api      string // what answers there, and nothing else does
}

// standaloneNotes says where one API answers by itself.
func standaloneNotes(servers []server) []string {
	var lines []string
	for _, s := range servers {
		if s.api != "" {
			lines = append(lines, fmt.Sprintf("%s alone on http://%s", s.api, reachable(s.listener.Addr().String())))
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
	for _, d := range a.mounts {
		if err := add(d.name, d.listen, standalone(d)); err != nil {
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
		WriteTimeout:      time.Duration(a.cfg.RequestTimeout) + responseTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(&acceptLog{log: a.log}, "", 0),
		ConnState:         a.memory.watch,
	}
}

// acceptLog passes on that connections cannot be accepted, mostly for want of file
// descriptors: net/http waits up to a second and tries again. What else net/http
// says is dropped: it quotes requests.
type acceptLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	last time.Time
}

// acceptLogInterval is how often it says so.
const acceptLogInterval = 10 * time.Second

// Write takes one line of net/http.
func (l *acceptLog) Write(line []byte) (int, error) {
	if !bytes.HasPrefix(line, []byte("http: Accept error")) {
		return len(line), nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.last) >= acceptLogInterval {
		l.last = now
		l.log.Error("connections cannot be accepted; it is tried again", "error", strings.TrimSpace(string(line)), "file_limit", fileLimit())
	}
	return len(line), nil
}

func listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken by another program; stop it, or choose another address with --listen", address)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("this user may not listen on %s; choose a port above 1023 with --listen", address)
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

// firstStart makes the first administrator that the environment describes, or a
// link by which somebody becomes it. Unclaimed reports that there is none yet.
func (a *App) firstStart(ctx context.Context, admin *config.Admin) (link string, unclaimed bool, err error) {
	who := directory.Operator()
	if admin != nil {
		made, err := a.Directory.FirstAdministrator(ctx, who, directory.Administrator{
			Username: admin.Username, Email: admin.Email, Password: admin.Password,
		})
		if err != nil {
			return "", false, fmt.Errorf("the administrator of ROSTER_ADMIN_USERNAME, ROSTER_ADMIN_EMAIL and ROSTER_ADMIN_PASSWORD cannot be made: %w", err)
		}
		if made {
			a.log.InfoContext(ctx, "first administrator created from the environment")
		}
	}
	link, err = a.Directory.SetupLink(ctx, who)
	if unclaimed = link != ""; !a.cfg.Console.Enabled {
		link = "" // the page that it leads to is switched off
	}
	return link, unclaimed, err
}

// serveAll runs until ctx ends or a server fails, and then stops everything.
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
	var late sync.Mutex
	var faults []error
	var all sync.WaitGroup
	for _, s := range servers {
		all.Go(func() {
			if err := s.Shutdown(ctx); err != nil {
				late.Lock()
				defer late.Unlock()
				faults = append(faults, fmt.Errorf("requests were cut off: %w", errors.Join(err, s.Close())))
			}
		})
	}
	all.Wait()
	return errors.Join(faults...)
}

// maintain does the housekeeping until ctx ends.
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
		err := errors.Join(a.Directory.RunMaintenance(ctx, directory.Operator()), a.tryKey(ctx))
		if err == nil && time.Since(merged) >= mergeInterval {
			if err = a.Directory.MergeSearch(ctx, directory.Operator()); err == nil {
				merged = time.Now()
			}
		}
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "housekeeping failed; it is tried again", "error", err)
		}
	}
}

// publicURL is the address that links lead to, without a slash at its end: the
// configured one, or that of the listener. It is empty while nobody knows the port.
func publicURL(cfg config.Config, listening string) string {
	if cfg.BaseURL != "" {
		return cfg.BaseURL
	}
	if strings.HasSuffix(listening, ":0") {
		return ""
	}
	return "http://" + reachable(listening)
}

// exposed reports whether passwords and tokens may reach the listener unencrypted from
// other machines: it is not on loopback, and base_url is not https.
func (a *App) exposed(listening net.Addr) bool {
	tcp, ok := listening.(*net.TCPAddr)
	return ok && !tcp.IP.IsLoopback() && !overHTTPS(a.cfg)
}

// reachable gives an address to visit for one to listen on: of all addresses of
// this machine, its own name for itself.
func reachable(listening string) string {
	host, port, err := net.SplitHostPort(listening)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listening
}
