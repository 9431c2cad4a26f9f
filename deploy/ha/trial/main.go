// Trial tests a cluster of deploy/ha while parts of it fail.
//
// It starts the cluster on this machine, with the configuration files for three machines: each
// "machine" is an address of the loopback network with etcd, Patroni, PostgreSQL and
// HAProxy; two of them have a Roster. Clients write to both and record the responses
// while machines fail and return. At the end every acknowledged user
// must exist, and no user whose creation was rejected.
//
// The script deploy/ha/failover installs the packages, runs the trial, and removes its files.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

// trial is one run.
type trial struct {
	folder   string // deleted by deploy/ha/failover
	scripts  string // deploy/ha
	roster   string // the program
	route    string // route of the nodes to the primary: haproxy, direct, pgbouncer
	api      string // API of etcd that Patroni uses: etcd, etcd3
	account  *syscall.Credential
	secrets  map[string]string
	machines []*machine
	nodes    []*node
	client   *http.Client
	ledger   ledger
}

func main() {
	t := &trial{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	flag.StringVar(&t.folder, "folder", "", "empty folder for all files of the trial")
	flag.StringVar(&t.scripts, "scripts", "deploy/ha", "folder with render and the templates")
	flag.StringVar(&t.roster, "roster", "", "the program under test")
	flag.StringVar(&t.route, "route", "haproxy", "how nodes find the primary: haproxy, direct, pgbouncer")
	flag.StringVar(&t.api, "etcd-api", "etcd", "API of etcd that Patroni uses: etcd (the older API), etcd3")
	ttl := flag.Int("ttl", 10, "seconds after which a silent primary is replaced")
	list := flag.String("rounds", "lose,lose,lose,crash,freeze,orphan,standby,alone,etcd,switchover", "failures, in this order")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := t.run(ctx, *ttl, strings.Split(*list, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "trial:", err)
		os.Exit(1) // the script kills all remaining processes
	}
}

func (t *trial) run(ctx context.Context, ttl int, names []string) error {
	if err := t.build(ctx, ttl); err != nil {
		return fmt.Errorf("build the cluster: %w", err)
	}
	loaded, relieve := context.WithCancel(ctx)
	defer relieve()
	var clients sync.WaitGroup
	t.load(loaded, &clients)
	var results []result
	for _, name := range names {
		r, err := t.round(ctx, name)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), r.what)
		seen, err := t.play(ctx, r)
		if err != nil {
			return err
		}
		results = append(results, seen)
	}
	relieve()
	clients.Wait()
	sum, err := t.summarize(ctx)
	if err != nil {
		return err
	}
	return errors.Join(t.report(results, sum), t.verify())
}

// verify runs the check of the database and of the chain of events on each node.
func (t *trial) verify() error {
	for _, n := range t.nodes {
		said, err := n.run("doctor")
		if err != nil {
			return err
		}
		for line := range strings.Lines(said) {
			if strings.HasPrefix(line, "ok: ") {
				fmt.Printf("doctor on %s: %s", n.name(), line)
			}
		}
	}
	return nil
}
