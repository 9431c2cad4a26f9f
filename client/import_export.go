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

// Format is the form of a file of people.
type Format string

// The formats.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

// Import is a file of people that are to be made.
type Import struct {
	Name   string // by which it is resumed; needed but for a dry run
	DryRun bool   // check everything, write nothing
	Format Format // empty is JSONL
}

// ImportStep tells how an import goes.
type ImportStep struct {
	Type     string       `json:"type"`     // "resumed" for what was made before, "progress", "refused" for a line, "summary" at the end
	Line     int64        `json:"line"`     // how far it is; of "refused" the line
	Accepted int64        `json:"accepted"` // people made so far
	Refused  int64        `json:"refused"`  // lines refused so far
	Excerpt  string       `json:"excerpt"`  // of "refused": the line's beginning, without secrets
	Errors   []FieldError `json:"errors"`   // of "refused": why
}

// importLine is any line of the answer.
type importLine struct {
	ImportStep

	Problem *problem `json:"problem"`
}

// Import makes people from a file while it is read, and tells of each batch when it
// is on disk. The last step is the summary; without it the error is ErrCutOff or
// another, and whoever sends the same file under the same name again goes on where
// it was. It is tried once, because the file is read once. The caller closes the
// file, after the last step.
func (s Users) Import(ctx context.Context, file io.Reader, i Import) iter.Seq2[ImportStep, error] {
	return func(yield func(ImportStep, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // of who has seen enough
		answer, err := s.c.send(ctx, i.call(), io.NopCloser(file), i.contentType())
		if err != nil {
			yield(ImportStep{}, err)
			return
		}
		defer func() { _ = answer.Body.Close() }() // its end was read, or is not wanted
		parseSteps(answer.Body, yield)
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

func parseSteps(answer io.Reader, yield func(ImportStep, error) bool) {
	lines := bufio.NewScanner(answer)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var l importLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			yield(ImportStep{}, fmt.Errorf("read how the import goes: %w", err))
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

// Export opens a file of all people, by id and without any secret; an empty format
// is JSONL. The caller closes it. A read that fails means that the file is not whole.
func (s Users) Export(ctx context.Context, format Format) (io.ReadCloser, error) {
	k := request{method: http.MethodGet, path: "/users/export", query: url.Values(values{}.text("format", string(format)))}
	var answer *http.Response
	err := s.c.retry(ctx, k, func(ctx context.Context) (err error) {
		answer, err = s.c.send(ctx, k, nil, "")
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}
