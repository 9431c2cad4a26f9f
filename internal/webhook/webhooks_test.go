package webhook_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/idempotency"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/webhook"
)

func TestWebhooksRequireAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook := h.hook()
	id := hook.ID
	for name, c := range map[string]struct {
		who  model.Actor
		want fault.Kind
	}{
		"an organization's Admin": {h.Actor(h.AddUser("boss", in(h.Home.ID, model.RoleAdmin))), fault.Forbidden},
		"a reading token":         {h.Actor(h.AddUser("root", admin), model.ScopeReadAPI), fault.Forbidden},
		"nobody":                  {caller(model.Native), fault.Unauthenticated},
	} {
		for what, err := range map[string]error{
			"Webhooks":            none(h.Webhooks(t.Context(), c.who)),
			"Webhook":             none(h.Webhook(t.Context(), c.who, id)),
			"CreateWebhook":       none2(h.CreateWebhook(t.Context(), c.who, webhook.NewWebhook{URL: "https://a.example"})),
			"ChangeWebhook":       none(h.ChangeWebhook(t.Context(), c.who, id, webhook.Change{Enabled: ref(false)})),
			"RotateWebhookSecret": none(h.RotateWebhookSecret(t.Context(), c.who, id)),
			"TestWebhook":         none(h.TestWebhook(t.Context(), c.who, id)),
			"Deliveries":          none(h.Deliveries(t.Context(), c.who, model.DeliveryFilter{})),
			"ReplayDelivery":      none(h.ReplayDelivery(t.Context(), c.who, id, 1)),
			"ReplayDead":          none(h.ReplayDead(t.Context(), c.who, id)),
			"DeleteWebhook":       h.DeleteWebhook(t.Context(), c.who, id),
		} {
			if fault.KindOf(err) != c.want {
				t.Errorf("%s as %s: got %v, want %v", what, name, err, c.want)
			}
		}
	}
	root := h.Actor(h.AddUser("ada", admin), model.ScopeAPI)
	if got := must(t, func() (model.Webhook, error) { return h.Webhook(t.Context(), root, id) }); got.URL != hook.URL || !got.Enabled {
		t.Errorf("an administrator sees %+v", got)
	}
}

func TestWebhooksToNonPublicAddressesAreRejected(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	lax := newFixture(t, func(o *directory.Options) {
		o.WebhookPrivate = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")}
	})
	for url, c := range map[string]struct{ strict, lax fault.Code }{
		"https://receiver.example/a?b=c":  {"", ""},
		"http://receiver.example/":        {fault.Closed, ""}, // it is resolved later
		"https://8.8.8.8/":                {"", ""},
		"http://8.8.8.8/":                 {fault.Closed, fault.Closed},
		"http://10.1.2.3:8080/":           {fault.Closed, ""},
		"https://10.1.2.3/":               {fault.Closed, ""},
		"https://10.2.0.1/":               {fault.Closed, fault.Closed},
		"https://127.0.0.1/":              {fault.Closed, fault.Closed},
		"https://[::1]/":                  {fault.Closed, ""},
		"https://[::ffff:127.0.0.1]/":     {fault.Closed, fault.Closed},
		"https://[::ffff:10.1.0.1]/":      {fault.Closed, ""},
		"https://[fe80::1%25eth0]/":       {fault.Closed, fault.Closed},
		"https://[fd00::1]/":              {fault.Closed, fault.Closed},
		"https://[64:ff9b::7f00:1]/":      {fault.Closed, fault.Closed},
		"https://169.254.169.254/latest":  {fault.Closed, fault.Closed},
		"https://100.64.0.1/":             {fault.Closed, fault.Closed},
		"https://192.168.0.1/":            {fault.Closed, fault.Closed},
		"https://224.0.0.1/":              {fault.Closed, fault.Closed},
		"https://0.0.0.0/":                {fault.Closed, fault.Closed},
		"https://255.255.255.255/":        {fault.Closed, fault.Closed},
		"ftp://receiver.example/":         {fault.Malformed, fault.Malformed},
		"https://ada:x@receiver.example/": {fault.Malformed, fault.Malformed},
		"https:///path":                   {fault.Malformed, fault.Malformed},
		"":                                {fault.Blank, fault.Blank},
		"https://receiver.example/" + strings.Repeat("x", 2048): {fault.TooLong, fault.TooLong},
	} {
		for in, want := range map[*fixture]fault.Code{h: c.strict, lax: c.lax} {
			made, _, err := in.CreateWebhook(t.Context(), operator(), webhook.NewWebhook{URL: url})
			if want == "" {
				in.Must(err)
				in.Must(in.DeleteWebhook(t.Context(), operator(), made.ID))
			} else if !fault.Has(err, "url", want) {
				t.Errorf("%s: got %v, want %s", url, err, want)
			}
		}
	}
	hook := h.hook()
	_, err := h.ChangeWebhook(t.Context(), operator(), hook.ID, webhook.Change{URL: ref("https://127.0.0.1/")})
	wantFault(t, err, "url", fault.Closed)
}

func TestWebhookReceivesItsVerbs(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	all, users, keys := h.hook(), h.hook("user.", "user.block", "user."), h.hook(model.KeyAdd)
	for _, verb := range []model.Verb{"user", "users.", "user.nothing", "*", ""} {
		_, _, err := h.CreateWebhook(t.Context(), operator(), webhook.NewWebhook{URL: "https://a.example", Verbs: []model.Verb{verb}})
		wantFault(t, err, "verb", fault.Unknown)
		if !strings.Contains(err.Error(), strconv.Quote(string(verb))) {
			t.Errorf("%v does not name %q", err, verb)
		}
	}
	if want := []model.Verb{"user.", "user.block"}; !slices.Equal(users.Verbs, want) {
		t.Errorf("the verbs are %v, want %v", users.Verbs, want)
	}
	h.takes(all.ID)
	ada := h.AddUser("ada")
	_, err := h.AddKey(t.Context(), operator(), ada.ID, model.NewKey{Key: sshLine(t)})
	h.Must(err)
	tested := must(t, func() (model.EventID, error) { return h.TestWebhook(t.Context(), operator(), keys.ID) })
	for id, want := range map[model.WebhookID][]model.Verb{
		users.ID: {model.UserCreate}, keys.ID: {model.KeyAdd, model.WebhookTest},
	} {
		var got []model.Verb
		for _, one := range h.deliveries(model.DeliveryFilter{Webhook: id}) {
			got = append(got, one.Verb)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("webhook %d: -want +got\n%s", id, diff)
		}
	}
	sent := h.deliveries(model.DeliveryFilter{Webhook: keys.ID, Descending: true, Limit: 1})
	if sent[0].Event != tested || sent[0].User != 0 {
		t.Errorf("the test is %+v, want event %d", sent, tested)
	}
}

// The delivery is part of the transaction: a failed operation queues none.
func TestDeliveryIsQueuedIfAndOnlyIfTheOperationCommits(t *testing.T) {
	t.Parallel()
	woken := 0
	h := newFixture(t, func(o *directory.Options) { o.WebhookQueued = func() { woken++ } })
	hook := h.hook("user.")
	h.AddUser("ada")
	_, err := h.CreateUser(t.Context(), operator(), directory.NewUser{Username: "ada", Email: address("other"), Password: password("ada")})
	wantKind(t, err, fault.Conflict)
	if got := h.deliveries(model.DeliveryFilter{Webhook: hook.ID}); len(got) != 1 || woken != 1 {
		t.Errorf("%d deliveries, woken %d times", len(got), woken)
	}
	lineSeq := h.takes(hook.ID)
	if len(lineSeq) != 1 || lineSeq[0].Event.Verb != model.UserCreate || lineSeq[0].Event.ID != lineSeq[0].Delivery.Event {
		t.Errorf("took %+v", lineSeq)
	}
	if again := h.takes(hook.ID); len(again) != 0 {
		t.Errorf("took %d once more", len(again))
	}
}

func TestWebhookSecretIsEncryptedAndRotated(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook, first, err := h.CreateWebhook(t.Context(), operator(), webhook.NewWebhook{URL: "https://receiver.example/"})
	h.Must(err)
	secrets := func() []secret.Text {
		h.Must(none(h.TestWebhook(t.Context(), operator(), hook.ID)))
		return must(t, func() (webhook.Batch, error) { return h.queue().Claim(t.Context(), hook.ID, 1, time.Minute) }).Secrets
	}
	if got := secrets(); !slices.Equal(got, []secret.Text{first}) || !strings.HasPrefix(first.Reveal(), "whsec_") || len(first) != 6+44 {
		t.Error("the secret that signs is not the one that was shown")
	}
	second := must(t, func() (secret.Text, error) { return h.RotateWebhookSecret(t.Context(), operator(), hook.ID) })
	h.Clock.Advance(23 * time.Hour)
	if got := secrets(); !slices.Equal(got, []secret.Text{second, first}) {
		t.Error("for a day, both do not sign")
	}
	h.Clock.Advance(2 * time.Hour)
	if got := secrets(); !slices.Equal(got, []secret.Text{second}) {
		t.Error("the former secret goes on signing")
	}
	for _, suffix := range []string{"", "-wal"} {
		raw := must(t, func() ([]byte, error) { return os.ReadFile(h.Path + suffix) })
		if strings.Contains(string(raw), second.Reveal()) || strings.Contains(string(raw), first.Reveal()) {
			t.Error("a secret stands in the file")
		}
	}
}

func TestWebhookSecretsFollowTheEncryptionKey(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook, shown, err := h.CreateWebhook(t.Context(), operator(), webhook.NewWebhook{URL: "https://receiver.example/"})
	h.Must(err)
	h.Must(h.Keyring.Rotate(h.KeyFile))
	h.Must(none(h.Rekey(t.Context(), operator(), func(int) {})))
	h.Must(h.Keyring.Retire(h.KeyFile))
	if n := must(t, func() (int, error) { return h.CheckWebhooks(t.Context(), operator()) }); n != 1 {
		t.Errorf("%d secrets were checked", n)
	}
	batch := must(t, func() (webhook.Batch, error) { return h.queue().Claim(t.Context(), hook.ID, 1, time.Minute) })
	if !slices.Equal(batch.Secrets, []secret.Text{shown}) {
		t.Error("the secret is another one since")
	}
	h.raw(`UPDATE webhooks SET sealed = x'00'`)
	h.Must(none(h.ChangeWebhook(t.Context(), operator(), h.hook().ID, webhook.Change{Description: ref("so that memory is outdated")})))
	wantKind(t, none(h.CheckWebhooks(t.Context(), operator())), fault.Conflict)
	h.Must(none(h.DropLostKeys(t.Context(), operator())))
	lost := must(t, func() (model.Webhook, error) { return h.Webhook(t.Context(), operator(), hook.ID) })
	if lost.Enabled || lost.Reason == "" {
		t.Errorf("a webhook without a secret is %+v", lost)
	}
	h.Must(none(h.RotateWebhookSecret(t.Context(), operator(), hook.ID)))
	again := must(t, func() (model.Webhook, error) {
		return h.ChangeWebhook(t.Context(), operator(), hook.ID, webhook.Change{Enabled: ref(true)})
	})
	if !again.Enabled || again.Reason != "" {
		t.Errorf("with a new secret it is %+v", again)
	}
}

func TestDeliveriesOfADisabledWebhookCanBeReplayed(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook := h.hook("user.")
	h.AddUser("ada")
	change := func(enabled bool) {
		h.Must(none(h.ChangeWebhook(t.Context(), operator(), hook.ID, webhook.Change{Enabled: &enabled})))
	}
	change(false)
	h.AddUser("eve")
	dead := h.deliveries(model.DeliveryFilter{Webhook: hook.ID})
	if len(dead) != 1 || dead[0].State != model.Dead || dead[0].Reason == "" {
		t.Fatalf("got %+v, want one that was given up", dead)
	}
	wantKind(t, none(h.TestWebhook(t.Context(), operator(), hook.ID)), fault.Conflict)
	wantKind(t, none(h.ReplayDead(t.Context(), operator(), hook.ID)), fault.Conflict)
	change(true)
	if n := must(t, func() (int, error) { return h.ReplayDead(t.Context(), operator(), hook.ID) }); n != 1 {
		t.Errorf("%d were replayed", n)
	}
	lineSeq := h.takes(hook.ID)
	if len(lineSeq) != 1 {
		t.Fatalf("took %d, want 1", len(lineSeq))
	}
	wantKind(t, none(h.ReplayDelivery(t.Context(), operator(), hook.ID, lineSeq[0].ID)), fault.Conflict)
	h.Must(h.queue().Delivered(t.Context(), webhook.Batch{Webhook: hook.ID}, lineSeq[0].Delivery, 204))
	again := must(t, func() (model.Delivery, error) {
		return h.ReplayDelivery(t.Context(), operator(), hook.ID, lineSeq[0].ID)
	})
	if again.State != model.Pending || again.Attempts != 0 {
		t.Errorf("replayed it is %+v", again)
	}
	wantKind(t, none(h.ReplayDelivery(t.Context(), operator(), hook.ID, 4711)), fault.NotFound)
	other := h.hook()
	wantKind(t, none(h.ReplayDelivery(t.Context(), operator(), other.ID, lineSeq[0].ID)), fault.NotFound)
}

func TestEndedDeliveriesAreDeleted(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook := h.hook("user.")
	for _, name := range []string{"ada", "eve", "odo"} {
		h.AddUser(name)
	}
	lineSeq := h.takes(hook.ID)
	h.Must(h.queue().Delivered(t.Context(), webhook.Batch{Webhook: hook.ID}, lineSeq[0].Delivery, 200))
	h.Must(h.queue().GiveUp(t.Context(), lineSeq[1].Delivery, 500, "answered 500"))
	for _, c := range []struct {
		after time.Duration
		left  int
	}{{6 * 24 * time.Hour, 3}, {2 * 24 * time.Hour, 2}, {21 * 24 * time.Hour, 2}, {2 * 24 * time.Hour, 1}} {
		h.Clock.Advance(c.after)
		h.Must(h.RunMaintenance(t.Context(), operator()))
		if left := h.deliveries(model.DeliveryFilter{}); len(left) != c.left {
			t.Errorf("%d are left, want %d", len(left), c.left)
		}
	}
}

// The number is limited, because each event adds a delivery for each webhook.
func TestNumberOfWebhooksIsLimited(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	for i := range 100 {
		h.Must(none2(h.CreateWebhook(t.Context(), operator(), webhook.NewWebhook{URL: fmt.Sprintf("https://%d.example/", i), Disabled: true})))
	}
	_, _, err := h.CreateWebhook(t.Context(), operator(), webhook.NewWebhook{URL: "https://a.example/"})
	wantFault(t, err, "webhook", fault.TooMany)
}

func TestDeadDeliveriesAreReplayedInBatchesWithAnEventEach(t *testing.T) {
	t.Parallel()
	h := newFixture(t)
	hook := h.hook("user.")
	dead := make([]model.Delivery, 1200)
	for i := range dead {
		dead[i] = model.Delivery{
			Webhook: hook.ID, Event: 1, User: model.UserID(i + 1), Verb: model.UserCreate, State: model.Dead, EndedAt: h.Clock.Now(),
		}
	}
	h.Must(h.Store.Update(t.Context(), func(tx model.Writer) error { return tx.AddDeliveries(dead) }))
	before := len(h.AllEvents())
	root := h.Actor(h.AddUser("root", admin))
	once := idempotency.WithKey(t.Context(), "key", []byte("request"))
	if n := must(t, func() (int, error) { return h.ReplayDead(once, root, hook.ID) }); n != len(dead) {
		t.Errorf("%d were replayed", n)
	}
	var details []string
	for _, e := range h.AllEvents()[before:] {
		if e.Verb == model.WebhookReplay {
			details = append(details, e.Detail)
		}
	}
	if diff := cmp.Diff([]string{"500 deliveries", "500 deliveries", "200 deliveries"}, details); diff != "" {
		t.Error(diff)
	}
	wantKind(t, none(h.ReplayDead(once, root, hook.ID)), fault.Conflict) // the key was used
	if n := must(t, func() (int, error) { return h.ReplayDead(t.Context(), operator(), hook.ID) }); n != 0 {
		t.Errorf("%d were replayed once more", n)
	}
}
