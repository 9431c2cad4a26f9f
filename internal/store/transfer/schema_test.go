package transfer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// referenceTo returns a reference by a column with the name of the table.
func referenceTo(table string, optional bool) Reference { return Reference{table, table, optional} }

func TestTablesAreCopiedAfterThoseTheyReference(t *testing.T) {
	t.Parallel()
	steps, err := order([]Table{
		{Name: "emails", References: []Reference{referenceTo("users", false)}},
		{Name: "organizations", References: []Reference{referenceTo("roles", true)}},
		{Name: "roles", References: []Reference{referenceTo("organizations", true)}},
		{Name: "members", References: []Reference{referenceTo("users", false), referenceTo("organizations", false), referenceTo("roles", false)}},
		{Name: "users"},
		{Name: "replies", References: []Reference{referenceTo("replies", true), referenceTo("users", false)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var turns []string
	for _, s := range steps {
		turns = append(turns, s.Name+" late "+strings.Join(s.deferred, ","))
	}
	want := []string{"users late ", "emails late ", "organizations late roles", "roles late ", "members late ", "replies late replies"}
	if diff := cmp.Diff(want, turns); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCircleOfRequiredReferencesIsRejected(t *testing.T) {
	t.Parallel()
	_, err := order([]Table{
		{Name: "hens", References: []Reference{referenceTo("eggs", false)}},
		{Name: "eggs", References: []Reference{referenceTo("hens", false)}},
	})
	if err == nil {
		t.Error("an order was found")
	}
}

func TestDifferentSchemasAreRejected(t *testing.T) {
	t.Parallel()
	users := Table{Name: "users", Key: []string{"id"}, Columns: []Column{{"id", Number}, {"name", Text}}}
	turned := Table{Name: "users", Key: []string{"id"}, Columns: []Column{{"name", Text}, {"id", Number}}}
	other := Table{Name: "users", Key: []string{"id"}, Columns: []Column{{"id", Number}, {"name", Bytes}}}
	for _, c := range []struct {
		from, to []Table
		want     string
	}{
		{[]Table{users}, []Table{turned}, ""},
		{[]Table{users}, []Table{other}, "the table users is not the same in both databases"},
		{[]Table{users}, nil, "the table users is not the same in both databases"},
		{nil, []Table{users}, "the target has a table users"},
	} {
		err := sameSchemas(c.from, c.to)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v to %v: got %v, want %q", c.from, c.to, err, c.want)
		}
	}
}

func TestValuesAreConvertedToTheKindOfTheirColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind       Kind
		from, want any
		fails      bool
	}{
		{Number, int64(7), int64(7), false},
		{Number, nil, nil, false},
		{Number, "7", nil, true},
		{Number, 7.5, nil, true},
		{Boolean, int64(1), true, false},
		{Boolean, false, false, false},
		{Boolean, int64(2), nil, true},
		{Text, []byte("é"), "é", false},
		{Text, "", "", false},
		{Text, true, nil, true},
		{Bytes, []byte{}, []byte{}, false},
		{Bytes, []byte{0, 255}, []byte{0, 255}, false},
		{Bytes, int64(0), nil, true},
		{KindOf("REAL"), 1.5, nil, true},
	} {
		got := cell{column: Column{"c", c.kind}}
		if err := got.Scan(c.from); (err != nil) != c.fails || !equalValues(got.value, c.want) {
			t.Errorf("%v in a %s: got %#v, %v", c.from, c.kind, got.value, err)
		}
	}
	if equalValues([]byte{}, nil) || equalValues(nil, []byte{}) || equalValues("", nil) || equalValues(int64(1), true) {
		t.Error("values that differ are said to be the same")
	}
}
