//go:build ignore

// This program makes confusables.txt from the table of confusable characters of Unicode
// Technical Standard 39 (confusables.txt in https://www.unicode.org/Public/security/):
//
//	go run confusables_generate.go <downloaded.txt >confusables.txt
//
// A line is a character, the one that it looks like, and "=" where that has no accent or stroke. The
// table itself is not in this repository, so `go generate` does not run the program.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// line is a character, and the characters that it looks like.
var line = regexp.MustCompile(`^\s*([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;`)

var version = regexp.MustCompile(`^# Version: (\S+)`)

func main() {
	out := bufio.NewWriter(os.Stdout)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		text := strings.TrimPrefix(in.Text(), "\ufeff")
		if found := version.FindStringSubmatch(text); found != nil {
			fmt.Fprintf(out, "# Derived from the Unicode confusables table, version %s (Unicode-3.0, see NOTICE).\n", found[1])
		}
		if found := line.FindStringSubmatch(text); found != nil {
			if r, like := character(found[1]), withoutMarks(found[2]); wanted(r, like) {
				fmt.Fprintf(out, "%04X %s%s\n", r, like, exact(found[2]))
			}
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func character(hexadecimal string) rune {
	n, err := strconv.ParseInt(hexadecimal, 16, 32)
	if err != nil {
		log.Fatal(err)
	}
	return rune(n)
}

// withoutMarks returns characters without accents and strokes.
func withoutMarks(hexadecimal string) string {
	var text strings.Builder
	for _, field := range strings.Fields(hexadecimal) {
		text.WriteRune(character(field))
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text.String()))
}

// exact returns the mark of a line whose characters include no accent or stroke.
func exact(hexadecimal string) string {
	if strings.Contains(hexadecimal, " ") || character(hexadecimal) > unicode.MaxASCII {
		return ""
	}
	return " ="
}

// wanted reports whether r is a character beyond ASCII that NFKC leaves as it is, and that
// looks like one ASCII letter or digit.
func wanted(r rune, like string) bool {
	letter := len(like) == 1 && (like[0] >= '0' && like[0] <= '9' || like[0] >= 'A' && like[0] <= 'Z' || like[0] >= 'a' && like[0] <= 'z')
	return r > 0x7f && letter && norm.NFKC.String(string(r)) == string(r)
}
