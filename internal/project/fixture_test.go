package project_test

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

func in(org model.OrgID, role model.RoleID) func(*directory.NewUser) {
	return directorytest.In(org, role)
}

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

func ref[T any](v T) *T { return &v }

func (h *fixture) accept(token secret.Text, username string) (model.User, error) {
	return h.AcceptAs(token, username)
}

func (h *fixture) addProjects(names ...string) []model.ProjectID {
	h.T.Helper()
	return h.AddProjects(names...)
}

func (h *fixture) assignedTo(u model.User) []string {
	h.T.Helper()
	return h.AssignedTo(u)
}
