package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"roster.example/roster/internal/secret"
)

// Setting describes one setting.
type Setting struct {
	// Name is the key in the file, with its section: mail.host.
	Name string
	// Env is the variable that sets it: ROSTER_MAIL_HOST.
	Env string
	// EnvFile is the variable that names a file with the value, for settings that may contain
	// a secret.
	EnvFile string
	// Type describes the type.
	Type string
	// Default is the text form of the default.
	Default string
	// Meaning is a sentence or two.
	Meaning string
	// Secret settings are masked when they are shown.
	Secret bool

	index []int
	tag   reflect.StructTag
}

// lister is a setting that holds several values.
type lister interface{ list() []string }

// Settings lists all settings in the order of the Config struct.
func Settings() []Setting {
	return walk(reflect.TypeFor[Config](), "", nil)
}

func walk(t reflect.Type, prefix string, index []int) []Setting {
	var all []Setting
	for i := range t.NumField() {
		field := t.Field(i)
		at := append(append([]int{}, index...), i)
		name, named := field.Tag.Lookup("name")
		switch {
		case field.Anonymous:
			all = append(all, walk(field.Type, prefix, at)...)
		case !named: // not a setting
		case field.Tag.Get("help") == "":
			all = append(all, walk(field.Type, prefix+name+".", at)...)
		default:
			all = append(all, newSetting(field, prefix+name, at))
		}
	}
	return all
}

func newSetting(field reflect.StructField, name string, index []int) Setting {
	s := Setting{Name: name, Default: field.Tag.Get("default"), Meaning: field.Tag.Get("help"),
		Env:    variableOf(name),
		Secret: field.Type == reflect.TypeFor[secret.Text]() || field.Type == reflect.TypeFor[Database](), index: index, tag: field.Tag}
	if s.Secret && field.Tag.Get("file") != "no" {
		s.EnvFile = s.Env + "_FILE"
	}
	s.Type = s.typeWords(field.Type)
	return s
}

// variableOf returns the environment variable of a setting.
func variableOf(name string) string {
	return "ROSTER_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
}

func (s Setting) typeWords(t reflect.Type) string {
	if oneof := s.tag.Get("oneof"); oneof != "" {
		return "one of " + strings.ReplaceAll(oneof, ",", ", ")
	}
	words := map[reflect.Type]string{
		reflect.TypeFor[secret.Text](): "secret", reflect.TypeFor[Duration](): "duration",
		reflect.TypeFor[Size](): "size", reflect.TypeFor[Networks](): "list of networks",
		reflect.TypeFor[Hosts](): "list of host names", reflect.TypeFor[Domains](): "list of domains", reflect.TypeFor[Words](): "list of words", reflect.TypeFor[bool](): "true or false",
		reflect.TypeFor[int](): "whole number", reflect.TypeFor[string](): "text",
		reflect.TypeFor[Database](): "address of a database",
	}[t]
	if low, high := s.tag.Get("min"), s.tag.Get("max"); low != "" {
		words += " from " + low + " to " + high
	}
	return words
}

func (s Setting) field(c *Config) reflect.Value {
	return reflect.ValueOf(c).Elem().FieldByIndex(s.index)
}

// setText sets the value from the text form of environment, flags and defaults. Its errors never
// contain a secret.
func (s Setting) setText(c *Config, text string) error {
	field := s.field(c)
	if u, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch field.Kind() {
	case reflect.Bool:
		v, err := parseBool(text)
		if err != nil {
			return err
		}
		field.SetBool(v)
	case reflect.Int:
		v, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number: write only digits", text)
		}
		field.SetInt(int64(v))
	default:
		field.SetString(text)
	}
	return nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false: write one of them", text)
}

// setTOML sets the value from the file, which must have the right TOML type.
func (s Setting) setTOML(c *Config, raw any) error {
	switch v := raw.(type) {
	case string:
		if s.wants(c, reflect.Int) || s.wants(c, reflect.Bool) || s.wants(c, reflect.Slice) {
			return s.wrongType(c)
		}
		return s.setText(c, v)
	case int64:
		_, isSize := s.field(c).Interface().(Size)
		if !isSize && !s.wants(c, reflect.Int) {
			return s.wrongType(c)
		}
		return s.setText(c, strconv.FormatInt(v, 10))
	case bool:
		if !s.wants(c, reflect.Bool) {
			return s.wrongType(c)
		}
		return s.setText(c, strconv.FormatBool(v))
	case []any:
		return s.setArray(c, v)
	}
	return s.wrongType(c)
}

func (s Setting) wants(c *Config, kind reflect.Kind) bool { return s.field(c).Kind() == kind }

func (s Setting) setArray(c *Config, raw []any) error {
	if !s.wants(c, reflect.Slice) {
		return s.wrongType(c)
	}
	texts := make([]string, 0, len(raw))
	for _, v := range raw {
		text, ok := v.(string)
		if !ok {
			return s.wrongType(c)
		}
		texts = append(texts, text)
	}
	return s.setText(c, strings.Join(texts, ","))
}

func (s Setting) wrongType(c *Config) error {
	switch s.field(c).Kind() {
	case reflect.Bool:
		return errors.New("wrong type: write true or false, without quotes")
	case reflect.Int:
		return errors.New("wrong type: write a whole number, without quotes")
	case reflect.Slice:
		return errors.New(`wrong type: write a list of texts, such as ["a", "b"]`)
	}
	return errors.New(`wrong type: write a text in quotes`)
}

// value returns the value for TOML, with secrets masked.
func (s Setting) value(c *Config) any {
	field := s.field(c)
	switch v := field.Interface().(type) {
	case secret.Text:
		if v == "" {
			return ""
		}
		return v.String()
	case lister:
		return v.list()
	case fmt.Stringer:
		return v.String()
	}
	return field.Interface()
}
