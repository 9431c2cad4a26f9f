package postgres

import (
	"testing"
	"time"
)

func TestTimeoutsAreReadAsPostgreSQLWritesThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "500": 500 * time.Millisecond, "7s": 7 * time.Second, " 10min ": 10 * time.Minute, "10 min": 10 * time.Minute,
		"250ms": 250 * time.Millisecond, "90us": 90 * time.Microsecond, "2h": 2 * time.Hour, "1d": 24 * time.Hour,
	} {
		if got, err := parseTimeout(text); err != nil || got != want {
			t.Errorf("%q: got %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "s", "-1", "1.5s", "7x", "7 weeks", "99999999999"} {
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
