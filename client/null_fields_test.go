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

func TestFieldsInNullAreSentAsNull(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change any
		want   string // "" for an error
	}{
		{client.UserUpdate{}, `{}`},
		{client.UserUpdate{Bio: new("")}, `{"bio":""}`},
		{client.UserUpdate{Null: []client.Field{client.FieldBio}}, `{"bio":null}`},
		{client.UserUpdate{Company: new("Navy"), Null: []client.Field{client.FieldTwitter, client.FieldBio}}, `{"bio":null,"company":"Navy","twitter":null}`},
		{client.UserUpdate{Null: []client.Field{client.FieldBio, client.FieldBio}}, `{"bio":null}`},
		{client.SelfUpdate{Null: []client.Field{client.FieldGivenName}}, `{"given_name":null}`},
		{client.ProjectUpdate{Name: new("Plan"), Null: []client.Field{client.FieldGroup, client.FieldOverview}}, `{"group":null,"name":"Plan","overview":null}`},
		{client.UserUpdate{Bio: new("x"), Null: []client.Field{client.FieldBio}}, ""},
		{client.SelfUpdate{Skype: new(""), Null: []client.Field{client.FieldSkype}}, ""},
	} {
		text, err := json.Marshal(c.change)
		if string(text) != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v is %s, %v; want %s", c.change, text, err, c.want)
		}
	}
}

// Every field that the server allows to be null has a constant, and no other has one.
func TestNullFieldsAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	c := rostertest.Start(t).Client()
	u, err := c.Users.Create(t.Context(), client.NewUser{Username: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Projects.Create(t.Context(), homeID(t, c), client.NewProject{Name: "Plan"})
	if err != nil {
		t.Fatal(err)
	}
	users := []client.Field{
		client.FieldGivenName, client.FieldFamilyName, client.FieldBio, client.FieldCompany, client.FieldWebsiteURL, client.FieldLinkedIn,
		client.FieldSkype, client.FieldTwitter, client.FieldTimeZone,
	}
	try := func(shape reflect.Type, nullable []client.Field, change func([]client.Field) error) {
		for _, name := range memberNames(shape) {
			f := client.Field(name)
			if err := change([]client.Field{f}); (err == nil) != slices.Contains(nullable, f) {
				t.Errorf("%s of %s as null: %v", f, shape, err)
			} else if err != nil && !strings.Contains(err.Error(), "null") {
				t.Errorf("%s of %s as null: %v, which does not mention null", f, shape, err)
			}
		}
	}
	try(reflect.TypeFor[client.UserUpdate](), users, func(null []client.Field) error {
		_, err := c.Users.Update(t.Context(), u.ID, client.UserUpdate{Null: null})
		return err
	})
	try(reflect.TypeFor[client.SelfUpdate](), users, func(null []client.Field) error {
		_, err := c.Me.Update(t.Context(), client.SelfUpdate{Null: null})
		return err
	})
	try(reflect.TypeFor[client.ProjectUpdate](), []client.Field{client.FieldGroup, client.FieldOverview}, func(null []client.Field) error {
		_, err := c.Projects.Update(t.Context(), homeID(t, c), p.Permalink, client.ProjectUpdate{Null: null})
		return err
	})
}
