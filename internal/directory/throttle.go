package directory

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Failures are counted in the store, by account and by address, so that they
// hold across restarts and for every node.

// accountKey counts against the person, whether by username or by address; names
// of nobody are counted as they are, so that both are refused alike.
func accountKey(login Login, found User) string {
	if found.ID != 0 {
		return personKey(found.ID)
	}
	return "name:" + Fold(clip(login.text(), 320))
}

func personKey(id UserID) string { return fmt.Sprintf("account:%d", id) }

// emailKey counts the letters by which one person's addresses ask to be proven:
// adding and removing an address for ever would fill somebody's mailbox.
func emailKey(id UserID) string { return fmt.Sprintf("email:%d", id) }

// forgotKey counts letters to one person: whoever knows an address must not be
// able to fill its mailbox.
func forgotKey(id UserID) string { return fmt.Sprintf("forgot:%d", id) }

// addressKey counts IPv6 by /64: one customer commonly has that many addresses.
func addressKey(who Actor) string { return "address:" + network(who.address) }

// tellingKey counts answers that tell whether somebody exists.
func tellingKey(who Actor) string { return "telling:" + network(who.address) }

func signUpKey(who Actor) string { return "signup:" + network(who.address) }

func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		prefix, _ := addr.Prefix(64)
		return prefix.String()
	}
	return addr.String()
}

// unthrottled refuses while one of the keys is locked.
func (d *Directory) unthrottled(tx Reader, keys ...string) error {
	now := d.now()
	for _, key := range keys {
		t, err := tx.Throttle(key)
		if err != nil {
			return err
		}
		if t.Until.After(now) {
			return limited(t.Until.Sub(now))
		}
	}
	return nil
}

func limited(wait time.Duration) error {
	return &Error{Kind: Limited, Msg: "too many tries; wait before the next one", RetryAfter: wait}
}

// count adds one to key and locks it when limit is reached.
func (d *Directory) count(tx Writer, key string, limit int) error {
	now := d.now()
	t, err := tx.Throttle(key)
	if err != nil {
		return err
	}
	if t.Since.IsZero() || now.Sub(t.Since) > d.options.Login.Window {
		t = Throttle{Key: key, Since: now}
	}
	t.Failures++
	if t.Failures >= limit {
		t.Until = now.Add(d.options.Login.Lock)
	}
	return tx.PutThrottle(t)
}

// countFailure remembers a wrong login and gives the verdict back.
func (d *Directory) countFailure(ctx context.Context, who Actor, account string, verdict error) error {
	locked := error(nil)
	err := d.write(ctx, func(tx Writer) error {
		if locked = d.unthrottled(tx, account, addressKey(who), tellingKey(who)); locked != nil {
			return nil // another try, beside this one, was the last: see pass
		}
		if err := d.count(tx, account, d.options.Login.AccountFailures); err != nil {
			return err
		}
		if err := d.count(tx, addressKey(who), d.options.Login.AddressFailures); err != nil {
			return err
		}
		if !FaultIn(verdict, "user", Unknown) {
			return nil
		}
		return d.count(tx, tellingKey(who), d.options.Login.TellingAnswers)
	})
	if err := errors.Join(err, locked); err != nil {
		return err
	}
	d.options.Log.WarnContext(ctx, "login refused", "api", who.api, "address", who.address, "reason", verdict.Error())
	return verdict
}

// telling wraps a deed of an anonymous caller whose refusal would tell whether
// somebody exists: after many such answers the address has to wait.
func (d *Directory) telling(ctx context.Context, who Actor, deed func() error) error {
	err := d.store.View(ctx, func(tx Reader) error { return d.unthrottled(tx, tellingKey(who)) })
	if err != nil {
		return err
	}
	verdict := deed()
	if kind := KindOf(verdict); verdict == nil || kind != NotFound && kind != Conflict {
		return verdict
	}
	err = d.write(ctx, func(tx Writer) error {
		return d.count(tx, tellingKey(who), d.options.Login.TellingAnswers)
	})
	if err != nil {
		return err
	}
	return verdict
}

// invitationKey counts invitations to one address, and inviterKey those of one
// person: anybody may found an organization, and nobody is to fill mailboxes by it.
func invitationKey(address string) string { return "invitation:" + clip(Fold(address), 320) }

func inviterKey(id UserID) string { return fmt.Sprintf("inviter:%d", id) }

// countInvitation refuses more than a person would send. Administrators and the
// operator are not counted, but for those to one address.
func (d *Directory) countInvitation(tx Writer, who Actor, me User, address string) error {
	limits := map[string]int{invitationKey(address): d.options.Login.AccountFailures}
	if !who.operator() && !me.Admin {
		limits[inviterKey(me.ID)] = d.options.Login.Invitations
	}
	for key, limit := range limits {
		if err := d.unthrottled(tx, key); err != nil {
			return err
		}
		if err := d.count(tx, key, limit); err != nil {
			return err
		}
	}
	return nil
}
