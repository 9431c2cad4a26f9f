//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"roster.example/roster/bench/dataset"
)

// importRounds is the number of imports of a million users, which take a minute or
// two each.
const importRounds = 3

// importUsers compares the command with inserts of the same rows: from the
// start of the process to its end, including opening and closing the
// database.
func (b *bench) importUsers() error {
	size := dataset.Size(b.sizes.imported)
	file, err := b.writeUsers(size)
	if err != nil {
		return err
	}
	var ours, theirs, ratios []float64
	for range min(b.runs, importRounds) {
		one, err := b.importOnce(file, size)
		if err != nil {
			return err
		}
		other, err := b.insertOnce(size)
		if err != nil {
			return err
		}
		n := float64(size)
		ours, theirs = append(ours, n/one.Seconds()), append(theirs, n/other.Seconds())
		ratios = append(ratios, other.Seconds()/one.Seconds())
		b.printf("   imported in %s, inserted in %s", one.Round(time.Millisecond), other.Round(time.Millisecond))
	}
	b.report.quantity(fmt.Sprintf("import of %d users", size), "", spreadOf(ours), "a second")
	b.report.quantity("raw bulk insert of the same rows", "", spreadOf(theirs), "a second")
	b.report.row("import ÷ raw bulk insert of the same rows, users a second", "≥ 0.5", spreadOf(ratios))
	return os.Remove(file)
}

func (b *bench) writeUsers(size dataset.Size) (path string, err error) {
	path = filepath.Join(b.scratch, "dataset.csv")
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(size.WriteCSV(file), file.Close())
}

func (b *bench) importOnce(file string, size dataset.Size) (took time.Duration, err error) {
	h, err := b.emptyFolder("import")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(h.folder)) }()
	begin := time.Now()
	output, err := b.command(h, "", "import", file)
	if err != nil {
		return 0, err
	}
	took = time.Since(begin)
	if !strings.Contains(output, fmt.Sprint(int(size))) {
		err = fmt.Errorf("the output does not report %d users: %s", size, output)
	}
	return took, err
}

func (b *bench) insertOnce(size dataset.Size) (took time.Duration, err error) {
	folder, err := os.MkdirTemp(b.scratch, "insert-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	begin := time.Now()
	r, err := openRaw(b.ctx, filepath.Join(folder, "raw.db"), 1)
	if err != nil {
		return 0, err
	}
	err = r.bulk(b.ctx, size, imported, func(int) {})
	head := headOf(int64(size))
	if err == nil {
		_, err = r.ExecContext(b.ctx, head.insert, head.args...)
	}
	err = errors.Join(err, r.Close())
	return time.Since(begin), err
}
