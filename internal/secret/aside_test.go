package secret

import "testing"

func TestWorkAsideIsDoneWhenItReturns(t *testing.T) {
	t.Parallel()
	done := 0
	for range 50 {
		aside(func() { done++ })
	}
	if done != 50 {
		t.Errorf("%d of 50 were done", done)
	}
}
