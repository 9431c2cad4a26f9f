package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
)

// Format is the format of a file of users.
type Format string

// The formats.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

// Import describes a file of users to import.
type Import struct {
	Name   string // for resuming the import; required except for a dry run
	DryRun bool   // check everything and write nothing
	Format Format // the default is JSONL
}

// ImportStep is a line of the report of an import.
type ImportStep struct {
	Type     string       `json:"type"`     // "resumed", "progress", "refused" or "summary"
	Line     int64        `json:"line"`     // the last processed line; for "refused" the rejected line
	Accepted int64        `json:"accepted"` // users created so far
	Refused  int64        `json:"refused"`  // lines rejected so far
	Excerpt  string       `json:"excerpt"`  // for "refused": the beginning of the line, without secrets
	Errors   []FieldError `json:"errors"`   // for "refused": what is wrong
}

// importLine is any line of the response.
type importLine struct {
	ImportStep

	Problem *problem `json:"problem"`
}

// Import creates users from a file while it is read, and reports each batch when it is committed. The last step is the
// summary. Without a summary the error is ErrCutOff or another one; to continue, import the same file with the same name
// again. The request is not retried, because the file is read once. The caller closes the file after the last step.
func (s Users) Import(ctx context.Context, file io.Reader, i Import) iter.Seq2[ImportStep, error] {
	return func(yield func(ImportStep, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // if the loop is left early
		resp, err := s.c.send(ctx, i.call(), io.NopCloser(file), i.contentType())
		if err != nil {
			yield(ImportStep{}, err)
			return
		}
		defer func() { _ = resp.Body.Close() }() // read completely, or left early
		parseSteps(resp.Body, yield)
	}
}

func (i Import) call() request {
	query := values{}.text("name", i.Name)
	if i.DryRun {
		query = query.text("dry_run", "true")
	}
	return request{method: http.MethodPost, path: "/users/import", query: url.Values(query)}
}

func (i Import) contentType() string {
	if i.Format == CSV {
		return "text/csv"
	}
	return "application/jsonl"
}

func parseSteps(resp io.Reader, yield func(ImportStep, error) bool) {
	lines := bufio.NewScanner(resp)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var l importLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			yield(ImportStep{}, fmt.Errorf("read the import report: %w", err))
			return
		}
		if l.Problem != nil {
			yield(ImportStep{}, l.Problem.err())
			return
		}
		if !yield(l.ImportStep, nil) || l.Type == "summary" {
			return
		}
	}
	err := ErrCutOff
	if cause := lines.Err(); cause != nil {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	yield(ImportStep{}, err)
}

// Export returns a file of all users, sorted by id and without secrets. The default format is JSONL. The caller closes it.
// If reading it fails, the file is incomplete.
func (s Users) Export(ctx context.Context, format Format) (io.ReadCloser, error) {
	req := request{method: http.MethodGet, path: "/users/export", query: url.Values(values{}.text("format", string(format)))}
	var resp *http.Response
	err := s.c.retry(ctx, req, func(ctx context.Context) (err error) {
		resp, err = s.c.send(ctx, req, nil, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}
