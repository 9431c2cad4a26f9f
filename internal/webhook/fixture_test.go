package webhook_test

import (
	"testing"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/directory/directorytest"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
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

func operator() model.Actor { return model.Operator() }

func caller(api model.API) model.Actor { return directorytest.Caller(api) }

func password(username string) secret.Text { return directorytest.Password(username) }

func address(username string) string { return directorytest.Address(username) }

func admin(n *directory.NewUser) { directorytest.Admin(n) }

func in(org model.OrgID, role model.RoleID) func(*directory.NewUser) {
	return directorytest.In(org, role)
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

func (h *fixture) raw(statement string) {
	h.T.Helper()
	h.ExecSQL(statement)
}

func (h *fixture) queue() webhook.Queue { return webhook.NewQueue(h.Registry) }

func (h *fixture) deliveries(filter model.DeliveryFilter) []model.Delivery {
	h.T.Helper()
	return must(h.T, func() ([]model.Delivery, error) { return h.Deliveries(h.T.Context(), operator(), filter) })
}

func (h *fixture) hook(verbs ...model.Verb) model.Webhook {
	h.T.Helper()
	return h.AddWebhook(verbs...)
}

func (h *fixture) takes(id model.WebhookID) []webhook.QueuedDelivery {
	h.T.Helper()
	return h.DueDeliveries(id)
}
