package secondfactor_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secondfactor"
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

func password(username string) secret.Text { return directorytest.Password(username) }

func address(username string) string { return directorytest.Address(username) }

func admin(n *directory.NewUser) { directorytest.Admin(n) }

func in(org model.OrgID, role model.RoleID) func(*directory.NewUser) {
	return directorytest.In(org, role)
}

func tokenIn(t testing.TB, link string) secret.Text {
	t.Helper()
	return directorytest.TokenIn(t, link)
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

func none[T any](_ T, err error) error { return err }

func none2[A, B any](_ A, _ B, err error) error { return err }

func (h *fixture) invite(to string, waits bool, role model.RoleID) (invitation.Sent, secret.Text) {
	h.T.Helper()
	return h.SendInvitation(to, waits, role)
}

func (h *fixture) resetPassword(token, word secret.Text) error { return h.ResetBy(token, word) }

func (h *fixture) addVerifiedUser(name string) model.User {
	h.T.Helper()
	return h.AddVerifiedUser(name)
}

func (h *fixture) secondNode(keyfile string) (*directory.Directory, *secret.Keyring) {
	h.T.Helper()
	return h.SecondNode(keyfile)
}

func code(text secret.Text) secondfactor.Proof { return secondfactor.Proof{Code: text} }

func (h *fixture) changeAddress(actor model.Actor, to string) {
	h.T.Helper()
	h.ChangeAddress(actor, to)
}

func (h *fixture) revert(token, word secret.Text) (model.User, error) {
	return h.RevertEmail(h.T.Context(), caller(model.Console), token, word)
}

func (h *fixture) tokenFor(u model.User) model.Actor {
	h.T.Helper()
	return h.ExpiringActor(u)
}

// noFactor is a login with the password alone.
var noFactor = secondfactor.Proof{}

func (h *fixture) wantSignIn(what string, factor secondfactor.Proof) login.Result {
	h.T.Helper()
	return h.WantSignIn(what, factor)
}

func (h *fixture) wantEvent(verb model.Verb) {
	h.T.Helper()
	h.WantEvent(verb)
}

func (h *fixture) reauthenticated(session model.Actor, p secret.Text, factor secondfactor.Proof) model.Actor {
	h.T.Helper()
	return h.Reauthenticated(session, p, factor)
}
