package postgres

import (
	"testing"
	"time"
)

func TestTimeoutsAreReadAsPostgreSQLWritesThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "500": 500 * time.Millisecond, "7s": 7 * time.Second, " 10min ": 10 * time.Minute, "10 min": 10 * time.Minute,
		"250ms": 250 * time.Millisecond, "90us": 0, "1.5s": 1500 * time.Millisecond, "0.5 min": 30 * time.Second, "1e3": time.Second, "1500us": 2 * time.Millisecond,
		"2h": 2 * time.Hour, "1d": 24 * time.Hour,
	} {
		if got, err := parseTimeout(text); err != nil || got != want {
			t.Errorf("%q: got %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "s", "-1", "7x", "7 weeks", "99999999999", "30d", "nan", "inf", "-0.6"} {
		if got, err := parseTimeout(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
}

func TestConnectionOutlivesTheStatementTimeoutOfTheAddress(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]time.Duration{
		"": 15 * time.Second, "?statement_timeout=60000": 65 * time.Second, "?statement_timeout=2min": 125 * time.Second,
		"?statement_timeout=0": 24*time.Hour + 5*time.Second,
	} {
		l, err := parse("postgres://roster@db.example.org/roster" + query)
		if err != nil {
			t.Fatal(err)
		}
		if e := l.withLimits(engine(true)); e.StatementTimeout != want || e.UpdateTimeout != want-silenceMargin {
			t.Errorf("%q: a statement may take %s and an update %s, want %s and %s", query, e.StatementTimeout, e.UpdateTimeout, want, want-silenceMargin)
		}
	}
}

func TestExpensiveReadHasTheStatementTimeoutOfTheAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query        string
		wanted, want time.Duration
	}{
		{"", 5 * time.Second, 5 * time.Second},
		{"", time.Minute, 10 * time.Second},
		{"?statement_timeout=90s", time.Minute, time.Minute},
		{"?statement_timeout=1.5s", 5 * time.Second, 1500 * time.Millisecond},
		{"?statement_timeout=0", 10 * time.Minute, 10 * time.Minute},
		{"", 0, 0},
	} {
		l, err := parse("postgres://roster@db.example.org/roster" + c.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.scanTime(c.wanted); got != c.want {
			t.Errorf("%q, %s: got %s, want %s", c.query, c.wanted, got, c.want)
		}
	}
}
