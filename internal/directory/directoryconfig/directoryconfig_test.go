package directoryconfig_test

import (
	"reflect"
	"testing"

	"roster.example/roster/internal/config"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directoryconfig"
	"roster.example/roster/internal/directory/directorytest"
)

// wantSet fails unless every field of a struct has a value.
func wantSet(t *testing.T, name string, limits any) {
	t.Helper()
	fields := reflect.ValueOf(limits)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			t.Errorf("%s.%s is zero", name, fields.Type().Field(i).Name)
		}
	}
}

// A limit that is zero by mistake would allow any number, or nothing.
func TestLimitsHaveDefaults(t *testing.T) {
	t.Parallel()
	for source, o := range map[string]directory.Options{
		"the settings": directoryconfig.Options(config.Default()), "the fixture of tests": directorytest.WithDefaults(directory.Options{}),
	} {
		wantSet(t, source+": Lifetimes", o.Lifetimes)
		wantSet(t, source+": Login", o.Login)
		wantSet(t, source+": KeyLimits", o.KeyLimits)
		if o.MaxKeys == 0 || o.MailPerHour == 0 || o.MailPerDay == 0 {
			t.Errorf("%s: %d keys, %d emails per hour, %d per day", source, o.MaxKeys, o.MailPerHour, o.MailPerDay)
		}
	}
}
