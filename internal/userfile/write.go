package userfile

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/unitext"
)

// Writer writes a file that [Read] can read. It does not buffer.
type Writer struct {
	format  Format
	to      io.Writer
	csv     *csv.Writer
	columns []column
}

// NewWriter writes the header of a CSV file. The column of password hashes is included only if
// withHashes is set.
func NewWriter(to io.Writer, format Format, withHashes bool) (*Writer, error) {
	w := &Writer{format: format, to: to, columns: columns()}
	if !withHashes {
		w.columns = w.columns[:len(w.columns)-1]
	}
	if format != CSV {
		return w, nil
	}
	w.csv = csv.NewWriter(to)
	names := make([]string, len(w.columns))
	for i, c := range w.columns {
		names[i] = c.name
	}
	return w, w.record(names)
}

// Write writes a user.
func (w *Writer) Write(e importer.Entry) error {
	if w.format != CSV {
		return w.object(e)
	}
	cells := make([]string, len(w.columns))
	for i, c := range w.columns {
		cells[i] = unitext.EscapeFormulas(c.write(e))
	}
	return w.record(cells)
}

func (w *Writer) record(cells []string) error {
	if err := w.csv.Write(cells); err != nil {
		return fmt.Errorf("write a user: %w", err)
	}
	w.csv.Flush()
	return w.csv.Error()
}

// object writes the non-empty columns in their order.
func (w *Writer) object(e importer.Entry) error {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, c := range w.columns {
		cell := c.write(e)
		if cell == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		value, err := c.json(cell)
		if err != nil {
			return fmt.Errorf("write a user: %w", err)
		}
		fmt.Fprintf(&b, "%q:%s", c.name, value)
	}
	b.WriteString("}\n")
	_, err := w.to.Write(b.Bytes())
	return err
}

func (c column) json(cell string) ([]byte, error) {
	switch c.kind {
	case flag, number:
		return []byte(cell), nil
	case list:
		return encode(strings.Split(cell, "\n"))
	}
	return encode(cell)
}

func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
