package native

import "roster.example/roster/internal/importer"

// importTally is the progress of an import.
type importTally struct {
	Line     int64 `json:"line"`
	Accepted int64 `json:"accepted"`
	Refused  int64 `json:"refused"`
}

func newTally(t importer.Tally) importTally { return importTally{t.Line, t.Accepted, t.Refused} }

// importProgress reports a batch.
type importProgress struct {
	Type string `json:"type"` // "resumed" for lines of an earlier request, or "progress"
	importTally
}

// importRejection reports a rejected line.
type importRejection struct {
	Type    string       `json:"type"` // "refused"
	Line    int64        `json:"line"`
	Excerpt string       `json:"excerpt,omitempty"` // the beginning of the line, without secrets
	Faults  []fieldError `json:"errors"`
}

// importSummary is the last line of a complete response.
type importSummary struct {
	Type   string `json:"type"` // "summary"
	Name   string `json:"name"`
	DryRun bool   `json:"dry_run"`
	importTally
}

// importFailure is the last line of a failed import.
type importFailure struct {
	Type    string   `json:"type"` // "error"
	Problem *problem `json:"problem"`
}

func newSummary(i importer.Import, t importer.Tally) importSummary {
	return importSummary{"summary", i.Name, i.DryRun, newTally(t)}
}
