package cli

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
)

const (
	// sampleHistory is how long ago the history of the sample data begins.
	sampleHistory = 2 * 365 * 24 * time.Hour
	sampleMembers = 300
	// sampleChanges is the number of changes of users in the history.
	sampleChanges = 240
	// sampleBatches is the number of imports, which are evenly spread over the history.
	sampleBatches = 10
)

// sampleClock is a clock that can be set to a time in the past. The zero time is the present.
type sampleClock struct{ at atomic.Int64 }

func (c *sampleClock) set(at time.Time) {
	if at.IsZero() {
		c.at.Store(0)
		return
	}
	c.at.Store(at.UnixMicro())
}

func (c *sampleClock) now() time.Time {
	if at := c.at.Load(); at != 0 {
		return time.UnixMicro(at)
	}
	return time.Now()
}

// The parts of the names of sample users. The numbers of both have no common factor, so that no name occurs twice.
const (
	sampleGivenNames = "Amara Jonas Priya Mira Yuki Fatima Tomasz Ines Elif Noah Chiara Kofi Linnea Mateo Anouk Ravi Zofia Omar Hanna Diego Leila Emil Nadia Lars Aisha"
	sampleFamilies   = "Diallo Weidner Raghunathan Castellanos Tanabe Sayed Wisniewski Duarte Aydin Okonkwo Rossi Mensah Lindqvist Herrera Janssen Menon Kowalska Haddad Brandt"
)

// createHistory creates organizations, users, and changes of two years. The users have no password: hashing
// one for each of them would delay the start.
func createHistory(ctx context.Context, d *directory.Directory, clock *sampleClock) error {
	defer clock.set(time.Time{})
	operator := model.Operator()
	orgs, err := d.Organizations(ctx, operator)
	if err != nil {
		return explain(err)
	}
	for _, name := range []string{"Platform", "Web team", "Field operations", "Partners"} {
		org, err := d.CreateOrganization(ctx, operator, name)
		if err != nil {
			return explain(err)
		}
		orgs = append(orgs, org)
	}
	const length, users = sampleHistory / sampleBatches, sampleMembers / sampleBatches
	for i := range sampleBatches {
		begin := clock.now()
		of := importer.Import{Name: fmt.Sprintf("sample %d", i+1)}
		if _, err := d.Import(ctx, operator, of, sampleLines(orgs, i*users, (i+1)*users), func(importer.Step) error { return nil }); err != nil {
			return explain(err)
		}
		if err := createChanges(ctx, d, clock, length, i); err != nil {
			return explain(err)
		}
		clock.set(begin.Add(length))
	}
	return nil
}

// sampleLines yields the sample users with these numbers.
func sampleLines(orgs []model.Organization, from, to int) iter.Seq2[importer.Line, error] {
	givens, families := strings.Fields(sampleGivenNames), strings.Fields(sampleFamilies)
	return func(yield func(importer.Line, error) bool) {
		for n := from; n < to; n++ {
			given, family := givens[n%len(givens)], families[n%len(families)]
			username := strings.ToLower(given + "." + family)
			entry := importer.Entry{
				Username: username, Names: model.Names{}.WithParts(given, family), Limits: model.DefaultLimits(),
				Emails:      []importer.EntryEmail{{Address: username + "@example.org", Verified: true}},
				Memberships: []importer.EntryMembership{{Organization: orgs[n%len(orgs)].Slug, Role: "Member"}},
			}
			if !yield(importer.Line{Number: int64(n - from + 1), Entry: entry}, nil) {
				return
			}
		}
	}
}

// createChanges changes, blocks and unblocks users, evenly over a time.
func createChanges(ctx context.Context, d *directory.Directory, clock *sampleClock, length time.Duration, batch int) error {
	operator := model.Operator()
	users, err := d.Users(ctx, operator, model.UserFilter{Limit: sampleMembers, SkipTotal: true})
	if err != nil {
		return err
	}
	begin := clock.now()
	const count = sampleChanges / sampleBatches
	for i := range count {
		clock.set(begin.Add(time.Duration(i+1) * length / (count + 1)))
		u := users.Items[(i*7+batch)%len(users.Items)]
		bio := fmt.Sprintf("Room %d", 100+i)
		switch {
		case u.State == model.Blocked:
			_, err = d.UnblockUser(ctx, operator, u.ID)
		case i%6 == 0:
			_, err = d.BlockUser(ctx, operator, u.ID)
		default:
			_, err = d.ChangeUser(ctx, operator, u.ID, directory.UserChange{Bio: &bio})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
