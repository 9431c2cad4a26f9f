//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"roster.example/roster/bench/process"
)

// A server is a running server in its own process.
type server struct {
	*process.Process
	address string // HOST:PORT
}

// cpu returns the processor time of the server.
func (s *server) cpu() (time.Duration, error) { return process.CPU(s.PID()) }

// listening is the text that the programs of this package print before their address.
const listening = "listening on "

// launch starts a server that prints ready and its address.
func (b *bench) launch(o process.Options, ready string) (*server, error) {
	b.started++
	o.Log = filepath.Join(b.scratch, fmt.Sprintf("log-%d", b.started))
	p, output, err := process.Start(b.ctx, o, ready)
	if err != nil {
		text, _ := os.ReadFile(o.Log) // the folder will be deleted
		return nil, fmt.Errorf("%w\n%s", err, text[max(0, len(text)-2_000):])
	}
	return &server{p, strings.TrimPrefix(strings.TrimSpace(output), "http://")}, nil
}

// build builds the roster binary with the flags of a release.
func (b *bench) build() error {
	b.program = filepath.Join(b.scratch, "roster")
	_, err := process.Run(b.ctx, process.Options{
		Path: "go", Args: []string{"-C", b.root, "build", "-trimpath", "-o", b.program, "./cmd/roster"},
		Env: append(os.Environ(), "CGO_ENABLED=0"),
	}, "")
	return err
}

// command runs a command of Roster on a data folder.
func (b *bench) command(h dataFolder, stdin string, args ...string) (string, error) {
	return process.Run(b.ctx, process.Options{Path: b.program, Args: append([]string{"--data", h.folder}, args...), Env: h.env}, stdin)
}

// serve starts Roster on a data folder, with the default settings except for those of the
// folder and of env. The log goes to a file, as in production.
func (b *bench) serve(h dataFolder, env ...string) (*server, error) {
	o := process.Options{
		Path: b.program, Env: slices.Concat(h.env, env),
		Args: []string{"serve", "--data", h.folder, "--listen", "127.0.0.1:0"},
	}
	if b.profile != "" {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		o.Path = self
		o.Args = append([]string{profiledCommand, filepath.Join(b.profile, fmt.Sprintf("%02d", b.started+1))}, o.Args...)
	}
	return b.launch(o, "roster: listening on ")
}

// profiledCommand is the command that runs Roster with the profiler.
const profiledCommand = "profiled"

// profiled runs a program in this process and writes two profiles at its
// end: NAME-cpu.pprof and NAME-heap.pprof.
func profiled(name string, program func() int) (err error) {
	cpu, err := os.Create(name + "-cpu.pprof")
	if err != nil {
		return err
	}
	heap, err := os.Create(name + "-heap.pprof")
	if err != nil {
		return errors.Join(err, cpu.Close())
	}
	defer func() { err = errors.Join(err, cpu.Close(), heap.Close()) }()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	status := program()
	pprof.StopCPUProfile()
	runtime.GC()
	if status != 0 {
		return fmt.Errorf("it ended with status %d", status)
	}
	return pprof.WriteHeapProfile(heap)
}
