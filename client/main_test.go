package client_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain wants that nothing goes on after the tests, but for connections that
// net/http ends half a second after it closed them.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}
