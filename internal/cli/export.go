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
	"roster.example/roster/internal/peoplefile"
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
	what := &exportDeed{Format: c.Format, WithPasswordHashes: c.WithPasswordHashes}
	if what.Format == "" {
		what.Format = string(peoplefile.CSV)
		if format, err := peoplefile.FormatOf(c.Output); err == nil {
			what.Format = string(format)
		}
	}
	cfg, err := e.load()
	if err != nil {
		return err
	}
	bar := newProgress(e.stderr, -1, "people")
	defer bar.Finish()
	if toStdout(c.Output) {
		return e.performOn(cfg, "export", what, nil, newTeller(e.stdout, bar, what.Format))
	}
	return replace(c.Output, func(out io.Writer) error {
		return e.performOn(cfg, "export", what, nil, newTeller(out, bar, what.Format))
	})
}

// toStdout reports whether no file was named: "-" stands for none, as it does for
// standard input.
func toStdout(path string) bool { return path == "" || path == "-" }

// replace writes a file that is there as a whole or not at all, and that its owner
// alone may read.
func replace(path string, write func(io.Writer) error) error {
	// Renamed over a device, it would take its place.
	if was, err := os.Stat(path); err == nil && !was.Mode().IsRegular() {
		return misuse(fmt.Sprintf("%s is no file that can be replaced; name another one, or leave --output out and say where with >", path))
	}
	return atomicfile.ReplaceFunc(path, write)
}

// teller tells a bar how many people pass through it.
type teller struct {
	io.Writer
	bar    *progress
	csv    bool
	header bool // was seen, or there is none
	quoted bool
}

func newTeller(to io.Writer, bar *progress, format string) *teller {
	csv := format == string(peoplefile.CSV)
	return &teller{Writer: to, bar: bar, csv: csv, header: !csv}
}

// Write counts the line breaks that end somebody: in a CSV, those outside of
// quotes.
func (t *teller) Write(b []byte) (int, error) {
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
type exportDeed struct {
	Format             string
	WithPasswordHashes bool
}

func (x *exportDeed) do(ctx context.Context, d *directory.Directory, out io.Writer) error {
	buffered := bufio.NewWriterSize(out, 64<<10)
	people, err := peoplefile.NewWriter(buffered, peoplefile.Format(x.Format), x.WithPasswordHashes)
	if err != nil {
		return err
	}
	_, err = d.Export(ctx, directory.Operator(), directory.Export{PasswordHashes: x.WithPasswordHashes}, people.Write)
	return errors.Join(explain(err), buffered.Flush())
}
