package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/admission"
	"roster.example/roster/internal/atomicfile"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/web"
)

// The control socket lets a second command work on a folder that a server owns.
// The command does not touch the data: it sends its name and input to the owner,
// who runs it and sends back what it prints. Whoever can open the socket could
// read the database file as well: both lie in a folder of mode 0700.

// RemoteCommand is a command that another process sends.
type RemoteCommand struct {
	Command string
	Input   []byte    // its arguments, as JSON
	Content io.Reader // what it works on, such as a file, of any length; nil for nothing
}

// Runner runs one command. It may print while it still reads the content.
type Runner func(ctx context.Context, d *directory.Directory, sent RemoteCommand, out io.Writer) error

// errorTrailer carries the failure of a command, after what it printed.
const errorTrailer = "Roster-Error"

// interruptedTrailer follows the content of a command whose sender was interrupted.
const interruptedTrailer = "Roster-Stopped"

// ErrInterrupted is the error of reading content whose sender was interrupted: what was
// read before counts, and the command still reports how far it came.
var ErrInterrupted = errors.New("interrupted")

// socketLimit is what the address of a Unix socket holds on the systems we know,
// with room to spare.
const socketLimit = 100

// maxInput bounds the input of a command, in bytes.
const maxInput = 1 << 20

// The socket lies in the data folder, unless its path would be too long for the
// address of a socket: then it lies in a folder of its own, which a file names.
const (
	socketName     = "roster.sock"
	socketPathName = "roster.socket-path"
)

// socketPath is where the owner of a folder listens.
func socketPath(dir string) (string, error) {
	named, err := os.ReadFile(filepath.Join(dir, socketPathName))
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Join(dir, socketName), nil
	}
	if err != nil {
		return "", err
	}
	path := strings.TrimSpace(string(named))
	return path, checkSocketFolder(filepath.Dir(path), dir)
}

// checkSocketFolder wants that private belongs to whom the data folder belongs to, and
// is shut to others. Elsewhere than in the data folder, somebody else could have
// put a socket of theirs in place of one that is gone, to be sent passwords.
func checkSocketFolder(private, dir string) error {
	theirs, err := os.Lstat(private)
	if err != nil {
		return err
	}
	ours, err := os.Stat(filepath.Join(dir, socketPathName))
	if err != nil {
		return err
	}
	if !theirs.IsDir() || accessibleByOthers(theirs.Mode()) || ownerOf(theirs) != ownerOf(ours) {
		return fmt.Errorf("%s is not the server's own folder; stop the server, remove %s and start it again", private, filepath.Join(dir, socketPathName))
	}
	return nil
}

// controlListener is the listener of a control socket.
type controlListener struct {
	net.Listener
	privateFolder string // a folder that is removed with it; empty for none
	pathFile      string // the file that names the folder
}

// listenControl opens the control socket of a folder that the caller has locked:
// a socket that is still there belongs to nobody.
func listenControl(dir string) (net.Listener, error) {
	c := controlListener{pathFile: filepath.Join(dir, socketPathName)}
	path, err := filepath.Abs(filepath.Join(dir, socketName))
	if err == nil {
		err = removeStale(path, c.pathFile)
	}
	if err == nil && len(path) >= socketLimit {
		c.privateFolder, path, err = privateSocket(c.pathFile)
	}
	if err != nil {
		return nil, fmt.Errorf("make room for the control socket: %w", err)
	}
	if c.Listener, err = net.Listen("unix", path); err != nil {
		return nil, errors.Join(fmt.Errorf("open the control socket: %w", err), c.removeFiles())
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("close the control socket to others: %w", err), c.Close())
	}
	return c, nil
}

func removeStale(paths ...string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// privateSocket makes a folder of mode 0700 and writes its socket's path to named.
func privateSocket(named string) (private, path string, err error) {
	if private, err = os.MkdirTemp("", "roster-"); err != nil {
		return "", "", err
	}
	path = filepath.Join(private, socketName)
	if err := atomicfile.Replace(named, []byte(path+"\n")); err != nil {
		return "", "", errors.Join(err, os.Remove(private))
	}
	return private, path, nil
}

// Close also removes the socket and what was made for it.
func (c controlListener) Close() error { return errors.Join(c.Listener.Close(), c.removeFiles()) }

func (c controlListener) removeFiles() error {
	if c.privateFolder == "" {
		return nil
	}
	return errors.Join(os.RemoveAll(c.privateFolder), removeStale(c.pathFile))
}

// controlServer runs the commands of other processes.
func (a *App) controlServer(run Runner) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", errorTrailer)
		err := a.runRemote(w, r, run)
		if err == nil {
			return
		}
		// A header holds one line of text, and an error may have several.
		text, _ := json.Marshal(err.Error())
		w.Header().Set(errorTrailer, string(text))
	})
	return &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(&acceptLog{log: a.log}, "", 0)}
}

// runRemote turns a panic into an error: the server goes on, and whoever sent the
// command hears of it.
func (a *App) runRemote(w http.ResponseWriter, r *http.Request, run Runner) (err error) {
	command, err := web.QueryText(r, "command")
	if err != nil {
		return err
	}
	talk := http.NewResponseController(w)
	if err := talk.EnableFullDuplex(); err != nil {
		return fmt.Errorf("print while %q still reads: %w", command, err)
	}
	if err := talk.Flush(); err != nil { // the command was taken; see takenLimit
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			a.log.ErrorContext(r.Context(), "panic in a command", "command", command, "panic", p)
			err = fmt.Errorf("the server could not run %q; see its log", command)
		}
	}()
	input, err := readInput(r)
	if err != nil {
		return fmt.Errorf("read the input of %q: %w", command, err)
	}
	// Commands read on the connections of expensive reads, because many of them list
	// or search.
	ctx := admission.Mark(r.Context(), admission.ExpensiveReads)
	err = run(ctx, a.Directory, RemoteCommand{command, input, &remoteContent{r}}, flushWriter{w, talk})
	// Whoever still sends would hear of a broken connection instead of the error.
	_, unread := io.Copy(io.Discard, r.Body)
	return errors.Join(err, unread)
}

// remoteContent reads the content of a command and tells its end from an interruption.
type remoteContent struct{ r *http.Request }

// Read implements [io.Reader].
func (c *remoteContent) Read(b []byte) (int, error) {
	n, err := c.r.Body.Read(b)
	if errors.Is(err, io.EOF) && c.r.Trailer.Get(interruptedTrailer) != "" {
		err = ErrInterrupted
	}
	return n, err
}

// readInput reads the part of the body that is input. The rest is content.
func readInput(r *http.Request) ([]byte, error) {
	text, err := web.QueryText(r, "input")
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 0 || size > maxInput {
		return nil, fmt.Errorf("its length is not told, or too large: %d bytes at most", maxInput)
	}
	input := make([]byte, size)
	_, err = io.ReadFull(r.Body, input)
	return input, err
}

// flushWriter sends what is printed without waiting for more.
type flushWriter struct {
	io.Writer
	controller *http.ResponseController
}

// Write prints.
func (a flushWriter) Write(b []byte) (int, error) {
	n, err := a.Writer.Write(b)
	return n, errors.Join(err, a.controller.Flush())
}

// RemoteError is an error that the owner of the folder reported.
type RemoteError struct{ Text string }

// Error is what the owner said.
func (e RemoteError) Error() string { return e.Text }

// acceptTimeout is how long a server may take to begin with a command. How long the
// command takes is not limited.
const acceptTimeout = 10 * time.Second

// ErrNoServer means that no process listens for the folder.
var ErrNoServer = errors.New("no roster server runs on this data folder")

// ServerRuns reports whether a server accepts commands for this data folder.
func ServerRuns(ctx context.Context, dir string) bool {
	path, err := socketPath(dir)
	if err != nil {
		return false
	}
	conn, err := (&net.Dialer{Timeout: acceptTimeout}).DialContext(ctx, "unix", path)
	return err == nil && conn.Close() == nil
}

// SendCommand has the owner of the folder run a command, and copies what it prints to
// out. ErrNoServer means that there is none, and that the caller may open the
// folder itself; a command that was refused or failed is a [Remote].
func SendCommand(ctx context.Context, dir string, sent RemoteCommand, out io.Writer) (err error) {
	path, err := socketPath(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoServer
	}
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		ResponseHeaderTimeout: acceptTimeout,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: acceptTimeout}).DialContext(ctx, "unix", path)
		},
	}}
	defer client.CloseIdleConnections()
	// A command with content ends at an interruption by the end of its content, so that
	// it can still report how far it came.
	until := ctx
	if sent.Content != nil {
		until = context.WithoutCancel(ctx)
	}
	request, err := newCommand(until, sent)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return sendError(err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if _, err := io.Copy(out, answer.Body); err != nil {
		return connectionLost(err)
	}
	return trailerError(answer.Trailer.Get(errorTrailer))
}

func newCommand(ctx context.Context, sent RemoteCommand) (*http.Request, error) {
	query := url.Values{"command": {sent.Command}, "input": {strconv.Itoa(len(sent.Input))}}
	address := url.URL{Scheme: "http", Host: "roster", Path: "/run", RawQuery: query.Encode()}
	var body io.Reader = bytes.NewReader(sent.Input)
	if sent.Content == nil {
		return http.NewRequestWithContext(ctx, http.MethodPost, address.String(), body)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Trailer = http.Header{interruptedTrailer: nil}
	request.Body, request.ContentLength = io.NopCloser(io.MultiReader(body, interruptibleContent{sent.Content, request.Trailer})), -1
	return request, nil
}

// interruptibleContent ends the content at an interruption and says so in the trailer.
type interruptibleContent struct {
	io.Reader
	trailer http.Header
}

// Read implements [io.Reader].
func (s interruptibleContent) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if errors.Is(err, ErrInterrupted) {
		s.trailer.Set(interruptedTrailer, "1")
		err = io.EOF
	}
	return n, err
}

// sendError tells nobody listening, which is harmless, from a server that went
// away: it may have done the command, which must not be done again.
func sendError(err error) error {
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return ErrNoServer
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return fmt.Errorf("the server did not take the command within %s; it may be suspended or have no free file descriptors: look at its log", acceptTimeout)
	}
	return connectionLost(err)
}

func connectionLost(err error) error {
	return fmt.Errorf("the server stopped while it ran the command; look whether it was done: %w", err)
}

func trailerError(text string) error {
	if text == "" {
		return nil
	}
	var said string
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		said = text
	}
	return RemoteError{Text: said}
}
