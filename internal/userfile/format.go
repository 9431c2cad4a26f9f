package userfile

import (
	"fmt"
	"strings"
)

// Format is the format of a file.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// ParseFormat parses the name of a format.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case CSV, JSONL:
		return f, nil
	}
	return "", fmt.Errorf("the format %q is not known; write csv or jsonl", name)
}

// FormatOf returns the format by the extension of a file name.
func FormatOf(name string) (Format, error) {
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".csv"):
		return CSV, nil
	case strings.HasSuffix(lower, ".jsonl"), strings.HasSuffix(lower, ".ndjson"):
		return JSONL, nil
	}
	return "", fmt.Errorf("the format of %q is unknown; use a name that ends in .csv or .jsonl", name)
}
