// Trial shows what a cluster of deploy/ha does when parts of it fail.
//
// It builds one on this machine, of the same files that go onto three: each
// "machine" is an address of the loopback network with etcd, Patroni, PostgreSQL and
// HAProxy; two have a Roster. Clients write to both without pause and note what they
// were told, while machines are lost and come back. At the end everybody who was
// acknowledged has to be there, and nobody who was refused.
//
// The script deploy/ha/failover installs what it needs, runs it, and clears up.
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

// trial is everything that one run has.
type trial struct {
	folder   string // emptied by who started us
	scripts  string // deploy/ha
	roster   string // the program
	route    string // how nodes find the primary: haproxy, direct, pgbouncer
	api      string // how Patroni speaks to etcd: etcd, etcd3
	account  *syscall.Credential
	secrets  map[string]string
	machines []*machine
	nodes    []*node
	client   *http.Client
	ledger   ledger
}

func main() {
	t := &trial{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	flag.StringVar(&t.folder, "folder", "", "empty folder for everything that the trial makes")
	flag.StringVar(&t.scripts, "scripts", "deploy/ha", "folder with render and the templates")
	flag.StringVar(&t.roster, "roster", "", "the program under test")
	flag.StringVar(&t.route, "route", "haproxy", "how nodes find the primary: haproxy, direct, pgbouncer")
	flag.StringVar(&t.api, "etcd-api", "etcd", "how Patroni speaks to etcd: etcd (the older API), etcd3")
	ttl := flag.Int("ttl", 10, "seconds after which a silent primary is replaced")
	list := flag.String("rounds", "lose,lose,lose,crash,freeze,orphan,standby,alone,etcd,switchover", "what happens, in this order")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := t.run(ctx, *ttl, strings.Split(*list, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "trial:", err)
		os.Exit(1) // the script ends every process that is left
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
	sum, err := t.reckon(ctx)
	if err != nil {
		return err
	}
	return errors.Join(t.report(results, sum), t.examine())
}

// examine has each node verify the database and the chain of events.
func (t *trial) examine() error {
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
