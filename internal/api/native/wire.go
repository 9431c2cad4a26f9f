package native

import "roster.example/roster/internal/directory"

// tally is how far an import has come.
type tally struct {
	Line     int64 `json:"line"`
	Accepted int64 `json:"accepted"`
	Refused  int64 `json:"refused"`
}

func newTally(t directory.ImportTally) tally { return tally{t.Line, t.Accepted, t.Refused} }

// progress tells of a batch.
type progress struct {
	Type string `json:"type"` // "resumed" for what was made before, "progress"
	tally
}

// refusal tells of a line.
type refusal struct {
	Type    string        `json:"type"` // "refused"
	Line    int64         `json:"line"`
	Excerpt string        `json:"excerpt,omitempty"` // the line's beginning, without secrets
	Faults  []faultDetail `json:"errors"`
}

// summary is the last line of an answer that is whole.
type summary struct {
	Type   string `json:"type"` // "summary"
	Name   string `json:"name"`
	DryRun bool   `json:"dry_run"`
	tally
}

// failure is the last line of one that is not.
type failure struct {
	Type    string   `json:"type"` // "error"
	Problem *problem `json:"problem"`
}

func newSummary(i directory.Import, t directory.ImportTally) summary {
	return summary{"summary", i.Name, i.DryRun, newTally(t)}
}
