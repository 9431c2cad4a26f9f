package sqlite

import (
	"strings"
	"testing"
	"time"

	"roster.example/roster/internal/model"
	"roster.example/roster/internal/store/sqldb"
)

// Every event search reads an index in the order of events, without a sort and without rows that do not
// match.
func TestEventSearchesAreReadInIndexOrder(t *testing.T) {
	t.Parallel()
	s := openVolatile(t)
	for want, filter := range map[string]model.EventFilter{
		"INTEGER PRIMARY KEY (rowid>?":                            {After: 7},
		"INTEGER PRIMARY KEY (rowid>? AND rowid<?)":               {After: 7, Before: 9, Descending: true},
		"INDEX events_user (user_id=? AND id>?)":                  {User: 7},
		"INDEX events_actor (actor_id=? AND id>?)":                {Actor: 7},
		"INDEX events_real (real_id=? AND id>?)":                  {Actor: 7, Last: true},
		"INDEX events_target (target=? AND target_id=? AND id>?)": {Target: "key", TargetID: 7},
		"INDEX events_organization (organization_id=? AND id>?)":  {Org: 7, API: model.Wekan},
		"INDEX events_verb (verb=? AND id>?)":                     {Verb: model.UserBlock},
		"INDEX events_verb (verb=? AND id>? AND id<?)":            {Verb: "user.", Before: 99},
		"INDEX events_user (user_id=? AND id>? AND id<?)":         {User: 7, Before: 99, Since: time.Unix(1, 0)},
		"INDEX events_at (at>?)":                                  {Since: time.Unix(1, 0), Descending: true},
		"INDEX events_at (at>? AND at<?)":                         {Since: time.Unix(1, 0), Until: time.Unix(3, 0)},
		"events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)":  {Since: time.Unix(1, 0), Until: time.Unix(3, 0)},
	} {
		query, args := sqldb.EventsQuery(engine(), filter)
		got := plan(t, s, query, args...)
		if !strings.Contains(strings.ReplaceAll(got, "COVERING ", ""), want) || strings.Contains(got, "SCAN events") {
			t.Errorf("%+v:\n%s\nwant %s", filter, got, want)
		}
	}
}
