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
	"strings"
	"sync/atomic"
	"time"

	"roster.example/roster/internal/app"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/userfile"
)

type importCommand struct {
	File   string `arg:"" help:"File of people, .csv or .jsonl; '-' is standard input."`
	Format string `help:"csv or jsonl, where the name of the file does not tell." enum:"csv,jsonl," default:"" placeholder:"FORMAT"`
	Name   string `help:"Name of this import, by which it is resumed; name and size of the file if left out." placeholder:"NAME"`
	DryRun bool   `help:"Check everything and write nothing."`
	Report string `help:"Write line, field and reason of what was refused to this file, as CSV, in place of standard error." placeholder:"FILE"`
}

// Help is shown below the flags.
func (importCommand) Help() string {
	return `Makes people of the lines of a file; docs/import.md explains the columns. A line that is
refused, for instance because its username is taken, does not keep the others from being
made: it is reported with its number, and the command ends with status 1.

An import that was cut off goes on where it stopped when the same command is given again:
nobody is made twice and nobody is missed. It works while the server runs.

Examples:
  roster import people.csv --dry-run
  roster import people.csv --report refused.csv
  ldapsearch … | to-jsonl | roster import - --format jsonl --name ldap-2026-05`
}

// Run sends the file to where the data is, and shows how it goes.
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
	what := &importRequest{Format: c.Format, Name: c.Name, DryRun: c.DryRun}
	if err := what.setDefaults(c.File, size); err != nil {
		return err
	}
	show, err := newImportOutput(e, c.Report)
	if err != nil {
		return err
	}
	show.bar = newProgress(e.stderr, -1, "users")
	content := &countingReader{Reader: interruptible(e.ctx, file), size: size}
	show.read = content.percent
	err = e.executeOn(cfg, "import", what, content, show)
	show.bar.Finish()
	return show.finish(e.stdout, what, err)
}

// open gives the file and its size; -1 for one that nobody knows.
func (c *importCommand) open(e *environment) (io.ReadCloser, int64, error) {
	if c.File == "-" {
		return io.NopCloser(e.stdin), -1, nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, 0, fmt.Errorf("open the people: %w", err)
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

// countingReader counts the bytes that were read of a file of a known size.
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

// importDeed is an import where the data is.
type importRequest struct {
	Format, Name string
	DryRun       bool

	content io.Reader
}

// complete finds out what was not said.
func (i *importRequest) setDefaults(file string, size int64) error {
	if i.Format == "" {
		format, err := userfile.FormatOf(file)
		if err != nil {
			return fmt.Errorf("%w, or say --format", err)
		}
		i.Format = string(format)
	}
	if i.Name == "" {
		if size < 0 {
			return usageError("what comes from elsewhere than a file has no name to be resumed by; say --name")
		}
		i.Name = filepath.Base(file) + "-" + strconv.FormatInt(size, 10)
	}
	return nil
}

func (i *importRequest) setContent(content io.Reader) { i.content = content }

// importNews is what the deed prints, a line of JSON for each batch.
type importProgress struct {
	Tally   directory.ImportTally
	Refused []importError `json:",omitempty"`
}

// importRefusal is one fault of one line.
type importError struct {
	Line          int64
	Field, Reason string
	Excerpt       string `json:",omitempty"`
}

func (i *importRequest) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	news := json.NewEncoder(out)
	_, err := d.Import(ctx, directory.Operator(), directory.Import{Name: i.Name, DryRun: i.DryRun},
		userfile.Read(i.content, userfile.Format(i.Format)),
		func(s directory.ImportStep) error {
			return news.Encode(importProgress{s.Tally, importErrors(s.Refused)})
		})
	return explain(err)
}

func importErrors(all []directory.Refusal) []importError {
	var words []importError
	for _, r := range all {
		for _, f := range r.Faults {
			words = append(words, importError{r.Line, f.Name, f.Reason(), r.Excerpt})
		}
	}
	return words
}

// importShow reads the news of an import and shows them.
type importOutput struct {
	bar    *progress
	read   func() string // how much of the file was read
	stderr io.Writer
	file   *os.File // of the report; nil for standard error
	report *csv.Writer
	begun  time.Time

	partial bytes.Buffer // the beginning of a line
	first   directory.ImportTally
	last    directory.ImportTally
}

func newImportOutput(e *environment, report string) (*importOutput, error) {
	s := &importOutput{stderr: e.stderr, begun: time.Now()}
	if report == "" {
		return s, nil
	}
	file, err := os.OpenFile(report, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the report: %w", err)
	}
	s.file, s.report = file, csv.NewWriter(file)
	if info, err := file.Stat(); err == nil && info.Size() == 0 {
		return s, s.report.Write([]string{"line", "field", "reason", "row"})
	}
	return s, nil
}

// Write takes what the deed prints.
func (s *importOutput) Write(b []byte) (int, error) {
	s.partial.Write(b)
	for {
		end := bytes.IndexByte(s.partial.Bytes(), '\n')
		if end < 0 {
			return len(b), nil
		}
		var news importProgress
		if err := json.Unmarshal(s.partial.Next(end+1), &news); err != nil {
			return 0, fmt.Errorf("the server speaks otherwise than this program; use the same version: %w", err)
		}
		if err := s.show(news); err != nil {
			return 0, err
		}
	}
}

func (s *importOutput) show(news importProgress) error {
	if news.Tally.Resumed && s.last == (directory.ImportTally{}) {
		s.first = news.Tally
		err := s.bar.Print(fmt.Sprintf("resuming after line %d: %d users were created before\n", news.Tally.Line, news.Tally.Accepted))
		if err != nil {
			return err
		}
	}
	s.bar.AddWithNote(news.Tally.Accepted-max(s.last.Accepted, s.first.Accepted), s.read())
	s.last = news.Tally
	for _, r := range news.Refused {
		if err := s.printError(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *importOutput) printError(r importError) error {
	if s.report != nil {
		return s.report.Write([]string{strconv.FormatInt(r.Line, 10), r.Field, r.Reason, r.Excerpt})
	}
	text := fmt.Sprintf("line %d: %s %s", r.Line, r.Field, r.Reason)
	if r.Excerpt != "" {
		text += ": " + r.Excerpt
	}
	return s.bar.Print(text + "\n")
}

// end says what came of it. Refused lines are a failure of the command.
func (s *importOutput) finish(stdout io.Writer, what *importRequest, err error) error {
	if s.file != nil {
		s.report.Flush()
		err = errors.Join(err, s.report.Error(), s.file.Close())
	}
	if err != nil && s.last == (directory.ImportTally{}) {
		return err
	}
	said := s.summarize(stdout, what)
	switch {
	case wasInterrupted(err) && what.DryRun:
		return errors.New("interrupted; nothing was written")
	case wasInterrupted(err):
		return fmt.Errorf("interrupted: all lines up to line %d are imported; run the same command again to resume after it", s.last.Line)
	case err != nil:
		return fmt.Errorf("the import %q stopped after line %d; run the same command again to resume after it: %w", what.Name, s.last.Line, err)
	case s.last.Refused > 0:
		return errors.Join(said, fmt.Errorf("%s refused", countOf(int(s.last.Refused), "line")))
	}
	return said
}

// summarize prints how many users were created, such as "3 users created, 1 line refused".
func (s *importOutput) summarize(stdout io.Writer, what *importRequest) error {
	if s.last == s.first {
		_, err := fmt.Fprintf(stdout, "nothing was left to do: %s before\n", s.outcome("created"))
		return err
	}
	verb := "created"
	if what.DryRun {
		verb = "would be created"
	}
	took := max(time.Since(s.begun), time.Millisecond)
	here := s.last.Accepted - s.first.Accepted
	_, err := fmt.Fprintf(stdout, "%s (%.0f users/s)\n", s.outcome(verb), float64(here)/took.Seconds())
	return err
}

func (s *importOutput) outcome(verb string) string {
	return fmt.Sprintf("%s %s, %s refused", countOf(int(s.last.Accepted), "user"), verb, countOf(int(s.last.Refused), "line"))
}

// wasInterrupted reports whether the import ended because the user interrupted it, here
// or in the server, which reports its errors as text.
func wasInterrupted(err error) bool {
	remote, ok := errors.AsType[app.RemoteError](err)
	return errors.Is(err, app.ErrInterrupted) || ok && strings.HasSuffix(remote.Text, app.ErrInterrupted.Error())
}
