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
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/userfile"
)

type exportCommand struct {
	Format             choice `help:"csv or jsonl. Default: by the extension of the file, else csv." enum:"csv,jsonl," default:"" placeholder:"FORMAT"`
	Output             string `short:"o" help:"File to write. Default: standard output." placeholder:"FILE"`
	WithPasswordHashes bool   `help:"Also write password hashes. The file then allows offline attacks on the passwords."`
}

// Help is shown below the flags.
func (exportCommand) Help() string {
	return `Writes all users in a format that 'roster import' can read; docs/import.md explains the
columns. Invited users are omitted. API keys, tokens and sessions are never written. The
file has mode 0600.

Examples:
  roster export -o users.csv
  roster export --format jsonl | jq .email`
}

// Run exports to a file or to standard output.
func (c *exportCommand) Run(e *environment) error {
	request := &exportRequest{Format: string(c.Format), WithPasswordHashes: c.WithPasswordHashes}
	if request.Format == "" {
		request.Format = string(userfile.CSV)
		if format, err := userfile.FormatOf(c.Output); err == nil {
			request.Format = string(format)
		}
	}
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	bar := newProgress(e.stderr, -1, "users")
	defer bar.Finish()
	if isStdout(c.Output) {
		return e.executeOn(cfg, "export", request, nil, newProgressWriter(e.stdout, bar, request.Format))
	}
	return replaceFile(c.Output, func(out io.Writer) error {
		return e.executeOn(cfg, "export", request, nil, newProgressWriter(out, bar, request.Format))
	})
}

// isStdout reports whether path means standard output.
func isStdout(path string) bool { return path == "" || path == "-" }

// replaceFile atomically replaces a file, with mode 0600.
func replaceFile(path string, write func(io.Writer) error) error {
	// The rename would replace a device.
	if was, err := os.Stat(path); err == nil && !was.Mode().IsRegular() {
		return usageError(fmt.Sprintf("%s is not a regular file; name another file, or redirect standard output with >", path))
	}
	return atomicfile.ReplaceFunc(path, write)
}

// progressWriter counts the users in what is written, for a progress bar.
type progressWriter struct {
	io.Writer
	bar    *progress
	csv    bool
	header bool // the header was seen, or there is none
	quoted bool
}

func newProgressWriter(to io.Writer, bar *progress, format string) *progressWriter {
	csv := format == string(userfile.CSV)
	return &progressWriter{Writer: to, bar: bar, csv: csv, header: !csv}
}

// Write counts the line breaks that end a user; in CSV, those outside of quotes.
func (t *progressWriter) Write(b []byte) (int, error) {
	var users int64
	for _, c := range b {
		switch {
		case c == '"' && t.csv:
			t.quoted = !t.quoted
		case c == '\n' && !t.quoted && t.header:
			users++
		case c == '\n' && !t.quoted:
			t.header = true
		}
	}
	t.bar.Add(users)
	return t.Writer.Write(b)
}

// exportRequest is the part of the command that is executed where the data is.
type exportRequest struct {
	Format             string
	WithPasswordHashes bool
}

func (x *exportRequest) execute(ctx context.Context, d *directory.Directory, out io.Writer) error {
	buffered := bufio.NewWriterSize(out, 64<<10)
	users, err := userfile.NewWriter(buffered, userfile.Format(x.Format), x.WithPasswordHashes)
	if err != nil {
		return err
	}
	_, err = d.Export(ctx, model.Operator(), importer.Export{PasswordHashes: x.WithPasswordHashes}, users.Write)
	return errors.Join(explain(err), buffered.Flush())
}
