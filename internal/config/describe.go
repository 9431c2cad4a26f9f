package config

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Describe describes every setting as plain text.
func Describe() string {
	var b strings.Builder
	b.WriteString("Each setting can be set in the file or in the environment; the environment overrides the file.\n")
	for _, s := range Settings() {
		_, _ = fmt.Fprintf(&b, "\n%s\n    %s\n    %s, default %s\n    %s\n",
			s.Name, s.Meaning, s.Type, s.defaultWords(), s.envWords(" or "))
	}
	return b.String()
}

func (s Setting) defaultWords() string {
	if s.Default == "" {
		return "empty"
	}
	return s.Default
}

func (s Setting) envWords(between string) string {
	if s.EnvFile == "" {
		return s.Env
	}
	return s.Env + between + s.EnvFile
}

// Effective returns the settings as a TOML file that sets the same values. Secrets are masked,
// and the loader rejects the mask.
func Effective(c Config) (string, error) {
	var b strings.Builder
	section := ""
	for _, s := range Settings() {
		table, key := s.parts()
		if table != section {
			section = table
			_, _ = fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		line, err := toml.Marshal(map[string]any{key: s.value(&c)})
		if err != nil {
			return "", fmt.Errorf("show %s: %w", s.Name, err)
		}
		b.Write(line)
	}
	return b.String(), nil
}

func (s Setting) parts() (table, key string) {
	if table, key, ok := strings.Cut(s.Name, "."); ok {
		return table, key
	}
	return "", s.Name
}

const referenceHead = `# Settings

This page is generated: ` + "`go test ./internal/config -update`" + ` updates it.

Each setting has a default. A TOML file (` + "`roster serve --config FILE`" + `) overrides defaults,
environment variables override the file, and flags override both. All errors are reported
at once. An unknown name in the file is an error.

- A duration is written like ` + "`30s`, `10m`, `2h` or `7d`" + `, a size like ` + "`512KiB` or `1MiB`" + `.
- A list is ` + "`[\"a\", \"b\"]`" + ` in the file, and ` + "`a,b`" + ` in an environment variable.
- An empty environment variable counts as absent.
- A variable ending in ` + "`_FILE`" + ` is the path of a file with a secret.
- ` + "`roster config describe`" + ` prints this list; secrets are never printed.

An unattended installation takes the first administrator from ` + "`ROSTER_ADMIN_USERNAME`" + `,
` + "`ROSTER_ADMIN_EMAIL` and `ROSTER_ADMIN_PASSWORD`" + ` (each also with ` + "`_FILE`" + `): all three or none.
`

// Reference returns docs/settings.md: a table for each section of the file.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	section := "-"
	for _, s := range Settings() {
		table, key := s.parts()
		if table != section {
			section = table
			_, _ = fmt.Fprintf(&b, "\n## %s\n\n| setting | takes | default | environment | meaning |\n|---|---|---|---|---|\n", sectionTitle(table))
		}
		_, _ = fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", key, s.Type, s.defaultCode(),
			"`"+s.envWords("`, `")+"`", strings.ReplaceAll(s.Meaning, "|", `\|`))
	}
	return b.String()
}

func sectionTitle(table string) string {
	if table == "" {
		return "General"
	}
	return "`[" + table + "]`"
}

func (s Setting) defaultCode() string {
	if s.Default == "" {
		return "empty"
	}
	return "`" + s.Default + "`"
}

// ShownSetting is a setting with its value, for display.
type ShownSetting struct {
	Name, Meaning string
	Value         any // as in TOML; secrets are masked
}

// Show lists the settings of c.
func Show(c Config) []ShownSetting {
	var all []ShownSetting
	for _, s := range Settings() {
		all = append(all, ShownSetting{s.Name, s.Meaning, s.value(&c)})
	}
	return all
}
