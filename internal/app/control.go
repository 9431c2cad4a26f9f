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

// The control socket lets commands work on a folder that a server owns. A command sends its
// name and input to the server, which executes it and returns the output. The socket needs no
// authentication: it is in the data folder of mode 0700, like the database file.

// RemoteCommand is a command that is sent to the server.
type RemoteCommand struct {
	Command string
	Input   []byte    // its arguments, as JSON
	Content io.Reader // data such as a file, of any length; may be nil
}

// Runner executes a command. It may write output while it reads the content.
type Runner func(ctx context.Context, d *directory.Directory, sent RemoteCommand, out io.Writer) error

// errorTrailer contains the error of a command, after its output.
const errorTrailer = "Roster-Error"

// interruptedTrailer follows the content of an interrupted command.
const interruptedTrailer = "Roster-Stopped"

// ErrInterrupted is the error of reading the content of an interrupted command. The content before
// is valid, and the command reports its progress.
var ErrInterrupted = errors.New("interrupted")

// socketLimit is a path length that all supported systems allow for Unix sockets.
const socketLimit = 100

// maxInput is the maximum size of the input of a command, in bytes.
const maxInput = 1 << 20

// The socket is in the data folder. If its path would be too long, it is in a temporary folder,
// and a file in the data folder contains its path.
const (
	socketName     = "roster.sock"
	socketPathName = "roster.socket-path"
)

// socketPath returns the path of the control socket.
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

// checkSocketFolder checks that private has the same owner as the data folder and is not accessible
// by others. Outside of the data folder, another user could have created a socket to receive
// passwords.
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
		return fmt.Errorf("%s is not owned by the server; stop the server, remove %s and start it again", private, filepath.Join(dir, socketPathName))
	}
	return nil
}

// controlListener is the listener of a control socket.
type controlListener struct {
	net.Listener
	privateFolder string // temporary folder to remove; may be empty
	pathFile      string // the file that names the folder
}

// listenControl listens on the control socket of a folder that the caller has locked. An existing
// socket is stale.
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
		return nil, fmt.Errorf("prepare the control socket: %w", err)
	}
	if c.Listener, err = net.Listen("unix", path); err != nil {
		return nil, errors.Join(fmt.Errorf("open the control socket: %w", err), c.removeFiles())
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("set the mode of the control socket: %w", err), c.Close())
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

// privateSocket creates a folder of mode 0700 and writes the path of its socket to pathFile.
func privateSocket(pathFile string) (private, path string, err error) {
	if private, err = os.MkdirTemp("", "roster-"); err != nil {
		return "", "", err
	}
	path = filepath.Join(private, socketName)
	if err := atomicfile.Replace(pathFile, []byte(path+"\n")); err != nil {
		return "", "", errors.Join(err, os.Remove(private))
	}
	return private, path, nil
}

// Close closes the socket and removes its files.
func (c controlListener) Close() error { return errors.Join(c.Listener.Close(), c.removeFiles()) }

func (c controlListener) removeFiles() error {
	if c.privateFolder == "" {
		return nil
	}
	return errors.Join(os.RemoveAll(c.privateFolder), removeStale(c.pathFile))
}

// controlServer executes the commands of other processes.
func (a *App) controlServer(run Runner) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", errorTrailer)
		err := a.runRemote(w, r, run)
		if err == nil {
			return
		}
		// A header is one line, and an error may have several: JSON escapes line breaks.
		text, _ := json.Marshal(RemoteError{Text: err.Error(), Interrupted: errors.Is(err, ErrInterrupted)})
		w.Header().Set(errorTrailer, string(text))
	})
	return &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(&acceptLog{log: a.log}, "", 0)}
}

// runRemote executes a command. It returns a panic as an error.
func (a *App) runRemote(w http.ResponseWriter, r *http.Request, run Runner) (err error) {
	command, err := web.QueryText(r, "command")
	if err != nil {
		return err
	}
	talk := http.NewResponseController(w)
	if err := talk.EnableFullDuplex(); err != nil {
		return fmt.Errorf("write the output while %q reads: %w", command, err)
	}
	if err := talk.Flush(); err != nil { // the command was accepted; see acceptTimeout
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
	// Commands use the connections of expensive reads, because many of them list or search.
	ctx := admission.Mark(r.Context(), admission.ExpensiveReads)
	err = run(ctx, a.Directory, RemoteCommand{command, input, &remoteContent{r}}, flushWriter{w, talk})
	// Read the rest, because a client that still sends would get a connection error instead.
	_, unread := io.Copy(io.Discard, r.Body)
	return errors.Join(err, unread)
}

// remoteContent reads the content of a command and distinguishes its end from an interruption.
type remoteContent struct{ r *http.Request }

// Read implements [io.Reader].
func (c *remoteContent) Read(b []byte) (int, error) {
	n, err := c.r.Body.Read(b)
	if errors.Is(err, io.EOF) && c.r.Trailer.Get(interruptedTrailer) != "" {
		err = ErrInterrupted
	}
	return n, err
}

// readInput reads the input at the start of the body. The rest is the content.
func readInput(r *http.Request) ([]byte, error) {
	text, err := web.QueryText(r, "input")
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 0 || size > maxInput {
		return nil, fmt.Errorf("its length is missing or too large: %d bytes at most", maxInput)
	}
	input := make([]byte, size)
	_, err = io.ReadFull(r.Body, input)
	return input, err
}

// flushWriter flushes after each write.
type flushWriter struct {
	io.Writer
	controller *http.ResponseController
}

// Write implements [io.Writer].
func (a flushWriter) Write(b []byte) (int, error) {
	n, err := a.Writer.Write(b)
	return n, errors.Join(err, a.controller.Flush())
}

// RemoteError is an error that the server reported.
type RemoteError struct {
	Text        string
	Interrupted bool // the error is ErrInterrupted
}

// Error returns the text of the server.
func (e RemoteError) Error() string { return e.Text }

// Unwrap returns ErrInterrupted if the command was interrupted.
func (e RemoteError) Unwrap() error {
	if e.Interrupted {
		return ErrInterrupted
	}
	return nil
}

// acceptTimeout is how long the server may take to accept a command. The command itself has no
// timeout.
const acceptTimeout = 10 * time.Second

// ErrNoServer means that no server listens on the control socket.
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

// SendCommand sends a command to the server that owns the folder, and copies its output to out.
// It returns ErrNoServer if there is none; the caller may then open the folder. The error of the
// command itself is a [RemoteError].
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
	// An interruption ends the content of a command, not the request, so that the command can
	// report its progress.
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

// interruptibleContent ends the content at an interruption and sets the trailer.
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

// sendError returns ErrNoServer if the connection failed. After any other error, the server may
// have executed the command, so that the caller must not repeat it.
func sendError(err error) error {
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "dial" {
		return ErrNoServer
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return fmt.Errorf("the server did not accept the command within %s; it may be suspended or have no free file descriptors: check its log", acceptTimeout)
	}
	return connectionLost(err)
}

func connectionLost(err error) error {
	return fmt.Errorf("the server stopped during the command; check whether it was executed: %w", err)
}

func trailerError(text string) error {
	if text == "" {
		return nil
	}
	var remote RemoteError
	if err := json.Unmarshal([]byte(text), &remote); err != nil {
		return RemoteError{Text: text}
	}
	return remote
}
