package storetest

import (
	"context"
	"sync"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

func emailTests() []contractTest {
	return []contractTest{
		{"an email is claimed as written, the longest due first", mailRoundTrip},
		{"an email is claimed again when its lease has expired", mailLease},
		{"leases of a killed process are released, and delayed emails stay delayed", releasedLeases},
		{"a delayed email waits and counts the attempt", mailDelay},
		{"an email that was deleted or given up is not claimed again", mailEnd},
		{"an email is deleted by one of two transactions", mailDroppedOnce},
		{"an email that was given up is listed with its reason, retried, and deleted after a time", mailFailed},
		{"emails that failed once and will be tried again are counted", mailWaiting},
		{"an invitation has the reason why its newest email was given up", mailOfInvitation},
		{"queued emails are listed, and can be re-encrypted without a change of their order", mailReseal},
	}
}

func (f fixture) mail(to string, at time.Time) model.Mail {
	f.Helper()
	m := model.Mail{To: to, Subject: "Subject " + to, Text: []byte{0, 1, 2}, HTML: []byte("<p>"), Link: []byte("link"), CreatedAt: at}
	f.update(func(tx model.Writer) error { return tx.AddMail(&m) })
	return m
}

func (f fixture) claim(now time.Time, n int) []model.Mail {
	f.Helper()
	var mails []model.Mail
	f.update(func(tx model.Writer) (err error) {
		mails, err = tx.LeaseMails(now, n, time.Minute)
		return err
	})
	return mails
}

func mailRoundTrip(f fixture) {
	late := f.mail("late@example.org", sampleTime().Add(2*time.Second))
	early := f.mail("early@example.org", sampleTime())
	f.mail("tomorrow@example.org", sampleTime().Add(24*time.Hour))
	bare := model.Mail{To: "bare@example.org", CreatedAt: sampleTime().Add(3 * time.Second)}
	f.update(func(tx model.Writer) error { return tx.AddMail(&bare) })
	now := sampleTime().Add(time.Minute)
	f.wantEqual("one", f.claim(now, 1), []model.Mail{early})
	f.wantEqual("the rest", f.claim(now, 9), []model.Mail{late, bare})
	f.wantEqual("nothing is left", f.claim(now, 9), []model.Mail{})
}

func mailLease(f fixture) {
	m := f.mail("ada@example.org", sampleTime())
	f.wantEqual("first", f.claim(sampleTime(), 9), []model.Mail{m})
	f.wantEqual("under lease", f.claim(sampleTime().Add(59*time.Second), 9), []model.Mail{})
	f.wantEqual("after the lease", f.claim(sampleTime().Add(time.Minute), 9), []model.Mail{m})
}

func releasedLeases(f fixture) {
	f.follow()
	taken, delayed := f.mail("taken@example.org", sampleTime()), f.mail("delayed@example.org", sampleTime())
	f.claim(sampleTime(), 9)
	f.update(func(tx model.Writer) error {
		return tx.DelayMail(delayed.ID, sampleTime().Add(time.Hour), "greylisted")
	})
	hook := f.webhook("https://x.example")
	sent := f.deliveries(hook.ID, 1)[0]
	f.update(func(tx model.Writer) error {
		return tx.PutWebhookFailures(hook.ID, model.FailureState{Failures: 1, Since: sampleTime(), ProbeAt: sampleTime().Add(time.Hour)})
	})
	f.wantEqual("the claimed delivery", deliveryIDs(f.claimed(hook.ID, sampleTime(), 9)), []model.DeliveryID{sent.ID})
	f.wantEqual("it is taken", deliveryIDs(f.claimed(hook.ID, sampleTime(), 9)), []model.DeliveryID{})
	holders := readValue(f, model.Reader.LeaseHolders)
	if len(holders) != 1 {
		f.Fatalf("leases are held by %v, want one process", holders)
	}
	now := sampleTime().Add(time.Second)
	f.update(func(tx model.Writer) error { return tx.ReleaseLeases(holders[0]+1, now) })
	f.wantEqual("emails after the release of another process", f.claim(now, 9), []model.Mail{})
	f.update(func(tx model.Writer) error { return tx.ReleaseLeases(holders[0], now) })
	f.wantEqual("holders after the release", len(readValue(f, model.Reader.LeaseHolders)), 0)
	f.wantEqual("the next probe", readValue(f, func(tx model.Reader) (model.FailureState, error) { return tx.WebhookFailures(hook.ID) }).ProbeAt, now)
	f.wantEqual("emails", f.claim(now, 9), []model.Mail{taken})
	f.wantEqual("deliveries", deliveryIDs(f.claimed(hook.ID, now, 9)), []model.DeliveryID{sent.ID})
	f.update(func(tx model.Writer) error {
		if err := tx.DropMail(taken.ID); err != nil {
			return err
		}
		sent.State, sent.EndedAt = model.Delivered, now
		return tx.ChangeDelivery(sent)
	})
	f.wantEqual("holders at the end", len(readValue(f, model.Reader.LeaseHolders)), 0)
}

// idleListener ignores all invalidations.
type idleListener struct{}

func (idleListener) Received(string)    {}
func (idleListener) CaughtUp(time.Time) {}
func (idleListener) Lost(error)         {}

// follow starts the feed of a store that has one, because such a store then marks its leases as its own.
func (f fixture) follow() {
	f.Helper()
	feed, shared := f.store.(model.Feed)
	if !shared {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { feed.Follow(ctx, idleListener{}) })
	f.Cleanup(func() { stop(); following.Wait() })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		m := f.mail("probe@example.org", sampleTime())
		f.claim(sampleTime(), 9)
		holders := readValue(f, model.Reader.LeaseHolders)
		f.update(func(tx model.Writer) error { return tx.DropMail(m.ID) })
		if len(holders) > 0 {
			return
		}
		if time.Now().After(deadline) {
			f.Fatal("the store never names its leases")
		}
	}
}

func mailDelay(f fixture) {
	m := f.mail("ada@example.org", sampleTime())
	f.claim(sampleTime(), 1)
	f.update(func(tx model.Writer) error { return tx.DelayMail(m.ID, sampleTime().Add(time.Hour), "greylisted") })
	f.wantEqual("before", f.claim(sampleTime().Add(59*time.Minute), 1), []model.Mail{})
	m.Attempts = 1
	f.wantEqual("after", f.claim(sampleTime().Add(time.Hour), 1), []model.Mail{m})
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.DelayMail(99, sampleTime(), "") }), fault.NotFound)
}

func mailEnd(f fixture) {
	dropped, hopeless := f.mail("a@example.org", sampleTime()), f.mail("b@example.org", sampleTime())
	f.update(func(tx model.Writer) error {
		if err := tx.DropMail(dropped.ID); err != nil {
			return err
		}
		return tx.GiveUpMail(hopeless.ID, "no such mailbox")
	})
	f.wantEqual("emails", f.claim(sampleTime().Add(time.Hour), 9), []model.Mail{})
	for _, id := range []int64{dropped.ID, 99} {
		f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.DropMail(id) }), fault.NotFound)
	}
	f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.GiveUpMail(99, "") }), fault.NotFound)
}

// mailDroppedOnce deletes an email in two concurrent transactions, of which one succeeds.
func mailDroppedOnce(f fixture) {
	for range 20 {
		m := f.mail("ada@example.org", sampleTime())
		var dropping sync.WaitGroup
		errs := make([]error, 2)
		for n := range errs {
			dropping.Go(func() {
				errs[n] = f.store.Update(f.Context(), func(tx model.Writer) error { return tx.DropMail(m.ID) })
			})
		}
		dropping.Wait()
		if errs[0] == nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		f.wantKind(errs[0], fault.NotFound)
		if errs[1] != nil {
			f.Errorf("neither transaction dropped the email: %v", errs)
		}
	}
}

func mailReseal(f fixture) {
	leased, delayed := f.mail("leased@example.org", sampleTime()), f.mail("delayed@example.org", sampleTime())
	f.claim(sampleTime(), 2)
	later, hopeless := f.mail("later@example.org", sampleTime().Add(time.Hour)), f.mail("hopeless@example.org", sampleTime())
	var waiting, rest, one []model.Mail
	f.update(func(tx model.Writer) (err error) {
		if err = tx.DelayMail(delayed.ID, sampleTime().Add(2*time.Hour), "greylisted"); err != nil {
			return err
		}
		if err = tx.GiveUpMail(hopeless.ID, "no such mailbox"); err != nil {
			return err
		}
		if waiting, err = tx.Mails(0, 9); err != nil {
			return err
		}
		if rest, err = tx.Mails(leased.ID, 9); err != nil {
			return err
		}
		if one, err = tx.Mails(0, 1); err != nil {
			return err
		}
		return tx.ResealMail(model.Mail{ID: delayed.ID, Text: []byte("anew"), HTML: []byte("<b>")})
	})
	delayed.Attempts, hopeless.Attempts = 1, 1
	f.wantEqual("all", waiting, []model.Mail{leased, delayed, later, hopeless})
	f.wantEqual("after the first", rest, []model.Mail{delayed, later, hopeless})
	f.wantEqual("no more than asked for", one, []model.Mail{leased})
	delayed.Text, delayed.HTML, delayed.Link = []byte("anew"), []byte("<b>"), nil
	f.wantEqual("before its turn", f.claim(sampleTime().Add(time.Hour), 9), []model.Mail{leased, later})
	f.wantEqual("in its turn", f.claim(sampleTime().Add(2*time.Hour), 9), []model.Mail{leased, delayed, later})
	err := f.failedUpdate(func(tx model.Writer) error { return tx.ResealMail(model.Mail{ID: 99}) })
	f.wantKind(err, fault.NotFound)
}

func (f fixture) failedMails(after int64, limit int) []model.FailedMail {
	f.Helper()
	var failed []model.FailedMail
	f.read(func(tx model.Reader) (err error) {
		if failed, err = tx.FailedMails(after, limit); err != nil {
			return err
		}
		n, err := tx.FailedMailCount()
		if after == 0 && limit > len(failed) {
			f.wantEqual("count", n, len(failed))
		}
		return err
	})
	return failed
}

func mailFailed(f fixture) {
	one, two := f.mail("a@example.org", sampleTime()), f.mail("b@example.org", sampleTime())
	f.mail("waits@example.org", sampleTime().Add(time.Hour))
	f.wantEqual("none yet", f.failedMails(0, 9), []model.FailedMail{})
	f.claim(sampleTime(), 2)
	f.update(func(tx model.Writer) error {
		if err := tx.DelayMail(one.ID, sampleTime(), "greylisted"); err != nil {
			return err
		}
		if err := tx.GiveUpMail(one.ID, "550 no such mailbox"); err != nil {
			return err
		}
		return tx.GiveUpMail(two.ID, "554 no")
	})
	first := model.FailedMail{ID: one.ID, To: one.To, Subject: one.Subject, CreatedAt: sampleTime(), Attempts: 2, Reason: "550 no such mailbox"}
	second := model.FailedMail{ID: two.ID, To: two.To, Subject: two.Subject, CreatedAt: sampleTime(), Attempts: 1, Reason: "554 no"}
	f.wantEqual("both", f.failedMails(0, 9), []model.FailedMail{first, second})
	f.wantEqual("a page", f.failedMails(0, 1), []model.FailedMail{first})
	f.wantEqual("the next", f.failedMails(one.ID, 9), []model.FailedMail{second})
	f.update(func(tx model.Writer) error { return tx.RetryMail(one.ID, sampleTime().Add(time.Minute)) })
	f.wantEqual("one is left", f.failedMails(0, 9), []model.FailedMail{second})
	f.wantEqual("the other is due as it was written", f.claim(sampleTime().Add(time.Minute), 9), []model.Mail{one})
	for _, id := range []int64{one.ID, 99} {
		f.wantKind(f.failedUpdate(func(tx model.Writer) error { return tx.RetryMail(id, sampleTime()) }), fault.NotFound)
	}
	f.update(func(tx model.Writer) error { return expireAll(tx, sampleTime().Add(model.KeepFailedMail)) })
	f.wantEqual("kept to the end", f.failedMails(0, 9), []model.FailedMail{second})
	f.update(func(tx model.Writer) error {
		return expireAll(tx, sampleTime().Add(model.KeepFailedMail+time.Second))
	})
	f.wantEqual("dropped", f.failedMails(0, 9), []model.FailedMail{})
}

func mailWaiting(f fixture) {
	waiting := func() (w model.RetryingMails) {
		f.read(func(tx model.Reader) (err error) {
			w, err = tx.RetryingMails()
			return err
		})
		return w
	}
	f.wantEqual("of no emails", waiting(), model.RetryingMails{})
	young, old := f.mail("a@example.org", sampleTime().Add(time.Minute)), f.mail("b@example.org", sampleTime())
	failed := f.mail("c@example.org", sampleTime().Add(-time.Hour))
	f.mail("d@example.org", sampleTime().Add(-time.Hour))
	f.wantEqual("before the first attempt", waiting(), model.RetryingMails{})
	f.update(func(tx model.Writer) error {
		if err := tx.DelayMail(young.ID, sampleTime().Add(time.Hour), "timeout"); err != nil {
			return err
		}
		if err := tx.DelayMail(old.ID, sampleTime().Add(time.Hour), "connection refused"); err != nil {
			return err
		}
		return tx.GiveUpMail(failed.ID, "550 no such mailbox")
	})
	f.wantEqual("two", waiting(), model.RetryingMails{Count: 2, Oldest: old.CreatedAt, Reason: "connection refused"})
	f.update(func(tx model.Writer) error { return tx.DropMail(old.ID) })
	f.wantEqual("one", waiting(), model.RetryingMails{Count: 1, Oldest: young.CreatedAt, Reason: "timeout"})
}

func mailOfInvitation(f fixture) {
	org, other := f.organization("staff"), f.organization("other")
	i := model.Invitation{Org: org.ID, Role: model.RoleMember, Email: "a@example.org", CreatedAt: sampleTime(), ExpiresAt: sampleTime().Add(time.Hour)}
	mail := model.Mail{To: i.Email, CreatedAt: sampleTime()}
	f.update(func(tx model.Writer) error {
		if err := tx.AddInvitation(&i, []byte("hash")); err != nil {
			return err
		}
		mail.Invitation = i.ID
		return tx.AddMail(&mail)
	})
	f.wantEqual("handed out", f.claim(sampleTime(), 9), []model.Mail{mail})
	undelivered := func(org model.OrgID) (reasons map[model.InvitationID]string) {
		f.read(func(tx model.Reader) (err error) {
			reasons, err = tx.UndeliveredInvitations(org, i.ID, i.ID)
			return err
		})
		return reasons
	}
	f.wantEqual("on its way", undelivered(org.ID), map[model.InvitationID]string{})
	f.update(func(tx model.Writer) error { return tx.GiveUpMail(mail.ID, "550 no such mailbox") })
	f.wantEqual("given up", undelivered(org.ID), map[model.InvitationID]string{i.ID: "550 no such mailbox"})
	f.wantEqual("of another organization", undelivered(other.ID), map[model.InvitationID]string{})
	f.update(func(tx model.Writer) error { return tx.DropInvitationMails(i.ID) })
	f.wantEqual("dropped", undelivered(org.ID), map[model.InvitationID]string{})
	f.wantEqual("nothing failed", f.failedMails(0, 9), []model.FailedMail{})
}
