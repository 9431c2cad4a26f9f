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

// reckoning counts the results of all writes.
type reckoning struct {
	acknowledged, lost    int
	refused, carriedOut   int // responses that say that nothing was written
	unknown, unknownThere int // the result was unknown to the node or the client
	strange               int // any other response
	missing               []string
}

// reckon compares the responses with the users that exist on each node.
func (t *trial) reckon(ctx context.Context) (reckoning, error) {
	unsure := map[string]bool{}
	for _, n := range t.nodes {
		ids, err := n.unknownResults()
		if err != nil {
			return reckoning{}, err
		}
		for id := range ids {
			unsure[id] = true
		}
	}
	var sum reckoning
	for i, n := range t.nodes {
		there, err := n.usernames(ctx)
		if err != nil {
			return reckoning{}, err
		}
		one := t.ledger.compare(there, unsure)
		if i > 0 && (one.lost != sum.lost || one.unknownThere != sum.unknownThere) {
			return reckoning{}, fmt.Errorf("the nodes disagree: %+v and %+v", sum, one)
		}
		sum = one
	}
	return sum, nil
}

func (l *ledger) compare(there, unsure map[string]bool) reckoning {
	var sum reckoning
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
			sum.unknownThere += found
		case w.status == http.StatusServiceUnavailable || w.status == http.StatusTooManyRequests:
			sum.refused++
			sum.carriedOut += found
		default:
			sum.strange++
		}
	}
	return sum
}

// report prints the results, and returns an error if an acknowledged write was lost or a rejected one exists.
func (t *trial) report(results []result, sum reckoning) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	line := func(cells ...string) { _, _ = fmt.Fprintln(w, "| "+strings.Join(cells, "\t| ")+"\t|") }
	line("what happened", "primary", "writes refused", "reads refused", "writes refused while it came back")
	line("---", "---", "---", "---", "---")
	for _, r := range results {
		line(r.what, r.from+" → "+r.to, seconds(r.writes), seconds(r.reads), seconds(r.back))
	}
	err := w.Flush()
	fmt.Printf(`
acknowledged: %d, lost: %d
refused with an error: %d, carried out all the same: %d
unknown (the answer to COMMIT was lost, or no answer): %d, of which carried out: %d
any other answer: %d
`, sum.acknowledged, sum.lost, sum.refused, sum.carriedOut, sum.unknown, sum.unknownThere, sum.strange)
	return errors.Join(err, sum.verdict())
}

func (r reckoning) verdict() error {
	switch {
	case r.acknowledged == 0:
		return errors.New("nothing was acknowledged, so nothing was shown")
	case r.lost > 0:
		return fmt.Errorf("%d acknowledged writes were lost, such as %s", r.lost, r.missing[0])
	case r.carriedOut > 0:
		return fmt.Errorf("%d writes were refused and carried out all the same", r.carriedOut)
	case r.strange > 0:
		return fmt.Errorf("%d answers were neither a success nor a refusal", r.strange)
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
