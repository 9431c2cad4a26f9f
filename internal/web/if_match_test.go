package web_test

import (
	"slices"
	"strings"
	"testing"

	"roster.example/roster/internal/web"
)

func TestIfMatchIsParsedAsInRFC9110(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lines string // separated by |
		any   bool
		tags  []string
	}{
		{`*`, true, nil}, {` * `, true, nil},
		{`"a"`, false, []string{"a"}}, {`""`, false, []string{""}},
		{`"a", "b"`, false, []string{"a", "b"}}, {`"a","b"|"c"`, false, []string{"a", "b", "c"}},
		{`, "a",, `, false, []string{"a"}}, {`"a,b"`, false, []string{"a,b"}},
		{`W/"a"`, false, nil}, {`W/"a", "b"`, false, []string{"b"}},
	} {
		got, err := web.ParseIfMatch(strings.Split(c.lines, "|"))
		if err != nil || got.Any != c.any || !slices.Equal(got.Tags, c.tags) {
			t.Errorf("%s: %+v, %v", c.lines, got, err)
		}
	}
	for _, garbage := range []string{``, ` `, `,`, `a`, `"a`, `a"`, `"a" "b"`, `"a"b`, `*, "a"`, `"a", *`, `**`, `w/"a"`, `W/a`, `W/`, `"a b"`, "\"a\x7f\"", `'a'`} {
		if got, err := web.ParseIfMatch([]string{garbage}); err == nil {
			t.Errorf("%s is read as %+v", garbage, got)
		}
	}
}

// FuzzIfMatch checks that only the asterisk is "any version".
func FuzzIfMatch(f *testing.F) {
	for _, line := range []string{`*`, `"a", W/"b"`, `""`, `"a`, `,,"",`, "\xff", `*,*`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := web.ParseIfMatch([]string{line})
		switch {
		case err != nil && (got.Any || got.Tags != nil):
			t.Errorf("%q: %+v beside an error", line, got)
		case err == nil && got.Any != (strings.Trim(line, " \t") == "*"):
			t.Errorf("%q: %+v", line, got)
		}
		for _, tag := range got.Tags {
			if again, err := web.ParseIfMatch([]string{`"` + tag + `"`}); err != nil || !slices.Equal(again.Tags, []string{tag}) {
				t.Errorf("%q: the tag %q reads as %+v, %v", line, tag, again, err)
			}
		}
	})
}
