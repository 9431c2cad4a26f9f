package rekey_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// fixture adds to the directory of directorytest what only the tests of this package call.
type fixture struct{ *directorytest.Fixture }

// newFixture opens a directory without users. Each of setup may change its options.
func newFixture(t testing.TB, setup ...func(*directory.Options)) *fixture {
	t.Helper()
	return &fixture{directorytest.New(t, setup...)}
}

func operator() model.Actor { return model.Operator() }

func caller(api model.API) model.Actor { return directorytest.Caller(api) }

func address(username string) string { return directorytest.Address(username) }

func admin(n *directory.NewUser) { directorytest.Admin(n) }

func must[T any](t testing.TB, call func() (T, error)) T {
	t.Helper()
	return directorytest.Must(t, call)
}

func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	directorytest.WantKind(t, err, want)
}

func (h *fixture) raw(statement string) {
	h.T.Helper()
	h.ExecSQL(statement)
}

func (h *fixture) secondNode(keyfile string) (*directory.Directory, *secret.Keyring) {
	h.T.Helper()
	return h.SecondNode(keyfile)
}

func copied(t testing.TB, keyfile string) string {
	t.Helper()
	return directorytest.CopyKeys(t, keyfile)
}
