package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/unitext"
	"roster.example/roster/internal/userfile"
)

type importCommand struct {
	File   string `arg:"" help:"File of users, .csv or .jsonl; '-' is standard input."`
	Format choice `help:"csv or jsonl. Default: by the extension of the file." enum:"csv,jsonl," default:"" placeholder:"FORMAT"`
	Name   string `help:"Name of this import, to resume it. Default: name and size of the file." placeholder:"NAME"`
	DryRun bool   `help:"Check all lines and write nothing."`
	Report string `help:"Write rejected lines with field and reason to this CSV file instead of standard error." placeholder:"FILE"`
}

// Help is shown below the flags.
func (importCommand) Help() string {
	return `Creates a user from each line of a file; docs/import.md explains the columns. A rejected line,
for instance with a username that is taken, does not stop the import: it is reported with
its line number, and the command exits with status 1.

If an import is interrupted, run the same command again: it resumes after the last imported
line, and creates no user twice. It works while the server runs.

Examples:
  roster import users.csv --dry-run
  roster import users.csv --report rejected.csv
  ldapsearch … | to-jsonl | roster import - --format jsonl --name ldap-2026-05`
}

// Run imports the file and shows the progress.
func (c *importCommand) Run(e *environment) (err error) {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	file, size, err := c.open(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	request := &importRequest{Format: string(c.Format), Name: c.Name, DryRun: c.DryRun}
	if err := request.setDefaults(c.File, size); err != nil {
		return err
	}
	show, err := newImportOutput(e, c.Report)
	if err != nil {
		return err
	}
	show.bar = newProgress(e.stderr, -1, "users")
	content := &countingReader{Reader: interruptible(e.ctx, file), size: size}
	show.read = content.percent
	err = e.executeOn(cfg, "import", request, content, show)
	show.bar.Clear()
	return show.finish(e.stdout, request, err)
}

// open returns the file and its size, or -1 if the size is unknown.
func (c *importCommand) open(e *environment) (io.ReadCloser, int64, error) {
	if c.File == "-" {
		return io.NopCloser(e.stdin), -1, nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, 0, err // names the operation and the file
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return file, -1, nil
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// countingReader counts the bytes that were read.
type countingReader struct {
	io.Reader
	size int64 // below 0: unknown
	read atomic.Int64
}

// Read implements [io.Reader].
func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.read.Add(int64(n))
	return n, err
}

// percent describes how much was read, such as "45 % of the file read".
func (c *countingReader) percent() string {
	if c.size <= 0 {
		return ""
	}
	return fmt.Sprintf("%d %% of the file read", 100*c.read.Load()/c.size)
}

// importRequest is the part of the command that is executed where the data is.
type importRequest struct {
	Format, Name string
	DryRun       bool

	content io.Reader
}

// setDefaults derives the format and the name from the file.
func (i *importRequest) setDefaults(file string, size int64) error {
	if i.Format == "" {
		format, err := userfile.FormatOf(file)
		if err != nil {
			return fmt.Errorf("%w, or use --format", err)
		}
		i.Format = string(format)
	}
	if i.Name == "" {
		if size < 0 {
			return usageError("an import from standard input or a pipe needs a name to be resumed; use --name")
		}
		i.Name = filepath.Base(file) + "-" + strconv.FormatInt(size, 10)
	}
	return nil
}

func (i *importRequest) setContent(content io.Reader) { i.content = content }

// importProgress is a line of JSON, which the command prints after each batch.
type importProgress struct {
	Tally   importer.Tally
	Refused []importError `json:",omitempty"`
}

// importError is one error of one line.
type importError struct {
	Line          int64
	Field, Reason string
	Excerpt       string `json:",omitempty"`
}

func (i *importRequest) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	encoder := json.NewEncoder(out)
	_, err := d.Import(ctx, model.Operator(), importer.Import{Name: i.Name, DryRun: i.DryRun},
		userfile.Read(i.content, userfile.Format(i.Format)),
		func(s importer.Step) error {
			return encoder.Encode(importProgress{s.Tally, importErrors(s.Refused)})
		})
	return explain(err)
}

func importErrors(refusals []importer.Refusal) []importError {
	var all []importError
	for _, r := range refusals {
		for _, f := range r.Faults {
			all = append(all, importError{r.Line, f.Name, f.Reason(), r.Excerpt})
		}
	}
	return all
}

// importOutput reads the progress of an import and shows it.
type importOutput struct {
	bar    *progress
	read   func() string // how much of the file was read
	stderr io.Writer
	file   *os.File // of the report; nil for standard error
	report *csv.Writer
	begun  time.Time

	partial bytes.Buffer // the beginning of a line
	first   importer.Tally
	last    importer.Tally
}

func newImportOutput(e *environment, report string) (*importOutput, error) {
	s := &importOutput{stderr: e.stderr, begun: time.Now()}
	if report == "" {
		return s, nil
	}
	file, err := os.OpenFile(report, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err // names the operation and the file
	}
	s.file, s.report = file, csv.NewWriter(file)
	if info, err := file.Stat(); err == nil && info.Size() == 0 {
		return s, s.report.Write([]string{"line", "field", "reason", "row"})
	}
	return s, nil
}

// Write parses the lines of [importProgress].
func (s *importOutput) Write(b []byte) (int, error) {
	s.partial.Write(b)
	for {
		end := bytes.IndexByte(s.partial.Bytes(), '\n')
		if end < 0 {
			return len(b), nil
		}
		var progress importProgress
		if err := json.Unmarshal(s.partial.Next(end+1), &progress); err != nil {
			return 0, fmt.Errorf("the response of the server cannot be read; use the same version of roster: %w", err)
		}
		if err := s.show(progress); err != nil {
			return 0, err
		}
	}
}

func (s *importOutput) show(progress importProgress) error {
	if progress.Tally.Resumed && s.last == (importer.Tally{}) {
		s.first = progress.Tally
		err := s.bar.Print(fmt.Sprintf("resuming after line %d: %d users were created before\n", progress.Tally.Line, progress.Tally.Accepted))
		if err != nil {
			return err
		}
	}
	s.bar.AddWithNote(progress.Tally.Accepted-max(s.last.Accepted, s.first.Accepted), s.read())
	s.last = progress.Tally
	for _, r := range progress.Refused {
		if err := s.printError(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *importOutput) printError(r importError) error {
	if s.report != nil {
		return s.report.Write([]string{strconv.FormatInt(r.Line, 10), r.Field, unitext.EscapeFormulas(r.Reason), unitext.EscapeFormulas(r.Excerpt)})
	}
	text := fmt.Sprintf("line %d: %s %s", r.Line, r.Field, r.Reason)
	if r.Excerpt != "" {
		text += ": " + r.Excerpt
	}
	return s.bar.Print(text + "\n")
}

// finish prints the result. It returns an error if lines were rejected.
func (s *importOutput) finish(stdout io.Writer, request *importRequest, err error) error {
	if s.file != nil {
		s.report.Flush()
		err = errors.Join(err, s.report.Error(), s.file.Close())
	}
	if err != nil && s.last == (importer.Tally{}) {
		return err
	}
	printErr := s.summarize(stdout, request)
	switch {
	case errors.Is(err, app.ErrInterrupted) && request.DryRun:
		return errors.New("interrupted; nothing was written")
	case errors.Is(err, app.ErrInterrupted):
		return fmt.Errorf("interrupted: all lines up to line %d are imported; run the same command again to resume after it", s.last.Line)
	case err != nil:
		return fmt.Errorf("the import %q stopped after line %d; run the same command again to resume after it: %w", request.Name, s.last.Line, err)
	case s.last.Refused > 0:
		return errors.Join(printErr, rejectedError(request.DryRun))
	}
	return printErr
}

// rejectedError does not repeat the numbers of summarize.
func rejectedError(dryRun bool) error {
	if dryRun {
		return errors.New("correct the rejected lines before the import")
	}
	return errors.New("correct the rejected lines in a separate file with the same header, and import that file")
}

// summarize prints how many users were created, such as "3 users created, 1 line rejected".
func (s *importOutput) summarize(stdout io.Writer, request *importRequest) error {
	if s.last == s.first {
		_, err := fmt.Fprintf(stdout, "nothing left to import: %s before\n", s.outcome("created"))
		return err
	}
	verb := "created"
	if request.DryRun {
		verb = "would be created"
	}
	took := max(time.Since(s.begun), time.Millisecond)
	here := s.last.Accepted - s.first.Accepted
	_, err := fmt.Fprintf(stdout, "%s (%.0f users/s)\n", s.outcome(verb), float64(here)/took.Seconds())
	return err
}

func (s *importOutput) outcome(verb string) string {
	return fmt.Sprintf("%s %s, %s rejected", countOf(int(s.last.Accepted), "user"), verb, countOf(int(s.last.Refused), "line"))
}
