package unitext_test

import (
	"testing"

	"roster.example/roster/internal/unitext"
)

func TestHalvesOfSurrogatePairsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"a":"\ud800"}`: true, `{"a":"\uD800"}`: true, `{"a":"\udfff"}`: true, `{"a":"\ude00\ud83d"}`: true, `{"a":"\ud83d\ud83d\ude00"}`: true,
		`{"a":"\ud83dx\ude00"}`: true, `{"a":"\ud83d\n\ude00"}`: true, `{"a":"\ud83d\\ude00"}`: true, `{"a":"\\\ud800"}`: true, `{"\udc00":1}`: true,
		`{"a":"\ud83d\ude00\ude00"}`: true, `{"a":"\ud83d\u0041"}`: true, `{"a":"\ud83d\"}`: true, `[["\udbff"]]`: true,
		`{"a":"\ud83d\ude00"}`: false, `{"a":"\\ud800"}`: false, `{"a":"\\\\ud800"}`: false, `{"a":"\u0041\ue000\ud7ff"}`: false, `{"a":"ud800"}`: false,
		`{"a":"\ud83d\ude00\uD83D\uDE00"}`: false, `{"a":"😀"}`: false, `{"a":"�"}`: false, `{"a":"\ufffd"}`: false, ``: false, `\`: false, `\u`: false, `\ud80`: false,
	} {
		if got := unitext.HasLoneSurrogate([]byte(text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
