package cli

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// runLine runs a command line and returns its exit status and what it printed as errors.
func runLine(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out, complaints bytes.Buffer
	status := Run(t.Context(), args, nil, strings.NewReader(""), &out, &complaints)
	return status, complaints.String()
}

// walkFlags calls visit for each flag with the words of its command.
func walkFlags(t *testing.T, visit func(words []string, flag *kong.Flag)) {
	t.Helper()
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	walk(parser.Model.Node, nil, func(node *kong.Node, words []string) {
		for _, flag := range node.Flags {
			visit(words, flag)
		}
	})
}

// arguments returns a line with a value for each argument and required flag of a command, except
// for the flag named without.
func arguments(t *testing.T, words []string, without string) []string {
	t.Helper()
	parser, err := kong.New(&commandLine{})
	if err != nil {
		t.Fatal(err)
	}
	line := slices.Clone(words)
	if len(words) == 0 {
		return []string{"config", "check"} // for a flag of all commands
	}
	walk(parser.Model.Node, nil, func(node *kong.Node, path []string) {
		if !slices.Equal(path, words) {
			return
		}
		for _, arg := range node.Positional {
			if arg.Required {
				line = append(line, sample(arg))
			}
		}
		for _, flag := range node.Flags {
			if flag.Required && flag.Name != without {
				line = append(line, "--"+flag.Name+"="+sample(flag.Value))
			}
		}
	})
	return line
}

func sample(value *kong.Value) string {
	if len(value.EnumSlice()) > 0 && value.Enum != "" {
		return value.EnumSlice()[0]
	}
	switch value.Target.Kind() {
	case reflect.Int64, reflect.Int:
		return "7"
	}
	return "x"
}

func isTextFlag(flag *kong.Flag) bool {
	kind := flag.Target.Type()
	if kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice {
		kind = kind.Elem()
	}
	return kind.Kind() == reflect.String
}

// The flags that accept an empty text, which their help explains. All others reject it.
func TestOnlyDocumentedFlagsAcceptAnEmptyText(t *testing.T) {
	t.Parallel()
	var found []string
	walkFlags(t, func(words []string, flag *kong.Flag) {
		if !flag.Tag.Has(allowsEmpty) {
			return
		}
		found = append(found, strings.Join(append(slices.Clone(words), "--"+flag.Name), " "))
		if !strings.Contains(flag.Help, "empty") {
			t.Errorf("the help of --%s does not say what an empty text means: %s", flag.Name, flag.Help)
		}
	})
	slices.Sort(found)
	if want := []string{
		"project update --group", "project update --overview", "role update --permissions", "user list --search",
		"webhook create --description", "webhook update --description", "webhook update --verbs",
	}; !slices.Equal(found, want) {
		t.Errorf("empty is allowed for %q, expected %q", found, want)
	}
}

// A flag with an empty or blank value is a usage error of every command: without it, the command
// would do more than the caller meant.
func TestEveryFlagRejectsAnEmptyText(t *testing.T) {
	t.Parallel()
	checked := 0
	walkFlags(t, func(words []string, flag *kong.Flag) {
		if !isTextFlag(flag) || flag.Tag.Has(allowsEmpty) {
			return
		}
		checked++
		for _, text := range []string{"", " ", "\t\n", "\u00a0"} {
			for _, form := range [][]string{{"--" + flag.Name + "=" + text}, {"--" + flag.Name, text}} {
				line := append(arguments(t, words, flag.Name), form...)
				status, complaint := runLine(t, line...)
				if status != 2 || !strings.Contains(complaint, "--"+flag.Name) || !strings.Contains(complaint, " --help'") {
					t.Errorf("roster %q: status %d, %s", line, status, complaint)
				}
			}
		}
	})
	if checked < 45 {
		t.Errorf("checked only %d flags", checked)
	}
}

// Numbers, times and yes-or-no flags reject an empty text too.
func TestFlagsOfOtherTypesRejectAnEmptyText(t *testing.T) {
	t.Parallel()
	walkFlags(t, func(words []string, flag *kong.Flag) {
		if isTextFlag(flag) || slices.Contains([]string{"help", "version"}, flag.Name) {
			return
		}
		line := append(arguments(t, words, flag.Name), "--"+flag.Name+"=")
		if status, complaint := runLine(t, line...); status != 2 || !strings.Contains(complaint, "--"+flag.Name) {
			t.Errorf("roster %q: status %d, %s", line, status, complaint)
		}
	})
}

// Of two values, one would be lost.
func TestEveryFlagOfOneValueRejectsASecond(t *testing.T) {
	t.Parallel()
	walkFlags(t, func(words []string, flag *kong.Flag) {
		if flag.IsCumulative() || slices.Contains([]string{"help", "version"}, flag.Name) {
			return
		}
		value := "--" + flag.Name
		if !flag.IsBool() {
			value += "=" + sample(flag.Value)
		}
		if flag.Target.Type().String() == "time.Duration" {
			value = "--" + flag.Name + "=1h"
		}
		line := append(arguments(t, words, flag.Name), value, value)
		if status, complaint := runLine(t, line...); status != 2 || !strings.Contains(complaint, "--"+flag.Name+" may be given only once") {
			t.Errorf("roster %q: status %d, %s", line, status, complaint)
		}
	})
}

func TestIgnoredFlagsAreRejected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line string // separated by |
		want string
	}{
		{"--config=|config|check", "--config must not be empty; omit the flag"},
		{"config|check|--data|", "--data must not be empty"},
		{"--listen=|config|check", "--listen must not be empty"},
		{"--database=|config|check", "--database must not be empty"},
		{"--data=a|config|check|--data=b", "--data may be given only once"},
		{"--config=a|user|list|--config|b", "--config may be given only once"},
		{"config|check|--set", "--set"},
		{"config|check|--set=", `expected NAME=VALUE but got ""`},
		{"config|check|--set=mail.host", `expected NAME=VALUE but got "mail.host"`},
		{"config|check|--set=mail.host=a|--set=mail.host=b", "the setting mail.host may be given only once"},
		{"config|check|--set=mail.host=|--set=mail.host=b", "the setting mail.host may be given only once"},
		{"ssh-keys|mem|--server=|--token-file=t", "--server must not be empty"},
		{"ssh-keys|mem|--server=http://localhost|--token-file=", "--token-file must not be empty"},
		{"ssh-keys|mem|--server=http://localhost|--token-file=t|--org=", "--org must not be empty"},
		{"ssh-keys|mem|--server=http://localhost|--token-file=t|--org=a|--org=b", "--org may be given only once"},
		{"ssh-keys|--org=|mem", "--org must not be empty"},
		{"ssh-keys|mem|--cache=", "--cache must not be empty"},
		{"export|-o|", "--output must not be empty"},
		{"user|create|--username=|--email=a@example.org", "--username must not be empty; see"},
		{"user|list|--state=ACTIVE|--state=active", "--state may be given only once"},
		{"user|delete|x|--yes|--yes=false", "--yes may be given only once"},
		{"webhook|create|https://example.org|--verbs=,", "--verbs must not be empty"},
		{"webhook|update|1|--verbs= ", "--verbs must not be empty"},
		{"role|update|home|Lead|--permissions=, ,", "--permissions must not be empty"},
		{"role|create|home|Lead|--permissions=", "--permissions must not be empty"},
		{"token|create|x|--name=n|--scopes=", "--scopes must not be empty"},
		{"invitation|create|home|a@example.org|--project=web|--project=", "--project must not be empty"},
	} {
		status, complaint := runLine(t, strings.Split(c.line, "|")...)
		if status != 2 || !strings.Contains(complaint, c.want) {
			t.Errorf("%s: status %d, %s; expected %q", c.line, status, complaint, c.want)
		}
	}
}
