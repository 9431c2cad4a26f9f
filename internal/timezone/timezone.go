// Package timezone has the time zones that users choose from: the zones of the IANA database that are named
// for a place, and UTC. The rules of the machine apply; those in the program apply where it has none, so that
// every machine knows the same zones.
package timezone

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the rules; it does not list the names
)

//go:embed zones.txt
var zones string

// Names returns the names of all zones: UTC first, the others in alphabetical order.
var Names = sync.OnceValue(func() []string { return strings.Fields(zones) })

// IsValid reports whether name is the name of a zone.
func IsValid(name string) bool { return slices.Contains(Names(), name) }

// loaded has the zones that were used, by name. There are no more than Names.
var loaded sync.Map

// Location returns the zone of that name; UTC for any other text.
func Location(name string) *time.Location {
	if known, ok := loaded.Load(name); ok {
		return known.(*time.Location)
	}
	if name == "" || !IsValid(name) {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	loaded.Store(name, zone)
	return zone
}
