package client_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"roster.example/roster/client"
	"roster.example/roster/rostertest"
)

func TestFieldsOfNullAreSentAsNull(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change any
		want   string // "" for an error
	}{
		{client.UserChange{}, `{}`},
		{client.UserChange{Bio: new("")}, `{"bio":""}`},
		{client.UserChange{Null: []client.Field{client.FieldBio}}, `{"bio":null}`},
		{client.UserChange{Company: new("Navy"), Null: []client.Field{client.FieldTwitter, client.FieldBio}}, `{"bio":null,"company":"Navy","twitter":null}`},
		{client.UserChange{Null: []client.Field{client.FieldBio, client.FieldBio}}, `{"bio":null}`},
		{client.SelfChange{Null: []client.Field{client.FieldGivenName}}, `{"given_name":null}`},
		{client.ProjectChange{Name: new("Plan"), Null: []client.Field{client.FieldGroup, client.FieldOverview}}, `{"group":null,"name":"Plan","overview":null}`},
		{client.UserChange{Bio: new("x"), Null: []client.Field{client.FieldBio}}, ""},
		{client.SelfChange{Skype: new(""), Null: []client.Field{client.FieldSkype}}, ""},
	} {
		text, err := json.Marshal(c.change)
		if string(text) != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v is %s, %v; want %s", c.change, text, err, c.want)
		}
	}
}

// Every field that the server lets be null has its constant, and no other has one.
func TestFieldsAreThoseThatTheDescriptionLetsBeNull(t *testing.T) {
	t.Parallel()
	c := rostertest.Start(t).Client()
	u, err := c.Users.Create(t.Context(), client.NewUser{Username: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Projects.Create(t.Context(), home(t, c), client.NewProject{Name: "Plan"})
	if err != nil {
		t.Fatal(err)
	}
	users := []client.Field{
		client.FieldGivenName, client.FieldFamilyName, client.FieldBio, client.FieldCompany, client.FieldWebsiteURL, client.FieldLinkedIn,
		client.FieldSkype, client.FieldTwitter, client.FieldTimeZone,
	}
	try := func(shape reflect.Type, able []client.Field, change func([]client.Field) error) {
		for _, name := range members(shape) {
			f := client.Field(name)
			if err := change([]client.Field{f}); (err == nil) != slices.Contains(able, f) {
				t.Errorf("%s of %s as null: %v", f, shape, err)
			} else if err != nil && !strings.Contains(err.Error(), "null") {
				t.Errorf("%s of %s as null: %v, which does not say so", f, shape, err)
			}
		}
	}
	try(reflect.TypeFor[client.UserChange](), users, func(null []client.Field) error {
		_, err := c.Users.Change(t.Context(), u.ID, client.UserChange{Null: null})
		return err
	})
	try(reflect.TypeFor[client.SelfChange](), users, func(null []client.Field) error {
		_, err := c.Me.Change(t.Context(), client.SelfChange{Null: null})
		return err
	})
	try(reflect.TypeFor[client.ProjectChange](), []client.Field{client.FieldGroup, client.FieldOverview}, func(null []client.Field) error {
		_, err := c.Projects.Change(t.Context(), home(t, c), p.Permalink, client.ProjectChange{Null: null})
		return err
	})
}
