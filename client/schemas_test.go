package client_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/client"
)

// Finds members that the server has and the client does not, and the reverse.
func TestTypesHaveTheMembersOfTheDescription(t *testing.T) {
	t.Parallel()
	shapes := client.SchemaTypes()
	for name, s := range fetchDescription(t).Components.Schemas {
		if strings.HasPrefix(name, "List") {
			name = "List"
		}
		shape, known := shapes[name]
		if !known {
			t.Errorf("%s: the client has no type for it", name)
			continue
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(s.Properties)), memberNames(shape)); diff != "" {
			t.Errorf("%s (-server +client):\n%s", name, diff)
		}
	}
}

func TestBulkRequestsHaveTheLimitOfTheServer(t *testing.T) {
	t.Parallel()
	schemas := fetchDescription(t).Components.Schemas
	for name, member := range map[string]string{"BulkUsersRequest": "operations", "BulkInvitationsRequest": "invitations"} {
		var list struct{ MaxItems int }
		if err := json.Unmarshal(schemas[name].Properties[member], &list); err != nil || list.MaxItems != client.MaxBulk {
			t.Errorf("%s: the server accepts %d %s, and the client sends up to %d (%v)", name, list.MaxItems, member, client.MaxBulk, err)
		}
	}
}

func TestPagesHaveTheLimitsOfTheServer(t *testing.T) {
	t.Parallel()
	want := map[string]int{"listUsers": client.MaxPage, "listMembers": client.MaxPage, "listWebhookDeliveries": client.MaxPage, "listEvents": client.MaxEventPage}
	got := map[string]int{}
	for _, methods := range fetchDescription(t).Paths {
		for _, op := range methods {
			for _, p := range op.Parameters {
				if _, asked := want[op.OperationID]; asked && p.Name == "limit" {
					got[op.OperationID] = p.Schema.Maximum
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-client +server):\n%s", diff)
	}
}

// memberNames returns the JSON names of the fields of a struct, sorted.
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
