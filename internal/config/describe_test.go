package config

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/settings.md anew")

const referencePage = "../../docs/settings.md"

func TestSettingsPageIsCurrent(t *testing.T) {
	t.Parallel()
	if *update {
		if err := os.WriteFile(referencePage, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), Reference()); diff != "" {
		t.Errorf("run go test ./internal/config -update:\n%s", diff)
	}
}

func TestEverySettingIsWellDescribed(t *testing.T) {
	t.Parallel()
	text, seen := Describe(), map[string]string{}
	for _, s := range Settings() {
		for _, env := range []string{s.Env, s.EnvFile} {
			if other := seen[env]; env != "" && other != "" {
				t.Errorf("%s and %s share %s", s.Name, other, env)
			}
			seen[env] = s.Name
		}
		if !strings.HasSuffix(s.Meaning, ".") || strings.HasPrefix(s.Type, " ") || s.Type == "" {
			t.Errorf("%s: type %q, meaning %q", s.Name, s.Type, s.Meaning)
		}
		for _, want := range []string{"\n" + s.Name + "\n", s.Env, s.Meaning, s.Type} {
			if !strings.Contains(text, want) {
				t.Errorf("the description of %s lacks %q", s.Name, want)
			}
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d settings", len(seen))
	}
}

func TestTagsAreValid(t *testing.T) {
	t.Parallel()
	checks := map[string]bool{"": true, "address": true, "database": true, "url": true, "mail": true, "host": true, "line": true, "contact": true}
	var c Config
	for _, s := range Settings() {
		if !checks[s.tag.Get("check")] {
			t.Errorf("%s: unknown check %q", s.Name, s.tag.Get("check"))
		}
		field := s.field(&c)
		isNumber := field.CanInt()
		if isNumber != (s.tag.Get("min") != "") || isNumber && s.limit(field.Type(), "max") <= s.limit(field.Type(), "min") {
			t.Errorf("%s: limits %q, %q", s.Name, s.tag.Get("min"), s.tag.Get("max"))
		}
		for _, text := range []string{s.tag.Get("min"), s.tag.Get("max"), s.Default} {
			if err := s.setText(&c, text); isNumber && err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
		}
	}
}

func TestDurationsAndSizesAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"10m": "10m", "168h": "168h", "7d": "168h", "90s": "1m30s", "0s": "0s", "1h30m": "1h30m", "0": "0s", "500ms": "500ms"} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.String() != want {
			t.Errorf("%s: got %v, error %v, want %s", in, d, err, want)
		}
	}
	for in, want := range map[string]string{"1MiB": "1MiB", "1024 KiB": "1MiB", "1500": "1500B", "10MB": "10000000B", "2 kB": "2000B", "0": "0B", "3GiB": "3GiB"} {
		var z Size
		if err := z.UnmarshalText([]byte(in)); err != nil || z.String() != want {
			t.Errorf("%s: got %v, error %v, want %s", in, z, err, want)
		}
	}
	for _, bad := range []string{"", "-1s", "5", "1y", "-3d", "999999999d"} {
		if err := new(Duration).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("the duration %q was accepted", bad)
		}
	}
	for _, bad := range []string{"", "-1", "MiB", "1.5MiB", "99999999999GiB", "1TiB"} {
		if err := new(Size).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("the size %q was accepted", bad)
		}
	}
}

func TestNearestNameIsFoundOnlyWhenNear(t *testing.T) {
	t.Parallel()
	names := []string{"listen", "mail.host", "password.time", "login.lock"}
	for in, want := range map[string]string{"listn": "listen", "Listen": "listen", "mail.hsot": "mail.host", "time": "password.time", "elephant": "", "": ""} {
		if got := nearest(in, names); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if !reflect.DeepEqual([]int{distance("kitten", "sitting"), distance("", "abc"), distance("abc", "")}, []int{3, 3, 3}) {
		t.Error("wrong distances")
	}
}
