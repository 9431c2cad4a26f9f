package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Sources are where settings come from besides their defaults.
type Sources struct {
	// File is the path of a TOML file; empty means none.
	File string
	// Env is the environment as os.Environ gives it. An empty variable counts
	// as absent, because compose files pass on variables that nobody set.
	Env []string
	// Flags has the text of each setting that was given on the command line,
	// by the setting's name ("listen", "mail.host").
	Flags map[string]string
}

// Load reads all sources and checks the result. Its error is an *Error with
// every fault.
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

// loader collects values and complaints.
type loader struct {
	config   Config
	settings []Setting
	names    []string
	// origin tells for each setting where its value stands.
	origin map[string]string
	// broken settings have a fault already, so they are not checked further.
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

// apply notes where a value came from and what was wrong with it.
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

func (l *loader) unknown(name string) string {
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

// flagOf is how the command line gives a setting: three have a flag of their own.
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

// warnUnknown points at variables that look like settings but are none. They
// are no fault: something else may be called Roster.
func (l *loader) warnUnknown(environ []string, known map[string]bool) {
	candidates := slices.Sorted(maps.Keys(known))
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "ROSTER_") || known[name] || isOtherVariable(name) {
			continue
		}
		hint := "roster config describe lists all settings"
		if near := nearest(name, candidates); near != "" {
			hint = "did you mean " + near + "?"
		}
		l.warn("%s is set but is not a setting: %s", name, hint)
	}
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

// maxSecretFile is more than any secret, and less than a mistaken path may cost.
const maxSecretFile = 64 << 10

// fromEnv reads a variable, or the file that its …_FILE twin names. The source
// is the variable that counts, or empty if there is none.
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

// readSecret drops the line end that editors and echo leave behind.
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
