package native

import "roster.example/roster/internal/directory"

// tally is how far an import has come.
type importTally struct {
	Line     int64 `json:"line"`
	Accepted int64 `json:"accepted"`
	Refused  int64 `json:"refused"`
}

func newTally(t directory.ImportTally) importTally { return importTally{t.Line, t.Accepted, t.Refused} }

// progress tells of a batch.
type importProgress struct {
	Type string `json:"type"` // "resumed" for what was made before, "progress"
	importTally
}

// refusal tells of a line.
type importRejection struct {
	Type    string       `json:"type"` // "refused"
	Line    int64        `json:"line"`
	Excerpt string       `json:"excerpt,omitempty"` // the line's beginning, without secrets
	Faults  []fieldError `json:"errors"`
}

// summary is the last line of an answer that is whole.
type importSummary struct {
	Type   string `json:"type"` // "summary"
	Name   string `json:"name"`
	DryRun bool   `json:"dry_run"`
	importTally
}

// failure is the last line of one that is not.
type importFailure struct {
	Type    string   `json:"type"` // "error"
	Problem *problem `json:"problem"`
}

func newSummary(i directory.Import, t directory.ImportTally) importSummary {
	return importSummary{"summary", i.Name, i.DryRun, newTally(t)}
}
