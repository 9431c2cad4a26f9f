package config

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestPasswordsOfDatabasesAreHidden(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                   "",
		"sqlite:/srv/a:b@c.db":               "sqlite:/srv/a:b@c.db",
		"postgres://db/roster":               "postgres://db/roster",
		"postgres://u@db/roster":             "postgres://u@db/roster",
		"postgres://u:hunter2@db/roster":     "postgres://u:***@db/roster",
		"postgresql://u:hunter2@a:1,b:2/r?x": "postgresql://u:***@a:1,b:2/r?x",
		"postgres://u:hun/ter@2?x@db/r?a=b":  "postgres://u:***@db/r?a=b",
		"postgres:///r?host=/run&password=hunter2&sslmode=require":  "postgres:///r?host=/run&password=***&sslmode=require",
		"postgres://db/r?user=u&sslpassword=hunter2&pass%77ord=hun": "postgres://db/r?user=u&sslpassword=***&pass%77ord=***",
		"postgres://db/r?%zz=hunter2":                               "postgres://db/r?%zz=***",
	} {
		if got := Database(in).String(); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
		shown, err := json.Marshal(struct{ D Database }{Database(in)})
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s %v %+v %#v %q %x %d", Database(in), Database(in), Database(in), Database(in), Database(in), Database(in), Database(in)) +
			Database(in).LogValue().String() + string(shown)
		if strings.Contains(text, "hun") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("%s: the password shows in %s", in, text)
		}
		if Database(in).Reveal() != in {
			t.Errorf("%s: cannot be revealed", in)
		}
	}
}

func TestAddressOfADatabaseComesFromAFileToo(t *testing.T) {
	t.Parallel()
	path := write(t, "database", "postgres://u:hunter2@db/roster\n")
	c := load(t, Sources{Env: []string{"ROSTER_DATABASE_FILE=" + path}})
	if !c.Database.PostgreSQL() || c.Database.Reveal() != "postgres://u:hunter2@db/roster" {
		t.Errorf("got %q", c.Database.Reveal())
	}
	effective, err := Effective(c)
	if err != nil || !strings.Contains(effective, "database = 'postgres://u:***@db/roster'") {
		t.Errorf("got %v\n%s", err, effective)
	}
	got := faults(t, Sources{File: write(t, "roster.toml", effective)})
	if len(got) != 1 || !strings.Contains(got[0], "mask") {
		t.Errorf("the mask was accepted as a password: %q", got)
	}
}

func TestAddressesOfDatabasesAreChecked(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"postgres://":                        "names no host and no database",
		"mysql://u:hunter2@db/x":             "is neither SQLite nor PostgreSQL",
		"host=db password=hunter2":           "is neither SQLite nor PostgreSQL",
		"sqlite:":                            "is neither SQLite nor PostgreSQL",
		"postgres://u@db/x?password=***&a=b": "contains the mask",
	} {
		got := faults(t, Sources{Env: []string{"ROSTER_DATABASE=" + address}})
		if len(got) != 1 || !strings.Contains(got[0], want) || strings.Contains(got[0], "hunter2") {
			t.Errorf("%s: got %q, want %s", address, got, want)
		}
	}
	for _, address := range []string{"postgresql://db", "postgres:///roster?host=/run/postgresql", "postgres://a:1,b:2/roster"} {
		load(t, Sources{Flags: map[string]string{"database": address}})
	}
}

func TestReadableFileWithADatabasePasswordCausesAWarning(t *testing.T) {
	t.Parallel()
	open := func(text string) Config {
		path := write(t, "roster.toml", text)
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		return load(t, Sources{File: path})
	}
	if c := open("database = 'postgres://u:hunter2@db/x'"); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "chmod 600") {
		t.Errorf("got %q", c.Warnings)
	}
	if c := open("database = 'sqlite:/srv/roster.db'"); len(c.Warnings) != 0 {
		t.Errorf("got %q", c.Warnings)
	}
}
