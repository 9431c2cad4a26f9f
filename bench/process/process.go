//go:build linux

// Package process runs the programs that are measured, each in a process of its
// own, and reads from /proc what they cost (proc(5)). Whatever was started ends
// when its parent does.
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

// Options say what to run.
type Options struct {
	Path string
	Args []string
	Env  []string // beside PATH and HOME
	Log  string   // file that takes standard error; it is overwritten
}

func (o Options) command(ctx context.Context) *exec.Cmd {
	c := exec.CommandContext(ctx, o.Path, o.Args...)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, o.Env...)
	// A group of its own, so that what it started is told to stop as well.
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = stopLimit
	return c
}

// stopLimit is how long a program may take to stop before it is killed.
const stopLimit = 15 * time.Second

// startLimit is how long a server may take until it listens.
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
// ready; said is the rest of that line.
func Start(ctx context.Context, o Options, ready string) (p *Process, said string, err error) {
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
	case said = <-lines:
		return p, said, nil
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

// listen looks for the line that begins with ready, and reads on to the end so
// that the program can go on writing.
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

// PID is the number of the process.
func (p *Process) PID() int { return p.command.Process.Pid }

// Stop asks the program to end and returns when it has. Calling it again does
// nothing.
func (p *Process) Stop() error {
	p.stop()
	<-p.ended
	if err := p.log.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Run runs a command to its end with this standard input and returns what it
// printed.
func Run(ctx context.Context, o Options, stdin string) (string, error) {
	c := o.command(ctx)
	c.Stdin = strings.NewReader(stdin)
	var said strings.Builder
	c.Stderr = &said
	printed, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", o.Path, strings.Join(o.Args, " "), err, said.String())
	}
	return strings.TrimSpace(string(printed)), nil
}
