//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"roster.example/roster/bench/process"
)

// describeMachine adds the machine, the date and the commit to the report.
func (b *bench) describeMachine() error {
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return err
	}
	sync, err := b.syncTime()
	if err != nil {
		return err
	}
	b.report.Machine = []string{
		fmt.Sprintf("%s, %d processors, Linux %s, %s", processor(), runtime.NumCPU(), strings.TrimSpace(string(kernel)), runtime.Version()),
		fmt.Sprintf("Writing 4 KiB to the disk and waiting for it (fsync) takes %s.", short(sync)),
		fmt.Sprintf("%s, Roster at commit %s, %d rounds of %s, %d connections.", time.Now().UTC().Format(time.DateOnly), b.commit(), b.runs, b.duration, b.conns),
	}
	for _, line := range b.report.Machine {
		b.printf("   %s", line)
	}
	return nil
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	_, rest, _ := strings.Cut(string(text), "model name")
	name, _, _ := strings.Cut(rest, "\n")
	return strings.TrimLeft(name, "\t :")
}

// commit returns the commit that is checked out, and whether files differ from it.
func (b *bench) commit() string {
	git := func(args ...string) (string, error) {
		return process.Run(b.ctx, process.Options{Path: "git", Args: append([]string{"-C", b.root}, args...)}, "")
	}
	head, err := git("rev-parse", "--short", "HEAD")
	if err != nil {
		return "unknown"
	}
	// The results are not a change of the program.
	if changed, err := git("status", "--porcelain", "--", ":(exclude)bench/README.md"); err != nil || changed != "" {
		head += " with changes"
	}
	return head
}

// syncTime returns the median time of small durable writes.
func (b *bench) syncTime() (took time.Duration, err error) {
	file, err := os.Create(filepath.Join(b.scratch, "sync"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	block := make([]byte, 4<<10)
	times := make([]float64, 200)
	for i := range times {
		begin := time.Now()
		if _, err := file.Write(block); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		times[i] = float64(time.Since(begin))
	}
	return time.Duration(spreadOf(times).Median), nil
}
