package storetest

import (
	"context"
	"sync"
	"time"

	"roster.example/roster/internal/directory"
	"roster.example/roster/internal/fault"
)

func mailPromises() []promise {
	return []promise{
		{"a letter is handed out as written, the longest due first", mailRoundTrip},
		{"a letter comes back when its lease has ended", mailLease},
		{"leases that a killed process held are released, and what was put off stays so", releasedLeases},
		{"a delayed letter waits and counts the attempt", mailDelay},
		{"a letter that was dropped or given up does not come back", mailEnd},
		{"an email is dropped by one of two transactions", mailDroppedOnce},
		{"an email that was given up is listed with its reason, retried, and dropped after a time", mailFailed},
		{"emails that failed once and will be tried again are counted", mailWaiting},
		{"an invitation tells why its newest email was given up", mailOfInvitation},
		{"letters that wait are listed, and can be encrypted anew without a change of their turn", mailReseal},
	}
}

func (f fixture) mail(to string, at time.Time) directory.Mail {
	f.Helper()
	m := directory.Mail{To: to, Subject: "Subject " + to, Text: []byte{0, 1, 2}, HTML: []byte("<p>"), Link: []byte("link"), CreatedAt: at}
	f.update(func(tx directory.Writer) error { return tx.AddMail(&m) })
	return m
}

func (f fixture) claim(now time.Time, n int) []directory.Mail {
	f.Helper()
	var mails []directory.Mail
	f.update(func(tx directory.Writer) (err error) {
		mails, err = tx.LeaseMails(now, n, time.Minute)
		return err
	})
	return mails
}

func mailRoundTrip(f fixture) {
	late := f.mail("late@example.org", moment().Add(2*time.Second))
	early := f.mail("early@example.org", moment())
	f.mail("tomorrow@example.org", moment().Add(24*time.Hour))
	bare := directory.Mail{To: "bare@example.org", CreatedAt: moment().Add(3 * time.Second)}
	f.update(func(tx directory.Writer) error { return tx.AddMail(&bare) })
	now := moment().Add(time.Minute)
	f.same("one", f.claim(now, 1), []directory.Mail{early})
	f.same("the rest", f.claim(now, 9), []directory.Mail{late, bare})
	f.same("nothing is left", f.claim(now, 9), []directory.Mail{})
}

func mailLease(f fixture) {
	m := f.mail("ada@example.org", moment())
	f.same("first", f.claim(moment(), 9), []directory.Mail{m})
	f.same("under lease", f.claim(moment().Add(59*time.Second), 9), []directory.Mail{})
	f.same("after the lease", f.claim(moment().Add(time.Minute), 9), []directory.Mail{m})
}

func releasedLeases(f fixture) {
	f.follow()
	taken, delayed := f.mail("taken@example.org", moment()), f.mail("delayed@example.org", moment())
	f.claim(moment(), 9)
	f.update(func(tx directory.Writer) error {
		return tx.DelayMail(delayed.ID, moment().Add(time.Hour), "greylisted")
	})
	hook := f.webhook("https://x.example")
	sent := f.deliveries(hook.ID, 1)[0]
	f.update(func(tx directory.Writer) error {
		return tx.PutWebhookTrouble(hook.ID, directory.Trouble{Failures: 1, Since: moment(), ProbeAt: moment().Add(time.Hour)})
	})
	f.same("the claimed delivery", names(f.claimed(hook.ID, moment(), 9)), []directory.DeliveryID{sent.ID})
	f.same("it is taken", names(f.claimed(hook.ID, moment(), 9)), []directory.DeliveryID{})
	holders := read(f, directory.Reader.LeaseHolders)
	if len(holders) != 1 {
		f.Fatalf("leases are held by %v, want one process", holders)
	}
	now := moment().Add(time.Second)
	f.update(func(tx directory.Writer) error { return tx.ReleaseLeases(holders[0]+1, now) })
	f.same("emails after the release of another process", f.claim(now, 9), []directory.Mail{})
	f.update(func(tx directory.Writer) error { return tx.ReleaseLeases(holders[0], now) })
	f.same("holders after the release", len(read(f, directory.Reader.LeaseHolders)), 0)
	f.same("the next probe", read(f, func(tx directory.Reader) (directory.Trouble, error) { return tx.WebhookTrouble(hook.ID) }).ProbeAt, now)
	f.same("emails", f.claim(now, 9), []directory.Mail{taken})
	f.same("deliveries", names(f.claimed(hook.ID, now, 9)), []directory.DeliveryID{sent.ID})
	f.update(func(tx directory.Writer) error {
		if err := tx.DropMail(taken.ID); err != nil {
			return err
		}
		sent.State, sent.EndedAt = directory.Delivered, now
		return tx.ChangeDelivery(sent)
	})
	f.same("holders at the end", len(read(f, directory.Reader.LeaseHolders)), 0)
}

// deaf is a listener that ignores everything.
type deaf struct{}

func (deaf) Received(string)    {}
func (deaf) CaughtUp(time.Time) {}
func (deaf) Lost(error)         {}

// follow makes a store that can be shared name its leases, as it does in a server.
func (f fixture) follow() {
	f.Helper()
	feed, shared := f.store.(directory.Feed)
	if !shared {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { feed.Follow(ctx, deaf{}) })
	f.Cleanup(func() { stop(); following.Wait() })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		m := f.mail("probe@example.org", moment())
		f.claim(moment(), 9)
		holders := read(f, directory.Reader.LeaseHolders)
		f.update(func(tx directory.Writer) error { return tx.DropMail(m.ID) })
		if len(holders) > 0 {
			return
		}
		if time.Now().After(deadline) {
			f.Fatal("the store never names its leases")
		}
	}
}

func mailDelay(f fixture) {
	m := f.mail("ada@example.org", moment())
	f.claim(moment(), 1)
	f.update(func(tx directory.Writer) error { return tx.DelayMail(m.ID, moment().Add(time.Hour), "greylisted") })
	f.same("before", f.claim(moment().Add(59*time.Minute), 1), []directory.Mail{})
	m.Attempts = 1
	f.same("after", f.claim(moment().Add(time.Hour), 1), []directory.Mail{m})
	f.wantKind(f.refused(func(tx directory.Writer) error { return tx.DelayMail(99, moment(), "") }), fault.NotFound)
}

func mailEnd(f fixture) {
	dropped, hopeless := f.mail("a@example.org", moment()), f.mail("b@example.org", moment())
	f.update(func(tx directory.Writer) error {
		if err := tx.DropMail(dropped.ID); err != nil {
			return err
		}
		return tx.GiveUpMail(hopeless.ID, "no such mailbox")
	})
	f.same("letters", f.claim(moment().Add(time.Hour), 9), []directory.Mail{})
	for _, id := range []int64{dropped.ID, 99} {
		f.wantKind(f.refused(func(tx directory.Writer) error { return tx.DropMail(id) }), fault.NotFound)
	}
	f.wantKind(f.refused(func(tx directory.Writer) error { return tx.GiveUpMail(99, "") }), fault.NotFound)
}

// mailDroppedOnce drops one email in two transactions at once: only one of them succeeds.
func mailDroppedOnce(f fixture) {
	for range 20 {
		m := f.mail("ada@example.org", moment())
		var dropping sync.WaitGroup
		errs := make([]error, 2)
		for n := range errs {
			dropping.Go(func() {
				errs[n] = f.store.Update(f.Context(), func(tx directory.Writer) error { return tx.DropMail(m.ID) })
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
	leased, delayed := f.mail("leased@example.org", moment()), f.mail("delayed@example.org", moment())
	f.claim(moment(), 2)
	later, hopeless := f.mail("later@example.org", moment().Add(time.Hour)), f.mail("hopeless@example.org", moment())
	var waiting, rest, one []directory.Mail
	f.update(func(tx directory.Writer) (err error) {
		if err = tx.DelayMail(delayed.ID, moment().Add(2*time.Hour), "greylisted"); err != nil {
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
		return tx.ResealMail(directory.Mail{ID: delayed.ID, Text: []byte("anew"), HTML: []byte("<b>")})
	})
	delayed.Attempts, hopeless.Attempts = 1, 1
	f.same("all", waiting, []directory.Mail{leased, delayed, later, hopeless})
	f.same("after the first", rest, []directory.Mail{delayed, later, hopeless})
	f.same("no more than asked for", one, []directory.Mail{leased})
	delayed.Text, delayed.HTML, delayed.Link = []byte("anew"), []byte("<b>"), nil
	f.same("before its turn", f.claim(moment().Add(time.Hour), 9), []directory.Mail{leased, later})
	f.same("in its turn", f.claim(moment().Add(2*time.Hour), 9), []directory.Mail{leased, delayed, later})
	err := f.refused(func(tx directory.Writer) error { return tx.ResealMail(directory.Mail{ID: 99}) })
	f.wantKind(err, fault.NotFound)
}

func (f fixture) failedMails(after int64, limit int) []directory.FailedMail {
	f.Helper()
	var failed []directory.FailedMail
	f.view(func(tx directory.Reader) (err error) {
		if failed, err = tx.FailedMails(after, limit); err != nil {
			return err
		}
		n, err := tx.FailedMailCount()
		if after == 0 && limit > len(failed) {
			f.same("count", n, len(failed))
		}
		return err
	})
	return failed
}

func mailFailed(f fixture) {
	one, two := f.mail("a@example.org", moment()), f.mail("b@example.org", moment())
	f.mail("waits@example.org", moment().Add(time.Hour))
	f.same("none yet", f.failedMails(0, 9), []directory.FailedMail{})
	f.claim(moment(), 2)
	f.update(func(tx directory.Writer) error {
		if err := tx.DelayMail(one.ID, moment(), "greylisted"); err != nil {
			return err
		}
		if err := tx.GiveUpMail(one.ID, "550 no such mailbox"); err != nil {
			return err
		}
		return tx.GiveUpMail(two.ID, "554 no")
	})
	first := directory.FailedMail{ID: one.ID, To: one.To, Subject: one.Subject, CreatedAt: moment(), Attempts: 2, Reason: "550 no such mailbox"}
	second := directory.FailedMail{ID: two.ID, To: two.To, Subject: two.Subject, CreatedAt: moment(), Attempts: 1, Reason: "554 no"}
	f.same("both", f.failedMails(0, 9), []directory.FailedMail{first, second})
	f.same("a page", f.failedMails(0, 1), []directory.FailedMail{first})
	f.same("the next", f.failedMails(one.ID, 9), []directory.FailedMail{second})
	f.update(func(tx directory.Writer) error { return tx.RetryMail(one.ID, moment().Add(time.Minute)) })
	f.same("one is left", f.failedMails(0, 9), []directory.FailedMail{second})
	f.same("the other is due as it was written", f.claim(moment().Add(time.Minute), 9), []directory.Mail{one})
	for _, id := range []int64{one.ID, 99} {
		f.wantKind(f.refused(func(tx directory.Writer) error { return tx.RetryMail(id, moment()) }), fault.NotFound)
	}
	f.update(func(tx directory.Writer) error { return tx.Expire(moment().Add(directory.KeepFailedMail)) })
	f.same("kept to the end", f.failedMails(0, 9), []directory.FailedMail{second})
	f.update(func(tx directory.Writer) error {
		return tx.Expire(moment().Add(directory.KeepFailedMail + time.Second))
	})
	f.same("dropped", f.failedMails(0, 9), []directory.FailedMail{})
}

func mailWaiting(f fixture) {
	waiting := func() (w directory.RetryingMails) {
		f.view(func(tx directory.Reader) (err error) {
			w, err = tx.RetryingMails()
			return err
		})
		return w
	}
	f.same("of no emails", waiting(), directory.RetryingMails{})
	young, old := f.mail("a@example.org", moment().Add(time.Minute)), f.mail("b@example.org", moment())
	failed := f.mail("c@example.org", moment().Add(-time.Hour))
	f.mail("d@example.org", moment().Add(-time.Hour))
	f.same("before the first attempt", waiting(), directory.RetryingMails{})
	f.update(func(tx directory.Writer) error {
		if err := tx.DelayMail(young.ID, moment().Add(time.Hour), "timeout"); err != nil {
			return err
		}
		if err := tx.DelayMail(old.ID, moment().Add(time.Hour), "connection refused"); err != nil {
			return err
		}
		return tx.GiveUpMail(failed.ID, "550 no such mailbox")
	})
	f.same("two", waiting(), directory.RetryingMails{Count: 2, Oldest: old.CreatedAt, Reason: "connection refused"})
	f.update(func(tx directory.Writer) error { return tx.DropMail(old.ID) })
	f.same("one", waiting(), directory.RetryingMails{Count: 1, Oldest: young.CreatedAt, Reason: "timeout"})
}

func mailOfInvitation(f fixture) {
	org, other := f.organization("staff"), f.organization("other")
	i := directory.Invitation{Org: org.ID, Role: directory.RoleMember, Email: "a@example.org", CreatedAt: moment(), ExpiresAt: moment().Add(time.Hour)}
	mail := directory.Mail{To: i.Email, CreatedAt: moment()}
	f.update(func(tx directory.Writer) error {
		if err := tx.AddInvitation(&i, []byte("hash")); err != nil {
			return err
		}
		mail.Invitation = i.ID
		return tx.AddMail(&mail)
	})
	f.same("handed out", f.claim(moment(), 9), []directory.Mail{mail})
	undelivered := func(org directory.OrgID) (reasons map[directory.InvitationID]string) {
		f.view(func(tx directory.Reader) (err error) {
			reasons, err = tx.UndeliveredInvitations(org, i.ID, i.ID)
			return err
		})
		return reasons
	}
	f.same("on its way", undelivered(org.ID), map[directory.InvitationID]string{})
	f.update(func(tx directory.Writer) error { return tx.GiveUpMail(mail.ID, "550 no such mailbox") })
	f.same("given up", undelivered(org.ID), map[directory.InvitationID]string{i.ID: "550 no such mailbox"})
	f.same("of another organization", undelivered(other.ID), map[directory.InvitationID]string{})
	f.update(func(tx directory.Writer) error { return tx.DropInvitationMails(i.ID) })
	f.same("dropped", undelivered(org.ID), map[directory.InvitationID]string{})
	f.same("nothing failed", f.failedMails(0, 9), []directory.FailedMail{})
}
