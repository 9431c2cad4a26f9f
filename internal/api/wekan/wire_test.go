package wekan

import (
	"testing"
	"testing/quick"

	"roster.example/roster/internal/web"
)

func TestDocumentsAreEncodedAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	same := func(got web.JSON, v any) bool {
		want, err := web.EncodeJSON(v, "")
		return err == nil && string(got) == string(want)
	}
	for _, property := range []any{
		func(d userDocument) bool { return same(d.encode(), d) },
		func(d selfDocument) bool { return same(d.encode(), d) },
	} {
		if err := quick.Check(property, nil); err != nil {
			t.Error(err)
		}
	}
}
