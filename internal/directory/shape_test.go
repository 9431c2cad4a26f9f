package directory_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
)

// A method without an actor could skip authorization, and its events would have no actor.
func TestEveryMethodHasAnActor(t *testing.T) {
	t.Parallel()
	methods := reflect.TypeFor[*directory.Directory]()
	if methods.NumMethod() < 50 {
		t.Fatalf("found only %d methods", methods.NumMethod())
	}
	for i := range methods.NumMethod() {
		m := methods.Method(i)
		if m.Type.NumIn() < 3 || m.Type.In(1) != reflect.TypeFor[context.Context]() || m.Type.In(2) != reflect.TypeFor[model.Actor]() {
			t.Errorf("%s does not take (context.Context, Actor, …)", m.Name)
		}
	}
}

// The input types of self-service have no fields that only administrators may set, so no request can
// contain them.
func TestSelfServiceInputHasNoPrivilegedFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form any
		want []string
	}{
		{directory.SelfChange{}, []string{"Email", "Password", "CurrentPassword", "GivenName", "FamilyName", "Profile", "IfVersion"}},
		{directory.ProfileChange{}, []string{"Bio", "Skype", "LinkedIn", "Twitter", "WebsiteURL", "Company", "TimeZone"}},
		{directory.PreferencesChange{}, []string{"Language", "Theme", "TimeZone", "SignInNotice"}},
		{registration.Input{}, []string{"Username", "Email", "Password", "GivenName", "FamilyName", "Organization", "Invitation", "Language"}},
		{invitation.Acceptance{}, []string{"Username", "Password", "GivenName", "FamilyName"}},
	} {
		form := reflect.TypeOf(c.form)
		var got []string
		for i := range form.NumField() {
			got = append(got, form.Field(i).Name)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s has the fields %v, want %v", form.Name(), got, c.want)
		}
	}
}

// Packages of APIs cannot construct an actor, because other packages cannot set its fields.
func TestActorHasNoExportedFields(t *testing.T) {
	t.Parallel()
	actor := reflect.TypeFor[model.Actor]()
	for i := range actor.NumField() {
		if actor.Field(i).IsExported() {
			t.Errorf("Actor.%s can be set by anybody", actor.Field(i).Name)
		}
	}
	if !(model.Actor{}).Anonymous() {
		t.Error("the zero actor is somebody")
	}
}

func TestEveryErrorHasAMessage(t *testing.T) {
	t.Parallel()
	for _, kind := range fault.Kinds() {
		if (&fault.Error{Kind: kind}).Error() == "" {
			t.Errorf("an error of kind %s says nothing", kind)
		}
	}
	for err, want := range map[error]fault.Kind{
		errors.New("unknown"): fault.Internal, context.Canceled: fault.Unavailable, context.DeadlineExceeded: fault.Unavailable,
	} {
		if got := fault.KindOf(fmt.Errorf("operation: %w", err)); got != want {
			t.Errorf("the kind of %q is %s, want %s", err, got, want)
		}
	}
}
