package pm415

import (
	"testing"
	"testing/quick"

	"roster.example/roster/internal/web"
)

func TestSelfIsEncodedAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	if err := quick.Check(func(a selfResponse) bool {
		want, err := web.EncodeJSON(a, "")
		return err == nil && string(a.encode()) == string(want)
	}, nil); err != nil {
		t.Error(err)
	}
}
