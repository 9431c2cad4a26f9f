package unitext_test

import (
	"testing"

	"roster.example/roster/internal/unitext"
)

func TestFormulasAreEscapedWhereverACellCanBegin(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"":                                "",
		"Ada":                             "Ada",
		"a=b; c-d\ne@f":                   "a=b; c-d\ne@f",
		"'quoted'":                        "'quoted'",
		"=1":                              "'=1",
		"'=1":                             "''=1",
		"\tx":                             "'\tx",
		"\nx":                             "'\nx",
		" =1":                             "' =1",
		"\uff1d1":                         "'\uff1d1",
		"\uff201":                         "'\uff201",
		"x;=cmd|' /C calc'!A0;":           "x;'=cmd|' /C calc'!A0;",
		"x; +1;-1;@a":                     "x;' +1;'-1;'@a",
		"x\t=1\r\n=2\n\uff0b3":            "x\t'=1\r\n'=2\n'\uff0b3",
		`x;"=1`:                           `x;'"=1`,
		`=HYPERLINK("https://a";"click")`: `'=HYPERLINK("https://a";"click")`,
		"x;'=1":                           "x;''=1",
	} {
		got := unitext.EscapeFormulas(cell)
		if got != want {
			t.Errorf("EscapeFormulas(%q) = %q, want %q", cell, got, want)
		}
		if back := unitext.UnescapeFormulas(got); back != cell {
			t.Errorf("UnescapeFormulas(%q) = %q, want %q", got, back, cell)
		}
	}
}

func FuzzEscapedFormulasAreRestored(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "x;=1", "x;''\"=1", "\t=1", "a\r\n\uff0b1", "\xff;=\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		escaped := unitext.EscapeFormulas(cell)
		if back := unitext.UnescapeFormulas(escaped); back != cell {
			t.Errorf("%q was escaped as %q and restored as %q", cell, escaped, back)
		}
	})
}
