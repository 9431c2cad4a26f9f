package decimal_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"roster.example/roster/internal/decimal"
)

func TestIDHasOneForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 1, "329": 329, "9223372036854775807": math.MaxInt64,
		"": 0, "0": 0, "00": 0, "01": 0, "+1": 0, "-1": 0, " 1": 0, "1 ": 0, "1.0": 0, "1e0": 0, "0x1": 0, "1_0": 0, "١": 0, "abc": 0, "9223372036854775808": 0,
	} {
		if id, ok := decimal.ParseID(text); id != want && ok || ok != (want != 0) {
			t.Errorf("%q: got %d, %v, want %d", text, id, ok, want)
		}
	}
}

func TestWholeNumbersAreParsedInEveryNotation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "0.0": 0, "0e5": 0, "0e-99999999999999999999": 0, "2": 2, "-2": -2, "2.0": 2, "2.000": 2, "1e2": 100, "1E+2": 100, "1.5e1": 15,
		"100e-2": 1, "-25.0e1": -250, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64, "922337203685477580.7e1": math.MaxInt64,
		"1" + strings.Repeat("0", 40) + "e-40": 1,
	} {
		if n, err := decimal.ParseWhole(text); n != want || err != nil {
			t.Errorf("%s: got %d and %v, want %d", text, n, err, want)
		}
	}
	for text, want := range map[string]error{
		"2.5": decimal.ErrFraction, "-0.1": decimal.ErrFraction, "1e-1": decimal.ErrFraction, "15e-1": decimal.ErrFraction, "1e-99999999999999999999": decimal.ErrFraction,
		"9223372036854775808": decimal.ErrRange, "-9223372036854775809": decimal.ErrRange, "1e19": decimal.ErrRange, "-1e30": decimal.ErrRange, "1e99999999999999999999": decimal.ErrRange,
		"": decimal.ErrSyntax, "-": decimal.ErrSyntax, "+1": decimal.ErrSyntax, "01": decimal.ErrSyntax, "1.": decimal.ErrSyntax, ".5": decimal.ErrSyntax, "1e": decimal.ErrSyntax,
		"1e+": decimal.ErrSyntax, "1e1.5": decimal.ErrSyntax, " 1": decimal.ErrSyntax, "--1": decimal.ErrSyntax, "NaN": decimal.ErrSyntax, "1.2.3": decimal.ErrSyntax, "0x10": decimal.ErrSyntax,
	} {
		if n, err := decimal.ParseWhole(text); !errors.Is(err, want) {
			t.Errorf("%q: got %d and %v, want %v", text, n, err, want)
		}
	}
}

// Every JSON number is parsed, and its value is that of math/big.
func FuzzParseWhole(f *testing.F) {
	for _, seed := range []string{"0", "-1.50e1", "1e18", "1E-3", "00", "9223372036854775808"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := decimal.ParseWhole(text)
		var number json.Number
		valid := strings.Trim(text, "+-.eE0123456789") == "" && json.Unmarshal([]byte(text), &number) == nil
		if errors.Is(err, decimal.ErrSyntax) == valid {
			t.Fatalf("%q: got %d and %v, and JSON accepts it: %v", text, n, err, valid)
		}
		if len(text) > 30 || err != nil || strings.Count(strings.ToLower(text), "e") > 0 && len(text) > 10 {
			return
		}
		if want, ok := new(big.Rat).SetString(text); ok && want.Cmp(new(big.Rat).SetInt64(n)) != 0 {
			t.Fatalf("%q: got %d, want %s", text, n, want)
		}
	})
}
