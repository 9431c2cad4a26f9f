package config

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// readFile reads a TOML file. It decodes the file into a tree and not into Config, because
// decoding into Config ends at the first value of a wrong type.
func (l *loader) readFile(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		l.fault("file "+path, "", "cannot be read: %v: check the path and its rights", err)
		return
	}
	tree := map[string]any{}
	if err := toml.Unmarshal(text, &tree); err != nil {
		l.syntaxFault(path, err)
		return
	}
	f := file{loader: l, path: path, lines: keyLines(text)}
	f.table("", tree)
	f.warnReadable()
}

// syntaxFault reports the place of a syntax error, without the text, which may be a secret.
func (l *loader) syntaxFault(path string, err error) {
	source, problem := "file "+path, "is not TOML"
	if at, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := at.Position()
		source += ":" + strconv.Itoa(row)
		problem += ": look at column " + strconv.Itoa(column)
		if key := strings.Join(at.Key(), "."); key != "" {
			problem += ", near " + key
		}
	}
	l.fault(source, "", "%s; texts need quotes, and each key may occur only once", problem)
}

// file reads a TOML tree.
type file struct {
	*loader
	path   string
	lines  map[string]int
	secret string // a secret setting in the file
}

// source returns the line of a key, or of the innermost table with a known line.
func (f *file) source(name string) string {
	for at := name; at != ""; at = at[:max(strings.LastIndexByte(at, '.'), 0)] {
		if line := f.lines[at]; line > 0 {
			return "file " + f.path + ":" + strconv.Itoa(line)
		}
	}
	return "file " + f.path
}

// table reads the keys in the order of their lines.
func (f *file) table(prefix string, tree map[string]any) {
	keys := slices.Sorted(maps.Keys(tree))
	slices.SortStableFunc(keys, func(a, b string) int { return f.lines[prefix+a] - f.lines[prefix+b] })
	for _, key := range keys {
		f.entry(prefix+key, tree[key])
	}
}

func (f *file) entry(name string, raw any) {
	s, known := f.setting(name)
	inner, isTable := raw.(map[string]any)
	isSection := slices.ContainsFunc(f.names, func(n string) bool { return strings.HasPrefix(n, name+".") })
	switch {
	case known:
		f.set(s, raw)
	case isSection && isTable:
		f.table(name+".", inner)
	case isSection:
		f.fault(f.source(name), name, "is a section: write [%s] on a line of its own and its settings below", name)
	default:
		f.fault(f.source(name), name, "%s", f.unknown(name))
	}
}

func (f *file) set(s Setting, raw any) {
	f.apply(s, f.source(s.Name), s.setTOML(&f.config, raw))
	address, ok := s.field(&f.config).Interface().(Database)
	if harmless := ok && address.String() == address.Reveal(); s.Secret && raw != "" && !harmless {
		f.secret = s.Name
	}
}

// warnReadable warns if other users can read a file with a secret.
func (f *file) warnReadable() {
	info, err := os.Stat(f.path)
	if f.secret != "" && err == nil && info.Mode().Perm()&0o004 != 0 {
		f.warn("%s contains %s, and all users of this machine can read it: run chmod 600 on it", f.path, f.secret)
	}
}

// keyLines returns the line of each key and table header. The text was parsed before, so there
// are no errors.
func keyLines(text []byte) map[string]int {
	lines := map[string]int{}
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		expression := p.Expression()
		name, line := keyOf(&p, expression)
		if expression.Kind == unstable.KeyValue {
			name = table + name
		} else {
			table = name + "."
		}
		if lines[name] == 0 {
			lines[name] = line
		}
	}
	return lines
}

func keyOf(p *unstable.Parser, expression *unstable.Node) (name string, line int) {
	var parts []string
	for key := expression.Key(); key.Next(); {
		parts = append(parts, string(key.Node().Data))
		line = p.Shape(key.Node().Raw).Start.Line
	}
	return strings.Join(parts, "."), line
}
