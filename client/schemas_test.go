package client_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/client"
)

// TestTheTypesHaveTheMembersOfTheDescription finds what the server has learnt to say
// or to hear and the client has not.
func TestTheTypesHaveTheMembersOfTheDescription(t *testing.T) {
	t.Parallel()
	shapes := client.SchemaTypes()
	for name, s := range fetchDescription(t).Components.Schemas {
		if strings.HasPrefix(name, "List") {
			name = "List"
		}
		shape, known := shapes[name]
		if !known {
			t.Errorf("%s: no type of the client stands for it", name)
			continue
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(s.Properties)), memberNames(shape)); diff != "" {
			t.Errorf("%s (-server +client):\n%s", name, diff)
		}
	}
}

// members are the names in JSON of the fields of a struct, in order.
func memberNames(shape reflect.Type) []string {
	var names []string
	for _, f := range reflect.VisibleFields(shape) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
