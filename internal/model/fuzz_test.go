package model_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/model"
)

// A cursor is the same after it was formatted and parsed again.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "x", "bmFtZTo3OmdyYWNl", model.Cursor{Order: model.ByCreated, ID: 7, At: time.UnixMicro(5).UTC()}.String()} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := model.ParseCursor(text)
		if err != nil {
			return
		}
		again, err := model.ParseCursor(c.String())
		if err != nil || again != c {
			t.Errorf("%q is %+v, and written again %+v, %v", text, c, again, err)
		}
	})
}
