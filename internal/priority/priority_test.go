package priority_test

import (
	"errors"
	"strings"
	"testing"

	"roster.example/roster/internal/priority"
)

func TestRunReturnsTheErrorOfTheFunction(t *testing.T) {
	t.Parallel()
	want := errors.New("broken")
	if err := priority.Run(func() error { return want }); err != want {
		t.Errorf("got %v", err)
	}
}

func TestRunPanicsAsTheFunctionDoes(t *testing.T) {
	t.Parallel()
	defer func() {
		p, ok := recover().(*priority.Panic)
		if !ok || p.Value != "broken" || !strings.Contains(string(p.Stack), "breaks") || !strings.HasPrefix(p.Error(), "broken\n") {
			t.Errorf("got %v", p)
		}
	}()
	_ = priority.Run(breaks)
}

func breaks() error { panic("broken") }
