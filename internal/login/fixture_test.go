package login_test

import (
	"testing"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
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

func cheap() secret.Params { return directorytest.CheapHashes() }

func caller(api model.API) model.Actor { return directorytest.Caller(api) }

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

func wantFault(t testing.TB, err error, field string, code fault.Code) {
	t.Helper()
	directorytest.WantFault(t, err, field, code)
}

func (h *fixture) requestReset(to string) secret.Text {
	h.T.Helper()
	return h.RequestReset(to)
}

func (h *fixture) resetPassword(token, word secret.Text) error { return h.ResetBy(token, word) }

func (h *fixture) from(address string, attempt login.Attempt) error {
	return h.LogInFrom(address, attempt)
}

func register(h *fixture, api model.API, r registration.Input) error { return h.SignUp(api, r) }

func wantLimited(t testing.TB, err error, wait time.Duration) {
	t.Helper()
	directorytest.WantLimited(t, err, wait)
}
