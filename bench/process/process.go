//go:build linux

// Package process runs the measured programs as child processes and reads their
// processor time and memory from /proc (proc(5)). The children end with this
// process.
package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options describe a command.
type Options struct {
	Path string
	Args []string
	Env  []string // beside PATH and HOME
	Log  string   // file for standard error; it is overwritten
}

func (o Options) command(ctx context.Context) *exec.Cmd {
	c := exec.CommandContext(ctx, o.Path, o.Args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, o.Env...)
	// A process group, so that its children are stopped too.
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = stopLimit
	return c
}

// stopLimit is the time that a program has to stop before it is killed.
const stopLimit = 15 * time.Second

// startLimit is the time that a server has until it listens.
const startLimit = 10 * time.Minute

// Process is a running program.
type Process struct {
	command *exec.Cmd
	log     *os.File
	stop    context.CancelFunc
	ended   chan struct{}
	fault   error // once ended is closed
}

// Start runs a server and returns once it has printed a line that begins with
// ready; output is the rest of that line.
func Start(ctx context.Context, o Options, ready string) (p *Process, output string, err error) {
	ctx, stop := context.WithCancel(ctx)
	p = &Process{command: o.command(ctx), stop: stop, ended: make(chan struct{})}
	if p.log, err = os.Create(o.Log); err != nil {
		stop()
		return nil, "", err
	}
	p.command.Stderr = p.log
	out, in, err := os.Pipe()
	if err == nil {
		p.command.Stdout = in
		err = errors.Join(p.command.Start(), in.Close())
	}
	if err != nil {
		stop()
		return nil, "", fmt.Errorf("start %s: %w", o.Path, err)
	}
	go p.wait()
	lines := make(chan string, 1)
	go listen(out, ready, lines)
	select {
	case output = <-lines:
		return p, output, nil
	case <-p.ended:
		err = fmt.Errorf("%s ended before it listened (%w); see %s", o.Path, p.fault, o.Log)
	case <-time.After(startLimit):
		err = fmt.Errorf("%s does not listen; see %s", o.Path, o.Log)
	}
	return nil, "", errors.Join(err, p.Stop())
}

func (p *Process) wait() {
	p.fault = p.command.Wait()
	close(p.ended)
}

// listen sends the rest of the line that begins with ready, and reads to the end so
// that the program can continue to write.
func listen(out *os.File, ready string, lines chan<- string) {
	found := sync.Once{}
	in := bufio.NewScanner(out)
	for in.Scan() {
		if rest, ok := strings.CutPrefix(in.Text(), ready); ok {
			found.Do(func() { lines <- rest })
		}
	}
	_, _ = io.Copy(io.Discard, out)
	_ = out.Close()
}

// PID returns the id of the process.
func (p *Process) PID() int { return p.command.Process.Pid }

// Stop stops the program and blocks until it has ended. Further calls do
// nothing.
func (p *Process) Stop() error {
	p.stop()
	<-p.ended
	if err := p.log.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Run runs a command with this standard input and returns its standard
// output.
func Run(ctx context.Context, o Options, stdin string) (string, error) {
	c := o.command(ctx)
	c.Stdin = strings.NewReader(stdin)
	var output strings.Builder
	c.Stderr = &output
	printed, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", o.Path, strings.Join(o.Args, " "), err, output.String())
	}
	return strings.TrimSpace(string(printed)), nil
}
