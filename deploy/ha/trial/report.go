package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// summary counts the results of all writes.
type summary struct {
	acknowledged, lost          int
	rejected, rejectedCommitted int // responses that say that nothing was written
	unknown, unknownCommitted   int // the result was unknown to the node or the client
	other                       int // any other response
	missing                     []string
}

// summarize compares the responses with the users that exist on each node.
func (t *trial) summarize(ctx context.Context) (summary, error) {
	unsure := map[string]bool{}
	for _, n := range t.nodes {
		ids, err := n.unknownResults()
		if err != nil {
			return summary{}, err
		}
		for id := range ids {
			unsure[id] = true
		}
	}
	var sum summary
	for i, n := range t.nodes {
		there, err := n.usernames(ctx)
		if err != nil {
			return summary{}, err
		}
		one := t.ledger.compare(there, unsure)
		if i > 0 && (one.lost != sum.lost || one.unknownCommitted != sum.unknownCommitted) {
			return summary{}, fmt.Errorf("the nodes disagree: %+v and %+v", sum, one)
		}
		sum = one
	}
	return sum, nil
}

func (l *ledger) compare(there, unsure map[string]bool) summary {
	var sum summary
	for _, w := range l.writes {
		found := 0
		if there[w.username] {
			found = 1
		}
		switch {
		case w.status == http.StatusCreated:
			sum.acknowledged++
			sum.lost += 1 - found
			if found == 0 {
				sum.missing = append(sum.missing, w.username)
			}
		case w.status == 0 || unsure[w.request]:
			sum.unknown++
			sum.unknownCommitted += found
		case w.status == http.StatusServiceUnavailable || w.status == http.StatusTooManyRequests:
			sum.rejected++
			sum.rejectedCommitted += found
		default:
			sum.other++
		}
	}
	return sum
}

// report prints the results, and returns an error if an acknowledged write was lost or a rejected one exists.
func (t *trial) report(results []result, sum summary) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	line := func(cells ...string) { _, _ = fmt.Fprintln(w, "| "+strings.Join(cells, "\t| ")+"\t|") }
	line("failure", "primary", "writes rejected", "reads rejected", "writes rejected during the recovery")
	line("---", "---", "---", "---", "---")
	for _, r := range results {
		line(r.what, r.from+" → "+r.to, seconds(r.writes), seconds(r.reads), seconds(r.back))
	}
	err := w.Flush()
	fmt.Printf(`
acknowledged: %d, lost: %d
rejected: %d, committed nevertheless: %d
unknown (no response, or none to COMMIT): %d, of which committed: %d
other responses: %d
`, sum.acknowledged, sum.lost, sum.rejected, sum.rejectedCommitted, sum.unknown, sum.unknownCommitted, sum.other)
	return errors.Join(err, sum.err())
}

func (r summary) err() error {
	switch {
	case r.acknowledged == 0:
		return errors.New("no write was acknowledged, so the trial has no result")
	case r.lost > 0:
		return fmt.Errorf("%d acknowledged writes were lost, such as %s", r.lost, r.missing[0])
	case r.rejectedCommitted > 0:
		return fmt.Errorf("%d rejected writes were committed", r.rejectedCommitted)
	case r.other > 0:
		return fmt.Errorf("%d responses were neither a success nor a rejection", r.other)
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
