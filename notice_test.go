package roster_test

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write NOTICE anew")

// A linked is a module of which the released program contains code.
type linked struct {
	path, version string
	kind          string // SPDX identifier
	copyright     []string
	notice        string // of its NOTICE file
}

// TestNoticeIsCurrent compares NOTICE with the licences of the modules that cmd/roster links.
func TestNoticeIsCurrent(t *testing.T) {
	t.Parallel()
	// The test cache sees files that the test opens: go.mod says when the modules change.
	if _, err := os.ReadFile("go.mod"); err != nil {
		t.Fatal(err)
	}
	want, err := notice(linkedModules(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("NOTICE", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("NOTICE"); err != nil || string(got) != want {
		t.Errorf("NOTICE is not current (%v): run make golden", err)
	}
}

// linkedModules returns the modules of the release build, by path.
func linkedModules(t *testing.T) []linked {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}", "./cmd/roster")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	byPath := map[string]linked{}
	for fields := range slices.Chunk(lines, 3) {
		if _, known := byPath[fields[0]]; known {
			continue
		}
		m, err := readLicence(fields[2])
		if err != nil {
			t.Fatalf("%s: %v", fields[0], err)
		}
		m.path, m.version = fields[0], fields[1]
		byPath[m.path] = m
	}
	var all []linked
	for _, m := range byPath {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b linked) int { return cmp.Compare(a.path, b.path) })
	return all
}

// readLicence reads the licence files at the top of a module.
func readLicence(folder string) (linked, error) {
	var m linked
	files, err := filepath.Glob(filepath.Join(folder, "[LCNlcn][IOio][CPTcpt]*"))
	if err != nil {
		return m, err
	}
	for _, file := range files {
		name := strings.ToUpper(filepath.Base(file))
		text, err := os.ReadFile(file)
		switch {
		case err != nil:
		case strings.HasPrefix(name, "NOTICE"):
			m.notice = strings.TrimSpace(string(text))
		case strings.HasPrefix(name, "LICEN") || strings.HasPrefix(name, "COPYING"):
			m.kind = cmp.Or(m.kind, spdx(string(text)))
			for _, line := range copyrights(string(text)) {
				if !slices.Contains(m.copyright, line) {
					m.copyright = append(m.copyright, line)
				}
			}
		}
	}
	if m.kind == "" {
		return m, fmt.Errorf("its licence is not one that this test knows: may it be linked?")
	}
	return m, nil
}

// spdx returns the SPDX identifier of a licence's text, or "" if it is unknown.
func spdx(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case strings.Contains(text, "Apache License Version 2.0"):
		return "Apache-2.0"
	case strings.Contains(text, "Permission is hereby granted, free of charge"):
		return "MIT"
	case !strings.Contains(text, "Redistribution and use in source and binary forms"):
		return ""
	case strings.Contains(text, "may be used to endorse or promote products"):
		return "BSD-3-Clause"
	}
	return "BSD-2-Clause"
}

var copyrightLine = regexp.MustCompile(`\bCopyright .*\d{4}`)

func copyrights(text string) []string {
	var lines []string
	for s := bufio.NewScanner(strings.NewReader(text)); s.Scan(); {
		line := strings.Trim(s.Text(), " \t*#/")
		if copyrightLine.MatchString(line) && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

const unicodeLicence = "Unicode-3.0"

// dataFiles names what the program contains beside code.
const dataFiles = `
The program contains data derived from these files:

Unicode confusables table, version 17.0.0 (Unicode-3.0)
    Copyright © 1991-2025 Unicode, Inc.
`

// notice returns the text of the file: each module with its copyright, then each licence once.
func notice(modules []linked) (string, error) {
	var b strings.Builder
	b.WriteString("Roster\nCopyright (c) 2026 The Roster authors\n\nThe program contains code of these modules:\n")
	kinds := map[string]bool{unicodeLicence: true}
	for _, m := range modules {
		kinds[m.kind] = true
		fmt.Fprintf(&b, "\n%s %s (%s)\n", m.path, m.version, m.kind)
		for _, line := range m.copyright {
			fmt.Fprintf(&b, "    %s\n", line)
		}
		if m.notice != "" {
			fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(m.notice, "\n", "\n    "))
		}
	}
	b.WriteString(dataFiles)
	for _, kind := range []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", unicodeLicence} {
		if !kinds[kind] {
			continue
		}
		text, err := os.ReadFile(filepath.Join("docs", "licences", kind+".txt"))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n\n==== %s ====\n\n%s", kind, text)
	}
	return b.String(), nil
}
