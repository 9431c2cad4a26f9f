package wekan

import (
	"testing"
	"testing/quick"

	"roster.example/roster/internal/web"
)

func TestDocumentsAreWrittenAsEncodingJSONWould(t *testing.T) {
	t.Parallel()
	same := func(got web.JSON, v any) bool {
		want, err := web.EncodeJSON(v, "")
		return err == nil && string(got) == string(want)
	}
	for _, property := range []any{
		func(d document) bool { return same(d.json(), d) },
		func(d ownDocument) bool { return same(d.json(), d) },
	} {
		if err := quick.Check(property, nil); err != nil {
			t.Error(err)
		}
	}
}
