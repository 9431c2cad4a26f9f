package config

import "strings"

// Fault is one error in the settings.
type Fault struct {
	// Source is its place: "file roster.toml:3", "ROSTER_LISTEN",
	// "flag --listen" or "default".
	Source string
	// Setting is the name of the setting; empty for a fault of the whole source.
	Setting string
	// Problem describes the error and what to do. It never contains a secret.
	Problem string
}

// String returns the fault in one line.
func (f Fault) String() string {
	if f.Setting == "" {
		return f.Source + ": " + f.Problem
	}
	return f.Source + ": " + f.Setting + ": " + f.Problem
}

// Error has all faults of the settings.
type Error struct{ Faults []Fault }

// Error returns a line for each fault.
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
