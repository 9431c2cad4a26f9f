package unitext_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/unitext"
)

func TestFoldIgnoresCaseAndForm(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Ada@Example.ORG", "ada@example.org"}, {"STRASSE", "straße"}, {"ÉA", "e\u0301a"}, {"ΣΑΣ", "σας"}, {"J\u030c", "ǰ"}, {"Ꭰ", "ꭰ"},
	} {
		if unitext.Fold(c[0]) != unitext.Fold(c[1]) {
			t.Errorf("%q and %q fold to %q and %q", c[0], c[1], unitext.Fold(c[0]), unitext.Fold(c[1]))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if once := unitext.Fold(text); unitext.Fold(once) != once {
			t.Fatalf("folding %q twice gives %q, then %q", text, once, unitext.Fold(once))
		}
	})
}

func TestRequiredTextIsOneLegibleLineWithinItsLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fault.Code{
		"Ada": "", "علی\u200cرضا": "", "Alex 👩\u200d💻": "", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F": "", "abcdefghij": "",
		"": fault.Blank, " \t": fault.Blank, "abcdefghijk": fault.TooLong, "Ada\nL": fault.Malformed, "a\x00b": fault.Malformed,
		"a\xffb": fault.Malformed, "ada\u202e": fault.Malformed, "\u200cada": fault.Malformed, "\u2800": fault.Malformed,
	} {
		var f fault.List
		unitext.CheckRequired(&f, "name", text, 10)
		if err := f.Err(); (err == nil) != (want == "") || want != "" && !fault.Has(err, "name", want) {
			t.Errorf("%+q: got %v, want %q", text, err, want)
		}
	}
}

func TestInvisibleCharactersAreRejected(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(unicode.Variation_Selector, r) && !unicode.Is(unicode.Cf, r) {
			continue
		}
		for _, text := range []string{string(r), "ada" + string(r), string(r) + "ada", "ada " + string(r)} {
			var f fault.List
			if unitext.CheckRequired(&f, "name", text, 20); !fault.Has(f.Err(), "name", fault.Malformed) {
				t.Fatalf("%+q: got %v", text, f)
			}
		}
	}
}

func TestVariationSelectorsNeedABaseWithVariants(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"☀\ufe0f": true, "1\ufe0f\u20e3": true, "‼\ufe0f": true, "ℹ\ufe0f": true, "葛\U000E0100城": true, "ᠠ\u180b": true, "စ\ufe00": true, "∩\ufe00": true,
		"1\ufe0f": false, "1\ufe0fa": false, "a\ufe0f": false, "ö\ufe0e": false, "葛\u180b": false, "a\U000E0100": false, "☀\U000E0100": false,
		"é\u034f": false, "ב\u034f\u05b0": false, "ㄱ\u3164": false, "\u115f\u1161": false, "ក\u17b4": false, "a\uffa0b": false, "a\u2065b": false, "a\ufff0b": false,
		"a\u2063b": false, "\U0001D173a": false, "a\U000E0001b": false, "a\U000E01F0b": false, "☀\ufe0f\ufe0f": false,
	} {
		var f fault.List
		unitext.CheckMultiline(&f, "bio", text, 20)
		if (len(f) == 0) != ok {
			t.Errorf("%+q: got %v", text, f)
		}
	}
}

func TestUniqueNameHasNoInvisibleMarks(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"Acme": true, "علی\u200cرضا": true, "Ac\u200dme": false, "Acme\ufe0f": false} {
		var f fault.List
		unitext.CheckUniqueName(&f, "name", text, 20)
		if (len(f) == 0) != ok {
			t.Errorf("%+q: got %v", text, f)
		}
	}
}

func TestTrimLeavesJoinersAndTextOfBlanksAlone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{" ada\u200b\n": "ada", "\ufeffada": "ada", "क्\u200d ": "क्\u200d", "a b": "a b"} {
		if got := unitext.Trim(text); got != want {
			t.Errorf("%+q: got %+q, want %+q", text, got, want)
		}
	}
	blanks := "  "
	if unitext.TrimAll(&blanks); blanks != "  " || unitext.TrimmedCopy(nil) != nil {
		t.Errorf("blanks became %q", blanks)
	}
}

func TestMultilineTextMayHaveLineBreaks(t *testing.T) {
	t.Parallel()
	var f fault.List
	unitext.CheckMultiline(&f, "bio", "one\r\n\ttwo", 20)
	unitext.CheckMultiline(&f, "bio", strings.Repeat("a\n", 11), 20)
	if len(f) != 1 || f[0].Code != fault.TooLong {
		t.Errorf("got %v", f)
	}
}
