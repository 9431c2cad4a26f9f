//go:build linux

// Command bench compares Roster with a bare handler of net/http that sends the same responses,
// with raw SQLite, with itself at another size, and with PocketBase. The main figures are ratios of
// two measurements that alternate in one run on one machine. README.md describes
// them and contains the last results.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"roster.example/roster/internal/cli"
)

func main() {
	if err := start(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start runs the benchmarks, or, in a child process, one of the programs that the benchmarks
// start.
func start(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case len(args) == 2 && args[0] == bareCommand:
		return serveBare(ctx, args[1])
	case len(args) == 3 && args[0] == searchCommand:
		search(ctx, args[1], args[2])
		return nil
	case len(args) > 2 && args[0] == profiledCommand:
		return profiled(args[1], func() int {
			return cli.Run(ctx, args[2:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
		})
	case len(args) == 1 && args[0] == cli.HashCommand:
		if status := cli.Run(ctx, args, nil, os.Stdin, os.Stdout, os.Stderr); status != 0 {
			return fmt.Errorf("it ended with status %d", status)
		}
		return nil
	}
	b := &bench{ctx: ctx}
	if err := b.flags(args); err != nil {
		return err
	}
	return b.run()
}

// bench is one run.
type bench struct {
	ctx context.Context

	only     []string      // names of scenarios; empty means all
	runs     int           // rounds of every measurement
	duration time.Duration // duration of one measurement in one round
	conns    int           // connections of the load
	sizes    sizes
	data     string // folder of databases that are kept for later runs
	write    bool   // write the results into README.md
	profile  string // folder for profiles of every Roster that is started

	root    string // of the repository
	scratch string // temporary folder
	program string // the roster binary
	started int    // processes so far, for the names of their logs
	report  report
}

// sizes are numbers of users.
type sizes struct{ small, medium, large, huge, imported int }

func (b *bench) flags(args []string) error {
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := set.String("only", "", "run only these `scenarios`: "+strings.Join(scenarioNames(), ","))
	quick := set.Bool("quick", false, "smaller sizes and shorter measurements: a test run without useful figures")
	set.IntVar(&b.runs, "runs", 0, "`rounds` of every measurement (5; 2 with -quick)")
	set.StringVar(&b.data, "data", "", "`folder` for the databases, about 10 GB (the user's cache folder)")
	set.BoolVar(&b.write, "write", false, "write the results into bench/README.md")
	set.StringVar(&b.profile, "profile", "", "write processor and memory profiles of every Roster that runs into this `folder`")
	if err := set.Parse(args); err != nil {
		return err
	}
	if *only != "" {
		b.only = strings.Split(*only, ",")
	}
	b.conns, b.duration, b.sizes = 16, 2*time.Second, sizes{10_000, 100_000, 1_000_000, 10_000_000, 1_000_000}
	rounds := 5
	if *quick {
		b.duration, b.sizes, rounds = time.Second, sizes{2_000, 20_000, 20_000, 50_000, 20_000}, 2
	}
	if b.runs <= 0 {
		b.runs = rounds
	}
	return b.folders()
}

func (b *bench) folders() (err error) {
	if b.root, err = filepath.Abs(".."); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(b.root, "bench", "README.md")); err != nil {
		return errors.New("this is not the folder bench of the repository; run 'go -C bench run .' at its root")
	}
	if b.data == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("%w; name a folder with -data", err)
		}
		b.data = filepath.Join(cache, "roster-bench")
	}
	if b.profile != "" {
		if err := os.MkdirAll(b.profile, 0o755); err != nil {
			return err
		}
	}
	return os.MkdirAll(b.data, 0o700)
}

func (b *bench) run() (err error) {
	chosen, err := b.chosen()
	if err != nil {
		return err
	}
	if b.scratch, err = os.MkdirTemp(b.data, "run-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.scratch)) }()
	if err := b.build(); err != nil {
		return err
	}
	if err := b.describeMachine(); err != nil {
		return err
	}
	begin := time.Now()
	for _, s := range chosen {
		b.printf("== %s: %s", s.name, s.about)
		if err := s.run(b); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	b.report.Took = time.Since(begin).Round(time.Second).String()
	fmt.Print(b.report.markdown())
	if b.write {
		return b.report.save(filepath.Join(b.root, "bench"))
	}
	return nil
}

// printf prints progress on standard error.
func (b *bench) printf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
