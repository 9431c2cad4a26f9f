package config

import "strings"

// Fault is one thing wrong with the settings.
type Fault struct {
	// Source is where it stands: "file roster.toml:3", "ROSTER_LISTEN",
	// "flag --listen" or "default".
	Source string
	// Setting is its name, or what was taken for one; empty for a fault of the
	// whole source.
	Setting string
	// Problem says what is wrong and what to do; it never holds a secret.
	Problem string
}

// String is the fault in one line.
func (f Fault) String() string {
	if f.Setting == "" {
		return f.Source + ": " + f.Problem
	}
	return f.Source + ": " + f.Setting + ": " + f.Problem
}

// Error is all that is wrong with the settings.
type Error struct{ Faults []Fault }

// Error has a line for each fault.
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}
