package cli

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// allowsEmpty is the tag of a flag for which an empty text has a documented meaning.
const allowsEmpty = "empty"

// checkFlagValues rejects flags that are given but empty, and flags of one value that are given
// twice. A script whose variable is empty would otherwise run without the condition of the flag:
// 'roster ssh-keys ada --org "$ORG"' would print the keys of users outside of the organization.
func checkFlagValues(parsed *kong.Context) error {
	given := map[*kong.Flag]bool{}
	for _, path := range parsed.Path {
		flag := path.Flag
		if flag == nil {
			continue
		}
		if given[flag] && !flag.IsCumulative() {
			return fmt.Errorf("--%s may be given only once", flag.Name)
		}
		given[flag] = true
		if isEmptyValue(flag, parsed.Value(path)) {
			return emptyFlag(flag)
		}
	}
	return nil
}

func emptyFlag(flag *kong.Flag) error {
	if flag.Required {
		return fmt.Errorf("--%s must not be empty", flag.Name)
	}
	return fmt.Errorf("--%s must not be empty; omit the flag if it has no value", flag.Name)
}

// isEmptyValue reports whether a flag has a text without content, or a list with such a text.
func isEmptyValue(flag *kong.Flag, value reflect.Value) bool {
	value = reflect.Indirect(value)
	switch value.Kind() {
	case reflect.String:
		return isEmptyText(flag, value.String())
	case reflect.Slice:
		for i := range value.Len() {
			if item := value.Index(i); item.Kind() == reflect.String && isEmptyText(flag, item.String()) {
				return true
			}
		}
		return value.Len() == 0
	}
	return false
}

func isEmptyText(flag *kong.Flag, text string) bool {
	if flag.Tag.Has(allowsEmpty) && (text == "" || !isList(flag.Value)) {
		return false
	}
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' && isList(flag.Value) }) == ""
}

// settingFlags holds the values of --set by the name of the setting.
type settingFlags map[string]string

// Decode implements [kong.MapperValue]. A repeated name is an error.
func (s *settingFlags) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("setting", &text); err != nil {
		return err
	}
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("expected NAME=VALUE but got %q", text)
	}
	if _, repeated := (*s)[name]; repeated {
		return fmt.Errorf("the setting %s may be given only once", name)
	}
	if *s == nil {
		*s = settingFlags{}
	}
	(*s)[name] = value
	return nil
}
