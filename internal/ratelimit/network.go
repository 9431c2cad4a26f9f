package ratelimit

import (
	"context"
	"fmt"
	"time"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/throttle"
)

// InWindow is a bound with the window and lock of failed logins.
func (limits *Limits) InWindow(key string, limit int) throttle.Bound {
	return throttle.Bound{Key: key, Limit: limit, Window: limits.options.Login.Window, Lock: limits.options.Login.Lock}
}

func Daily(key string, limit int) throttle.Bound {
	return throttle.Bound{Key: key, Limit: limit, Window: 24 * time.Hour}
}

// Bucket is the throttle.Bucket of text under the key of purpose.
func (limits *Limits) Bucket(purpose, text string, digits int) string {
	return throttle.Bucket(limits.ops.CounterKey(purpose), text, digits)
}

// The number of buckets of names and of networks.
const (
	NameDigits    = 5 // 1,048,576
	networkDigits = 5 // 1,048,576
)

// NarrowBucket returns the bucket of the narrow network of an actor: see [throttle.Networks].
func (limits *Limits) NarrowBucket(actor model.Actor) string {
	narrow, _ := throttle.Networks(actor.Address())
	return limits.Bucket("network", narrow, networkDigits)
}

// WideBucket returns the bucket of the wide network of an actor.
func (limits *Limits) WideBucket(actor model.Actor) string {
	_, wide := throttle.Networks(actor.Address())
	return limits.Bucket("network", wide, networkDigits)
}

// FromNetwork returns a key of the narrow network of an actor.
func (limits *Limits) FromNetwork(kind string, actor model.Actor) string {
	return kind + ":" + limits.NarrowBucket(actor)
}

// AddressKey returns the key of the failed logins from the narrow network of an actor.
func (limits *Limits) AddressKey(actor model.Actor) string {
	return limits.FromNetwork("address", actor)
}

// WideAddressKey returns the key of the failed logins from the wide network of an actor.
func (limits *Limits) WideAddressKey(actor model.Actor) string {
	return "near:" + limits.WideBucket(actor)
}

// WideFactor is how many times more is allowed to a wide network than to a narrow one.
const WideFactor = 4

// networkBounds returns bounds for the narrow and the wide network of an actor.
func (limits *Limits) networkBounds(kind string, actor model.Actor, limit int) []throttle.Bound {
	return []throttle.Bound{
		limits.InWindow(limits.FromNetwork(kind, actor), limit),
		limits.InWindow(kind+":near:"+limits.WideBucket(actor), WideFactor*limit),
	}
}

// RevealingBounds returns the bounds of responses that reveal whether an account exists.
func (limits *Limits) RevealingBounds(actor model.Actor) []throttle.Bound {
	return limits.networkBounds("telling", actor, limits.options.Login.RevealingAnswers)
}

// ResetBounds returns the bounds of a request for a password reset with an answer that reveals nothing. They have
// counters of their own, because such requests must not keep other users of the network
// from logging in.
func (limits *Limits) ResetBounds(actor model.Actor) []throttle.Bound {
	return limits.networkBounds("resets", actor, limits.options.Login.RevealingAnswers)
}

func (limits *Limits) SignUpBounds(actor model.Actor) []throttle.Bound {
	return limits.networkBounds("signup", actor, limits.options.Login.SignUps)
}

// EmailKey counts verification emails of one user: adding and removing an address repeatedly would fill a
// mailbox.
func EmailKey(id model.UserID) string { return fmt.Sprintf("email:%d", id) }

// ForgotKey counts recovery emails to one user.
func ForgotKey(id model.UserID) string { return fmt.Sprintf("forgot:%d", id) }

// Check returns a Limited error if one of the keys is locked.
func (limits *Limits) Check(tx model.Reader, keys ...string) error {
	return throttle.Check(tx, limits.ops.Now(), keys...)
}

// Count adds one to key and locks it when limit is reached.
func (limits *Limits) Count(tx model.Writer, key string, limit int) error {
	return limits.CountAll(tx, limits.InWindow(key, limit))
}

// CountAll adds one to each bound, and locks those that reach their limit.
func (limits *Limits) CountAll(tx model.Writer, bounds ...throttle.Bound) error {
	return throttle.Count(tx, limits.ops.Now(), bounds...)
}

// LimitRevealingAnswers runs an operation of an anonymous caller whose error would reveal whether an
// account exists. After many such errors the address of the caller is Limited.
func (limits *Limits) LimitRevealingAnswers(ctx context.Context, actor model.Actor, operation func() error) error {
	return limits.LimitAnswers(ctx, limits.RevealingBounds(actor), RevealsAccount, operation)
}

// RevealsAccount reports whether an error reveals that an account exists, or that none does.
func RevealsAccount(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.NotFound || kind == fault.Conflict)
}

// LimitAnswers runs an operation whose result counts under each bound if reveals returns true for
// it. The attempt is counted before the operation and taken back after any other result:
// otherwise concurrent requests would get more such answers than the limit.
func (limits *Limits) LimitAnswers(ctx context.Context, bounds []throttle.Bound, reveals func(error) bool, operation func() error) error {
	var reserved throttle.Reservation
	err := limits.ops.Write(ctx, func(tx model.Writer) (err error) {
		reserved, err = throttle.Reserve(tx, limits.ops.Now(), bounds...)
		return err
	})
	if err != nil {
		return err
	}
	result := operation()
	if reveals(result) {
		return result
	}
	err = limits.ops.Write(context.WithoutCancel(ctx), func(tx model.Writer) error { return reserved.GiveBack(tx) })
	if err != nil {
		limits.log.WarnContext(ctx, "an attempt that revealed nothing stays counted", "error", err)
	}
	return result
}

// InviterKey returns the key of the invitations of one user.
func InviterKey(id model.UserID) string { return fmt.Sprintf("inviter:%d", id) }

// InvitingBounds returns the bounds of the invitations from the networks of an actor.
func (limits *Limits) InvitingBounds(actor model.Actor) []throttle.Bound {
	return limits.networkBounds("inviting", actor, limits.options.Login.Invitations)
}

// orgInvitationsKey returns the key of the invitations of one organization. They are limited because
// anyone may create an organization and fill mailboxes with its invitations.
func orgInvitationsKey(id model.OrgID) string { return fmt.Sprintf("invitations:%d", id) }

// CountInvitation rejects implausibly many invitations. Administrators and the operator are only limited by
// address: see [Limits.AllowMail].
func (limits *Limits) CountInvitation(tx model.Writer, actor model.Actor, self model.User, org model.OrgID) error {
	if actor.IsOperator() || self.Admin {
		return nil
	}
	bounds := limits.InvitingBounds(actor)
	for _, key := range []string{InviterKey(self.ID), orgInvitationsKey(org)} {
		bounds = append(bounds, limits.InWindow(key, limits.options.Login.Invitations))
	}
	if err := limits.Check(tx, throttle.Keys(bounds)...); err != nil {
		return err
	}
	return limits.CountAll(tx, bounds...)
}

// NetworkKeys returns the keys of all counters of the networks of an actor.
func (limits *Limits) NetworkKeys(actor model.Actor) []string {
	keys := []string{limits.AddressKey(actor), limits.WideAddressKey(actor)}
	for _, bounds := range [][]throttle.Bound{limits.RevealingBounds(actor), limits.ResetBounds(actor), limits.SignUpBounds(actor), limits.InvitingBounds(actor)} {
		keys = append(keys, throttle.Keys(bounds)...)
	}
	return keys
}
