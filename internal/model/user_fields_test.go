package model

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// smallestSet is the set with the fewest fields that contains a field of [User].
var smallestSet = map[string]UserFields{
	"ID": BasicFields, "UID": BasicFields, "Username": BasicFields, "Names": BasicFields, "State": BasicFields, "Deactivated": BasicFields,
	"Service": PublicFields, "Admin": PublicFields, "Emails": PublicFields, "Profile": PublicFields,
	"CreatedAt": PublicFields, "UpdatedAt": PublicFields, "ActivatedAt": PublicFields,
	"Limits": GitLabFields, "LastIdentity": GitLabFields,
	"HasPassword": AllFields, "Identities": AllFields, "LastActivity": AllFields,
}

// completeUser returns a user with a value in every field.
func completeUser() User {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	return User{
		ID: 7, UID: "7sK3mQ9xTbW2pLcRd", Username: "ada", Names: Names{}.WithName("Ada Lovelace"), State: Blocked, Deactivated: true,
		Service: true, Admin: true, HasPassword: true,
		Emails:       []Email{{ID: 1, Address: "ada@example.org", Primary: true}, {ID: 2, Address: "second@example.org"}},
		Identities:   []Identity{{User: 7, Provider: "ldap", ExternalUID: "first"}, {User: 7, Provider: "saml", ExternalUID: "second"}},
		LastIdentity: LastIdentity{Provider: "saml"},
		Profile:      Profile{Bio: "Writes notes."}, Limits: DefaultLimits(),
		CreatedAt: at, UpdatedAt: at, ActivatedAt: at, LastActivity: at,
	}
}

func TestRedactKeepsTheFieldsOfTheSet(t *testing.T) {
	t.Parallel()
	for set := AllFields; set <= BasicFields; set++ {
		full, got := reflect.ValueOf(completeUser()), completeUser()
		got.Redact(set)
		if got.Fields != set {
			t.Errorf("set %d: the record names the set %d", set, got.Fields)
		}
		for i := range full.NumField() {
			name := full.Type().Field(i).Name
			if name == "Fields" {
				continue
			}
			smallest, known := smallestSet[name]
			if !known || full.Field(i).IsZero() {
				t.Fatalf("%s: state here which set has it, and set it in completeUser", name)
			}
			kept := !reflect.ValueOf(got).Field(i).IsZero()
			if kept != (set <= smallest) {
				t.Errorf("set %d: %s is kept: %t", set, name, kept)
			}
		}
	}
}

func TestPublicFieldsHaveThePrimaryAddressOnly(t *testing.T) {
	t.Parallel()
	for _, set := range []UserFields{GitLabFields, PublicFields} {
		u := completeUser()
		u.Redact(set)
		if len(u.Emails) != 1 || u.Emails[0].Address != "ada@example.org" {
			t.Errorf("set %d has %v", set, u.Emails)
		}
	}
	without := User{Emails: []Email{{Address: "second@example.org"}}}
	without.Redact(PublicFields)
	if len(without.Emails) != 0 {
		t.Errorf("a user without a primary address has %v", without.Emails)
	}
}

func TestGitLabFieldsHaveTheOneIdentityThatGitLabShows(t *testing.T) {
	t.Parallel()
	full, u := completeUser(), completeUser()
	u.Redact(GitLabFields)
	if diff := cmp.Diff(full.VisibleIdentity(), u.VisibleIdentity()); diff != "" {
		t.Error(diff)
	}
}

func TestRedactChangesNoOtherCopy(t *testing.T) {
	t.Parallel()
	shared := completeUser()
	for set := AllFields; set <= BasicFields; set++ {
		u := shared
		u.Redact(set)
		u.Emails = append(u.Emails, Email{Address: "third@example.org"})
	}
	if diff := cmp.Diff(completeUser(), shared); diff != "" {
		t.Error(diff)
	}
}
