package loginlimit_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
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

func password(username string) secret.Text { return directorytest.Password(username) }

func address(username string) string { return directorytest.Address(username) }

func must[T any](t testing.TB, call func() (T, error)) T {
	t.Helper()
	return directorytest.Must(t, call)
}

func wantKind(t testing.TB, err error, want fault.Kind) {
	t.Helper()
	directorytest.WantKind(t, err, want)
}

func none[T any](_ T, err error) error { return err }

func (h *fixture) requestReset(to string) secret.Text {
	h.T.Helper()
	return h.RequestReset(to)
}

func (h *fixture) resetPassword(token, word secret.Text) error { return h.ResetBy(token, word) }

func (h *fixture) from(address string, attempt login.Attempt) error {
	return h.LogInFrom(address, attempt)
}

func (h *fixture) secondNode(keyfile string) (*directory.Directory, *secret.Keyring) {
	h.T.Helper()
	return h.SecondNode(keyfile)
}

func wantLimited(t testing.TB, err error, wait time.Duration) {
	t.Helper()
	directorytest.WantLimited(t, err, wait)
}

// day is the period in which guesses for one account are limited.
const day = 24 * time.Hour

func (h *fixture) guess(name, form string, times int) int {
	h.T.Helper()
	return h.Guess(name, form, times)
}

func (h *fixture) right(name, address string) error {
	return h.LogInFrom(address, login.Attempt{Name: name, Password: password(name)})
}

func copied(t testing.TB, keyfile string) string {
	t.Helper()
	return directorytest.CopyKeys(t, keyfile)
}
