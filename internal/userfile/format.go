package userfile

import (
	"fmt"
	"strings"
)

// Format is how a file of people is written.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
)

// ParseFormat takes the name of a format.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case CSV, JSONL:
		return f, nil
	}
	return "", fmt.Errorf("the format %q is not known; write csv or jsonl", name)
}

// FormatOf goes by the end of a file's name.
func FormatOf(name string) (Format, error) {
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".csv"):
		return CSV, nil
	case strings.HasSuffix(lower, ".jsonl"), strings.HasSuffix(lower, ".ndjson"):
		return JSONL, nil
	}
	return "", fmt.Errorf("the name %q does not tell the format; let it end in .csv or .jsonl", name)
}
