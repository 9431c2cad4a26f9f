package directory

import (
	"context"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
	"roster.example/roster/internal/throttle"
)

// inWindow is a bound with the window and lock of failed logins.
func (d *Directory) inWindow(key string, limit int) throttle.Bound {
	return throttle.Bound{Key: key, Limit: limit, Window: d.options.Login.Window, Lock: d.options.Login.Lock}
}

const day = 24 * time.Hour

func daily(key string, limit int) throttle.Bound {
	return throttle.Bound{Key: key, Limit: limit, Window: day}
}

// bucket is the throttle.Bucket of text under the key of purpose.
func (d *Directory) bucket(purpose, text string, digits int) string {
	return throttle.Bucket(d.ops.CounterKey(purpose), text, digits)
}

// The number of buckets of names and of networks.
const (
	nameDigits    = 5 // 1,048,576
	networkDigits = 5 // 1,048,576
)

// narrowBucket and wideBucket return the buckets of the networks of an actor.
func (d *Directory) narrowBucket(actor model.Actor) string {
	narrow, _ := throttle.Networks(actor.Address())
	return d.bucket("network", narrow, networkDigits)
}

func (d *Directory) wideBucket(actor model.Actor) string {
	_, wide := throttle.Networks(actor.Address())
	return d.bucket("network", wide, networkDigits)
}

// fromNetwork returns a key of the narrow network of an actor.
func (d *Directory) fromNetwork(kind string, actor model.Actor) string {
	return kind + ":" + d.narrowBucket(actor)
}

// addressKey counts failed logins from one network, and wideAddressKey those from a
// wide one.
func (d *Directory) addressKey(actor model.Actor) string { return d.fromNetwork("address", actor) }

func (d *Directory) wideAddressKey(actor model.Actor) string { return "near:" + d.wideBucket(actor) }

// wideFactor is how many times more is allowed to a wide network than to a narrow one.
const wideFactor = 4

// networkBounds returns bounds for the narrow and the wide network of an actor.
func (d *Directory) networkBounds(kind string, actor model.Actor, limit int) []throttle.Bound {
	return []throttle.Bound{
		d.inWindow(d.fromNetwork(kind, actor), limit),
		d.inWindow(kind+":near:"+d.wideBucket(actor), wideFactor*limit),
	}
}

// revealingBounds returns the bounds of responses that reveal whether an account exists.
func (d *Directory) revealingBounds(actor model.Actor) []throttle.Bound {
	return d.networkBounds("telling", actor, d.options.Login.RevealingAnswers)
}

// resetBounds returns the bounds of a request for a password reset with an answer that reveals nothing. They have
// counters of their own, because such requests must not keep other users of the network
// from logging in.
func (d *Directory) resetBounds(actor model.Actor) []throttle.Bound {
	return d.networkBounds("resets", actor, d.options.Login.RevealingAnswers)
}

func (d *Directory) signUpBounds(actor model.Actor) []throttle.Bound {
	return d.networkBounds("signup", actor, d.options.Login.SignUps)
}

// emailKey counts verification emails of one user: adding and removing an address repeatedly would fill a
// mailbox.
func emailKey(id model.UserID) string { return fmt.Sprintf("email:%d", id) }

// forgotKey counts recovery emails to one user.
func forgotKey(id model.UserID) string { return fmt.Sprintf("forgot:%d", id) }

// hashing returns a context whose hashes wait in the queue of the caller's network.
func hashing(ctx context.Context, actor model.Actor) context.Context {
	narrow, wide := throttle.Networks(actor.Address())
	return secret.WithOrigin(ctx, secret.Origin{Wide: wide, Narrow: narrow})
}

// unthrottled returns a Limited error if one of the keys is locked.
func (d *Directory) unthrottled(tx model.Reader, keys ...string) error {
	return throttle.Check(tx, d.ops.Now(), keys...)
}

// count adds one to key and locks it when limit is reached.
func (d *Directory) count(tx model.Writer, key string, limit int) error {
	return d.countAll(tx, d.inWindow(key, limit))
}

// countAll adds one to each bound, and locks those that reach their limit.
func (d *Directory) countAll(tx model.Writer, bounds ...throttle.Bound) error {
	return throttle.Count(tx, d.ops.Now(), bounds...)
}

// limitRevealingAnswers runs an operation of an anonymous caller whose error would reveal whether an
// account exists. After many such errors the address of the caller is Limited.
func (d *Directory) limitRevealingAnswers(ctx context.Context, actor model.Actor, operation func() error) error {
	return d.limitAnswers(ctx, d.revealingBounds(actor), revealsAccount, operation)
}

// revealsAccount reports whether an error reveals that an account exists, or that none does.
func revealsAccount(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.NotFound || kind == fault.Conflict)
}

// limitAnswers runs an operation whose result counts under each bound if reveals returns true for
// it. The attempt is counted before the operation and taken back after any other result:
// otherwise concurrent requests would get more such answers than the limit.
func (d *Directory) limitAnswers(ctx context.Context, bounds []throttle.Bound, reveals func(error) bool, operation func() error) error {
	var reserved throttle.Reservation
	err := d.ops.Write(ctx, func(tx model.Writer) (err error) {
		reserved, err = throttle.Reserve(tx, d.ops.Now(), bounds...)
		return err
	})
	if err != nil {
		return err
	}
	result := operation()
	if reveals(result) {
		return result
	}
	err = d.ops.Write(context.WithoutCancel(ctx), func(tx model.Writer) error { return reserved.GiveBack(tx) })
	if err != nil {
		d.options.Log.WarnContext(ctx, "an attempt that revealed nothing stays counted", "error", err)
	}
	return result
}

// inviterKey counts the invitations of one user, invitingBounds those from one network,
// and orgInvitationsKey those of one organization: anyone may found an organization
// and fill mailboxes by it.
func inviterKey(id model.UserID) string { return fmt.Sprintf("inviter:%d", id) }

func (d *Directory) invitingBounds(actor model.Actor) []throttle.Bound {
	return d.networkBounds("inviting", actor, d.options.Login.Invitations)
}

func orgInvitationsKey(id model.OrgID) string { return fmt.Sprintf("invitations:%d", id) }

// countInvitation rejects implausibly many invitations. Administrators and the operator are only limited by
// address: see [Directory.post].
func (d *Directory) countInvitation(tx model.Writer, actor model.Actor, self model.User, org model.OrgID) error {
	if actor.IsOperator() || self.Admin {
		return nil
	}
	bounds := d.invitingBounds(actor)
	for _, key := range []string{inviterKey(self.ID), orgInvitationsKey(org)} {
		bounds = append(bounds, d.inWindow(key, d.options.Login.Invitations))
	}
	if err := d.unthrottled(tx, throttle.Keys(bounds)...); err != nil {
		return err
	}
	return d.countAll(tx, bounds...)
}
