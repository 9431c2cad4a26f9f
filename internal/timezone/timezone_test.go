package timezone

import (
	"slices"
	"testing"
	"time"
)

func TestEveryZoneHasRules(t *testing.T) {
	t.Parallel()
	if Names()[0] != "UTC" || !slices.IsSorted(Names()[1:]) || len(Names()) < 400 {
		t.Errorf("%d names, the first is %s", len(Names()), Names()[0])
	}
	for _, name := range Names() {
		if _, err := time.LoadLocation(name); err != nil {
			t.Error(err)
		}
	}
}

func TestLocationKnowsOnlyTheNamesOfZones(t *testing.T) {
	t.Parallel()
	summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	if got := summer.In(Location("Europe/Berlin")).Format("15:04 MST"); got != "14:00 CEST" {
		t.Errorf("in Berlin it is %s", got)
	}
	for _, name := range []string{"", "Local", "Europe/Nowhere", "europe/berlin", "../Europe/Berlin", "/etc/localtime", "posix/Europe/Berlin", "Europe/Berlin\n", "Europe/Berlin "} {
		if IsValid(name) || Location(name) != time.UTC {
			t.Errorf("%q is a zone", name)
		}
	}
}
