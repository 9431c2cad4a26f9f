package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"roster.example/roster/internal/atomicfile"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/userfile"
)

type exportCommand struct {
	Format             string `help:"csv or jsonl; csv if the name of the file does not tell." enum:"csv,jsonl," default:"" placeholder:"FORMAT"`
	Output             string `short:"o" help:"File to write; standard output if left out." placeholder:"FILE"`
	WithPasswordHashes bool   `help:"Write password hashes as well. Whoever has the file can guess passwords at leisure."`
}

// Help is shown below the flags.
func (exportCommand) Help() string {
	return `Writes everybody, in a form that 'roster import' reads again; docs/import.md explains the
columns. Who waits for an invitation is left out. API keys, tokens and sessions are never
written. A file can be read by its owner alone.

Examples:
  roster export -o people.csv
  roster export --format jsonl | jq .email`
}

// Run writes where it was told to what comes from where the data is.
func (c *exportCommand) Run(e *environment) error {
	what := &exportRequest{Format: c.Format, WithPasswordHashes: c.WithPasswordHashes}
	if what.Format == "" {
		what.Format = string(userfile.CSV)
		if format, err := userfile.FormatOf(c.Output); err == nil {
			what.Format = string(format)
		}
	}
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	bar := newProgress(e.stderr, -1, "people")
	defer bar.Finish()
	if isStdout(c.Output) {
		return e.executeOn(cfg, "export", what, nil, newProgressWriter(e.stdout, bar, what.Format))
	}
	return replaceFile(c.Output, func(out io.Writer) error {
		return e.executeOn(cfg, "export", what, nil, newProgressWriter(out, bar, what.Format))
	})
}

// toStdout reports whether no file was named: "-" stands for none, as it does for
// standard input.
func isStdout(path string) bool { return path == "" || path == "-" }

// replace writes a file that is there as a whole or not at all, and that its owner
// alone may read.
func replaceFile(path string, write func(io.Writer) error) error {
	// Renamed over a device, it would take its place.
	if was, err := os.Stat(path); err == nil && !was.Mode().IsRegular() {
		return usageError(fmt.Sprintf("%s is no file that can be replaced; name another one, or leave --output out and say where with >", path))
	}
	return atomicfile.ReplaceFunc(path, write)
}

// teller tells a bar how many people pass through it.
type progressWriter struct {
	io.Writer
	bar    *progress
	csv    bool
	header bool // was seen, or there is none
	quoted bool
}

func newProgressWriter(to io.Writer, bar *progress, format string) *progressWriter {
	csv := format == string(userfile.CSV)
	return &progressWriter{Writer: to, bar: bar, csv: csv, header: !csv}
}

// Write counts the line breaks that end somebody: in a CSV, those outside of
// quotes.
func (t *progressWriter) Write(b []byte) (int, error) {
	var people int64
	for _, c := range b {
		switch {
		case c == '"' && t.csv:
			t.quoted = !t.quoted
		case c == '\n' && !t.quoted && t.header:
			people++
		case c == '\n' && !t.quoted:
			t.header = true
		}
	}
	t.bar.Add(people)
	return t.Writer.Write(b)
}

// exportDeed is an export where the data is.
type exportRequest struct {
	Format             string
	WithPasswordHashes bool
}

func (x *exportRequest) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	buffered := bufio.NewWriterSize(out, 64<<10)
	people, err := userfile.NewWriter(buffered, userfile.Format(x.Format), x.WithPasswordHashes)
	if err != nil {
		return err
	}
	_, err = d.Export(ctx, directory.Operator(), directory.Export{PasswordHashes: x.WithPasswordHashes}, people.Write)
	return errors.Join(explain(err), buffered.Flush())
}
