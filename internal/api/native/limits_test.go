package native

import (
	"maps"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/emailaddress"
	"roster.example/roster/internal/filter"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook/endpoint"
)

// wantLimits has the limits in the description of the API, by the place where they stand. Struct tags
// cannot name the constants of the packages that enforce the limits, so this test compares them.
func wantLimits() map[string]int {
	limits := map[string]int{
		"RenameAuthenticatorRequest.name": secondfactor.MaxName,
		"ConfirmPasskeyRequest.name":      secondfactor.MaxName,
		"ConfirmTOTPRequest.name":         secondfactor.MaxName,
		"importUsers.name":                importer.MaxName,
		"listEvents.limit":                model.MaxEvents,
		"listDormantUsers.limit":          directory.MaxDormant,
	}
	for limit, names := range map[int][]string{
		model.MaxLine: {
			"name", "given_name", "family_name", "username", "organization", "login", "title", "group", "provider", "uid", "description",
		},
		emailaddress.MaxLength: {"email", "address"},
		secret.MaxPassword:     {"password", "new_password", "current_password"},
		directory.MaxSearch:    {"search"},
		filter.MaxBytes:        {"filter"},
		endpoint.MaxURL:        {"url"},
		model.MaxBulk:          {"invitations", "operations"},
		invitation.MaxProjects: {"project_ids"},
	} {
		for _, name := range names {
			limits[name] = limit
		}
	}
	return limits
}

// limitOf returns the maximum length, number of elements or value of s; 0 for none.
func limitOf(s *huma.Schema) int {
	switch {
	case s == nil:
		return 0
	case s.MaxLength != nil:
		return *s.MaxLength
	case s.MaxItems != nil:
		return *s.MaxItems
	case s.Maximum != nil:
		return int(*s.Maximum)
	}
	return 0
}

func TestLimitsInTheDescriptionAreThoseOfTheRules(t *testing.T) {
	t.Parallel()
	want := wantLimits()
	seen := map[string]bool{}
	check := func(owner, name string, s *huma.Schema) {
		limit := limitOf(s)
		if limit == 0 {
			return
		}
		key := owner + "." + name
		if _, known := want[key]; !known {
			key = name
		}
		wanted, known := want[key]
		if seen[key] = true; known && limit != wanted {
			t.Errorf("%s.%s has the limit %d, want %d", owner, name, limit, wanted)
		}
	}
	a := &api{directory: new(directory.Directory)}
	document := a.register(&routeTable{directory: a.directory})
	for owner, schema := range document.Components.Schemas.Map() {
		for name, s := range schema.Properties {
			check(owner, name, s)
		}
	}
	for _, item := range document.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				check(op.OperationID, p.Name, p.Schema)
			}
		}
	}
	for key := range maps.Keys(want) {
		if !seen[key] {
			t.Errorf("the description has no limit of %s", key)
		}
	}
}
