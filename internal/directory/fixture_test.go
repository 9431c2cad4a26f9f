package directory_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"roster.example/roster/internal/audit"
	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/invitation"
	"roster.example/roster/internal/login"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/registration"
	"roster.example/roster/internal/secondfactor"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

// fixture adds to the directory of directorytest what only the tests of this package call.
type fixture struct{ *directorytest.Fixture }

// newFixture opens a directory without users. Each of setup may change its options.
func newFixture(t testing.TB, setup ...func(*directory.Options)) *fixture {
	t.Helper()
	return &fixture{directorytest.New(t, setup...)}
}

// The rest are short names for functions of directorytest.

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

func sshLine(t testing.TB) string {
	t.Helper()
	return directorytest.SSHKey(t)
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

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// change is an operation that changes something.
type change struct {
	method string
	do     func(context.Context) error
}

// count returns how many events of a verb are about a user.
func count(events []model.Event, verb model.Verb, user model.UserID) int {
	n := 0
	for _, e := range events {
		if e.Verb == verb && e.User == user {
			n++
		}
	}
	return n
}

func (h *fixture) raw(statement string) {
	h.T.Helper()
	h.ExecSQL(statement)
}

func (h *fixture) change(actor model.Actor, id model.UserID, c directory.UserChange) error {
	return none(h.ChangeUser(h.T.Context(), actor, id, c))
}

func (h *fixture) invite(to string, waits bool, role model.RoleID) (invitation.Sent, secret.Text) {
	h.T.Helper()
	return h.SendInvitation(to, waits, role)
}

func (h *fixture) accept(token secret.Text, username string) (model.User, error) {
	return h.AcceptAs(token, username)
}

func (h *fixture) requestReset(to string) secret.Text {
	h.T.Helper()
	return h.RequestReset(to)
}

func (h *fixture) resetPassword(token, word secret.Text) error { return h.ResetBy(token, word) }

func (h *fixture) addVerifiedUser(name string) model.User {
	h.T.Helper()
	return h.AddVerifiedUser(name)
}

func register(h *fixture, api model.API, r registration.Input) error { return h.SignUp(api, r) }

func wantLimited(t testing.TB, err error, wait time.Duration) {
	t.Helper()
	directorytest.WantLimited(t, err, wait)
}

func entry(name string) importer.Entry { return directorytest.Entry(name) }

func lineSeq(entries ...importer.Entry) iter.Seq2[importer.Line, error] {
	return directorytest.Lines(entries...)
}

func ignore(importer.Step) error { return nil }

func (h *fixture) importRefusals(entries ...importer.Entry) []importer.Refusal {
	h.T.Helper()
	return h.Refusals(entries...)
}

func (h *fixture) export(hashes bool) []importer.Entry {
	h.T.Helper()
	return h.ExportAll(hashes)
}

func code(text secret.Text) secondfactor.Proof { return secondfactor.Proof{Code: text} }

func (h *fixture) changeAddress(actor model.Actor, to string) {
	h.T.Helper()
	h.ChangeAddress(actor, to)
}

func (h *fixture) addresses(u model.User) []string {
	h.T.Helper()
	return h.Addresses(u)
}

func (h *fixture) sentTo(to string) int {
	h.T.Helper()
	return h.SentTo(to)
}

func (h *fixture) revert(token, word secret.Text) (model.User, error) {
	return h.RevertEmail(h.T.Context(), caller(model.Console), token, word)
}

// withReservedNames returns the directory of h, which reserves names for this time.
func (h *fixture) withReservedNames(long time.Duration) *directory.Directory {
	return directory.New(h.Store, h.Hasher, h.Keyring, mail.Renderer{Base: "https://roster.example", Site: "Roster"}, directorytest.WithDefaults(directory.Options{
		Now: h.Clock.Now, ReserveNames: long, SignUpOrganizations: true,
	}))
}

func (h *fixture) verify() int {
	h.T.Helper()
	return must(h.T, func() (audit.ChainReport, error) { return h.VerifyChain(h.T.Context(), operator()) }).Events
}

func (h *fixture) tend() {
	h.T.Helper()
	h.Must(h.RunMaintenance(h.T.Context(), operator()))
}

func (h *fixture) queue() webhook.Queue { return webhook.NewQueue(h.Registry) }

func (h *fixture) deliveries(filter model.DeliveryFilter) []model.Delivery {
	h.T.Helper()
	return must(h.T, func() ([]model.Delivery, error) { return h.Deliveries(h.T.Context(), operator(), filter) })
}

func (h *fixture) guess(name, form string, times int) int {
	h.T.Helper()
	return h.Guess(name, form, times)
}

func (h *fixture) right(name, address string) error {
	return h.LogInFrom(address, login.Attempt{Name: name, Password: password(name)})
}

func (h *fixture) takes(id model.WebhookID) []webhook.QueuedDelivery {
	h.T.Helper()
	return h.DueDeliveries(id)
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
