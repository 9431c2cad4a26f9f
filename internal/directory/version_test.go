package directory_test

import (
	"reflect"
	"testing"
	"time"

	"roster.example/roster/internal/directory"
)

func TestTheVersionOfAPersonDiffersWithEveryFact(t *testing.T) {
	t.Parallel()
	var u directory.User
	plain, fields := u.Version(), reflect.TypeFor[directory.User]()
	for i := range fields.NumField() {
		changed := directory.User{}
		fill(reflect.ValueOf(&changed).Elem().Field(i))
		if name := fields.Field(i).Name; (changed.Version() == plain) != (name == "LastActivity") {
			t.Errorf("%s makes the version %s of %s", name, changed.Version(), plain)
		}
	}
}

// fill gives v some value that is not its zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0).UTC()))
			return
		}
		fill(v.Field(0))
	}
}

func TestAChangeOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	root, eve := h.as(h.person("root", admin)), h.person("eve")
	read := need(t, func() (directory.User, error) { return h.User(t.Context(), root, eve.ID) })
	change := func(version, bio string) error {
		return none(h.ChangeUser(t.Context(), root, eve.ID, directory.UserChange{Bio: ref(bio), IfVersion: version}))
	}
	h.must(change(read.Version(), "first"))
	err := change(read.Version(), "lost")
	refused(t, err, directory.Conflict)
	faulty(t, err, "version", directory.Changed)
	now := need(t, func() (directory.User, error) { return h.User(t.Context(), root, eve.ID) })
	if now.Bio != "first" || now.Version() == read.Version() {
		t.Errorf("bio %q, version %s", now.Bio, now.Version())
	}
	_, err = h.ChangeMe(t.Context(), h.as(eve), directory.SelfChange{FamilyName: ref("New"), IfVersion: read.Version()})
	faulty(t, err, "version", directory.Changed)
	h.must(none(h.ChangeMe(t.Context(), h.as(eve), directory.SelfChange{FamilyName: ref("New"), IfVersion: now.Version()})))
}
