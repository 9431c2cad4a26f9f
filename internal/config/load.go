package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Sources are the sources of settings besides the defaults.
type Sources struct {
	// File is the path of a TOML file; empty means none.
	File string
	// Env is the environment as os.Environ gives it. An empty variable counts
	// as absent, because compose files pass on unset variables as empty.
	Env []string
	// Flags has the values from the command line by name of the setting ("listen",
	// "mail.host").
	Flags map[string]string
}

// Load reads all sources and checks the result. The error is an *Error with all faults.
func Load(src Sources) (Config, error) {
	l := newLoader()
	if src.File != "" {
		l.readFile(src.File)
	}
	l.readEnv(src.Env)
	l.readFlags(src.Flags)
	l.check()
	if len(l.faults) > 0 {
		return Config{}, &Error{Faults: l.faults}
	}
	return l.config, nil
}

// Default returns the default of every setting.
func Default() Config { return newLoader().config }

// loader collects values and faults.
type loader struct {
	config   Config
	settings []Setting
	names    []string
	// origin is the source of the value of each setting.
	origin map[string]string
	// broken contains the settings with a fault, which are not checked further.
	broken map[string]bool
	faults []Fault
}

func newLoader() *loader {
	l := &loader{settings: Settings(), origin: map[string]string{}, broken: map[string]bool{}}
	for _, s := range l.settings {
		l.names = append(l.names, s.Name)
		l.apply(s, "default", s.setText(&l.config, s.Default))
	}
	return l
}

// apply records the source of a value, and its fault if err is not nil.
func (l *loader) apply(s Setting, source string, err error) {
	l.origin[s.Name] = source
	if err != nil {
		l.broken[s.Name] = true
		l.fault(source, s.Name, "%s", err)
	}
}

func (l *loader) fault(source, setting, format string, args ...any) {
	l.faults = append(l.faults, Fault{Source: source, Setting: setting, Problem: fmt.Sprintf(format, args...)})
}

func (l *loader) warn(format string, args ...any) {
	l.config.Warnings = append(l.config.Warnings, fmt.Sprintf(format, args...))
}

func (l *loader) setting(name string) (Setting, bool) {
	i := slices.Index(l.names, name)
	if i < 0 {
		return Setting{}, false
	}
	return l.settings[i], true
}

// renamed returns the current name of a setting that had another name, by the previous name.
func renamed(name string) string {
	return map[string]string{
		"events.keep":         "events.retention",
		"gitlab.users_see":    "gitlab.user_visibility",
		"native.import_idle":  "native.import_idle_timeout",
		"pm415.tell_unknown":  "pm415.reveal_unknown_users",
		"users.dormant_after": "users.deactivate_inactive_after",
		"wekan.real_statuses": "wekan.http_statuses",
		"wekan.tell_unknown":  "wekan.reveal_unknown_users",
	}[name]
}

func (l *loader) unknown(name string) string {
	if current := renamed(name); current != "" {
		return "unknown setting: it is called " + current + " now"
	}
	if near := nearest(name, l.names); near != "" {
		return "unknown setting: did you mean " + near + "?"
	}
	return "unknown setting: roster config describe lists all"
}

func (l *loader) readFlags(flags map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		source := flagOf(name)
		if s, ok := l.setting(name); ok {
			l.apply(s, source, s.setText(&l.config, flags[name]))
			continue
		}
		l.fault(source, name, "%s", l.unknown(name))
	}
}

// flagOf returns the flag of a setting: three settings have a flag of their own.
func flagOf(name string) string {
	if slices.Contains([]string{"data", "listen", "database"}, name) {
		return "flag --" + name
	}
	return "flag --set"
}

func (l *loader) readEnv(environ []string) {
	env := lookupIn(environ)
	known := map[string]bool{}
	for _, s := range l.settings {
		known[s.Env] = true
		if s.EnvFile != "" {
			known[s.EnvFile] = true
		}
		text, source, err := fromEnv(env, s.Env, s.EnvFile)
		if err != nil {
			l.broken[s.Name] = true
			l.fault(source, s.Name, "%s", err)
		} else if source != "" {
			l.apply(s, source, s.setText(&l.config, text))
		}
	}
	l.warnUnknown(environ, known)
}

// warnUnknown warns of variables that look like settings but are none. They are not a fault,
// because another program may use the prefix.
func (l *loader) warnUnknown(environ []string, known map[string]bool) {
	candidates := slices.Sorted(maps.Keys(known))
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "ROSTER_") || known[name] || isOtherVariable(name) {
			continue
		}
		hint := "roster config describe lists all settings"
		if current := renamedVariable(name); current != "" {
			hint = "it is called " + current + " now"
		} else if near := nearest(name, candidates); near != "" {
			hint = "did you mean " + near + "?"
		}
		l.warn("%s is set but is not a setting: %s", name, hint)
	}
}

// renamedVariable is [renamed] for environment variables.
func renamedVariable(name string) string {
	table, key, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(name, "ROSTER_")), "_")
	current := renamed(table + "." + key)
	if current == "" {
		return ""
	}
	return variableOf(current)
}

// isOtherVariable reports whether a variable is read, but not as a setting.
func isOtherVariable(name string) bool {
	return name == "ROSTER_CONFIG" || strings.HasPrefix(name, "ROSTER_ADMIN_") || strings.HasPrefix(name, "ROSTER_MIGRATE_")
}

func lookupIn(environ []string) func(string) (string, bool) {
	values := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

// maxSecretFile is the maximum size of a file with a secret.
const maxSecretFile = 64 << 10

// fromEnv reads a variable, or the file that the variable …_FILE names. source is the name of
// the variable that is set, or empty.
func fromEnv(lookup func(string) (string, bool), name, fileName string) (text, source string, err error) {
	text, _ = lookup(name)
	var path string
	if fileName != "" {
		path, _ = lookup(fileName)
	}
	switch {
	case text != "" && path != "":
		return "", name, fmt.Errorf("%s is set as well: keep one of the two", fileName)
	case path != "":
		text, err = readSecret(path)
		return text, fileName, err
	case text != "":
		return text, name, nil
	}
	return "", "", nil
}

// readSecret removes the line break at the end, which editors and echo write.
func readSecret(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %w", err)
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if text == "" || len(raw) > maxSecretFile {
		return "", fmt.Errorf("the file %s is empty or too large for a secret: write the secret into it", path)
	}
	return text, nil
}
